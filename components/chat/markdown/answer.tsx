"use client";

import { memo, useId, useMemo, useRef } from "react";
import type { ModelSpan } from "@/server/client";
import { toSwitches, type VisibleSwitch } from "../state/model-switches";
import type { TopBlock } from "./parse/tree";
import { AnswerContext, describeHeadings } from "./view/answer-context";
import { TopBlockView } from "./view/block-view";
import { Caret } from "./view/caret";
import { useBlocks } from "./workers/use-blocks";

interface AnswerProps {
	readonly text: string;
	readonly isGrowing: boolean;
	readonly modelSpans: readonly ModelSpan[];
}

/** The body of an answer. Until its Markdown is parsed, the same words as plain text. */
export const Answer = memo(function Answer({ text, isGrowing, modelSpans }: AnswerProps) {
	const switches = useSwitches(modelSpans, text);
	const places = useMemo(
		() => switches.map(({ atCharacter }, index) => ({ index, at: atCharacter })),
		[switches],
	);
	const blocks = useBlocks({ text, isGrowing, switches: places });
	const body = useRef<HTMLDivElement>(null);
	return (
		<div className="relative">
			<div ref={body}>
				{blocks ? (
					<Blocks blocks={blocks} text={text} isGrowing={isGrowing} switches={switches} />
				) : (
					<div dir="auto" data-lines className="answer answer-plain">
						{text}
					</div>
				)}
			</div>
			{isGrowing ? <Caret body={body} text={text} /> : null}
		</div>
	);
});

/** With more blocks than these, only those near the view are laid out and painted. */
const shortMax = 24;

interface BlocksProps {
	readonly blocks: readonly TopBlock[];
	readonly text: string;
	readonly isGrowing: boolean;
	readonly switches: readonly VisibleSwitch[];
}

function Blocks({ blocks, text, isGrowing, switches }: BlocksProps) {
	const prefix = `a${useId().replace(/\W/g, "")}-`;
	const headings = useMemo(() => describeHeadings(blocks), [blocks]);
	const parts = useMemo(() => {
		const [slugs, levels]: [string[], number[]] = JSON.parse(headings);
		return { prefix, slugs: new Set(slugs), levels, switches, isGrowing };
	}, [prefix, headings, switches, isGrowing]);
	return (
		<AnswerContext value={parts}>
			<div className={blocks.length > shortMax ? "answer answer-long" : "answer"}>
				{blocks.map((top, index) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: a block is its place in the answer.
					<TopBlockView key={index} top={top} text={text} />
				))}
			</div>
		</AnswerContext>
	);
}

const noSwitches: readonly VisibleSwitch[] = [];

/** The same list while the text grows past its switches. */
function useSwitches(modelSpans: readonly ModelSpan[], text: string): readonly VisibleSwitch[] {
	const switches = modelSpans.length > 1 ? toSwitches(modelSpans, text) : noSwitches;
	const count = switches.length;
	// biome-ignore lint/correctness/useExhaustiveDependencies: a text that grows adds no switch without a span.
	return useMemo(() => switches, [modelSpans, count]);
}

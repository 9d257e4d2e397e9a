"use client";

import { lazy, memo, Suspense, useMemo, useRef, useSyncExternalStore } from "react";
import type { ModelSpan } from "@/server/client";
import { toSwitches, type VisibleSwitch } from "../state/model-switches";
import { Caret } from "./caret";

const loadMarkdown = () => import("./markdown");
const Markdown = lazy(loadMarkdown);

/** Fetches the renderer before it is needed, when the browser has nothing better to do. */
export function preloadMarkdown(): void {
	const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
	idle(() => void loadMarkdown());
}

const subscribe = () => () => undefined;

/** False on the server and while its page comes to life. */
const useIsAlive = () =>
	useSyncExternalStore(
		subscribe,
		() => true,
		() => false,
	);

interface AnswerProps {
	readonly text: string;
	readonly isGrowing: boolean;
	readonly modelSpans: readonly ModelSpan[];
}

/** The body of an answer. Until the renderer is here, the same words as plain text. */
export const Answer = memo(function Answer({ text, isGrowing, modelSpans }: AnswerProps) {
	const switches = useSwitches(modelSpans, text);
	const body = useRef<HTMLDivElement>(null);
	const isAlive = useIsAlive();
	const plain = <div className="answer answer-plain">{text}</div>;
	// The renderer comes to life after the rest of the page; by then a growing answer is another one than was sent.
	const isLate = isGrowing && !isAlive;
	return (
		<div className="relative">
			<div ref={body}>
				{isLate ? (
					plain
				) : (
					<Suspense fallback={plain}>
						<div className="answer">
							<Markdown text={text} isGrowing={isGrowing} switches={switches} />
						</div>
					</Suspense>
				)}
			</div>
			{isGrowing ? <Caret body={body} text={text} /> : null}
		</div>
	);
});

const noSwitches: readonly VisibleSwitch[] = [];

/** The same list while the text grows past its switches. */
function useSwitches(modelSpans: readonly ModelSpan[], text: string): readonly VisibleSwitch[] {
	const switches = modelSpans.length > 1 ? toSwitches(modelSpans, text) : noSwitches;
	const count = switches.length;
	// biome-ignore lint/correctness/useExhaustiveDependencies: a text that grows adds no model switch without a model span.
	return useMemo(() => switches, [modelSpans, count]);
}

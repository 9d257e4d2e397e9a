"use client";

import { Component, lazy, memo, type ReactNode, Suspense } from "react";
import { messages } from "../../../words/chat";
import type { Block, ListItem, Note, TopBlock } from "../parse/tree";
import { useAnswerParts } from "./answer-context";
import { Callout } from "./callout";
import { CodeBlock } from "./code-block";
import { FormulaView } from "./formula-view";
import { goWithin, InlineView } from "./inline-view";
import { CodeSwitches, SwitchMark } from "./model-switch-mark";
import { useSlice } from "./slices";
import { TableBlock } from "./table-block";

const Diagram = lazy(() => import("./diagram"));

interface TopBlockProps {
	readonly top: TopBlock;
	readonly text: string;
}

/** One block of the first level. When it cannot be drawn it is shown as it was written, and the others are not touched. */
export const TopBlockView = memo(
	function TopBlockView({ top, text }: TopBlockProps) {
		const written = text.slice(top.start, top.end);
		// A table is drawn in parts of its own.
		const isDrawn = useSlice(top.block.type === "table" ? 1 : top.weight);
		if (!isDrawn) return <PlainBlock text={written} />;
		return (
			<BlockBoundary key={`${top.start}:${top.block.type}`} written={written}>
				<BlockView block={top.block} />
			</BlockBoundary>
		);
	},
	(before, after) => before.top === after.top,
);

interface BoundaryProps {
	readonly written: string;
	readonly children: ReactNode;
}

class BlockBoundary extends Component<BoundaryProps, { readonly isBroken: boolean }> {
	override state = { isBroken: false };

	static getDerivedStateFromError() {
		return { isBroken: true };
	}

	override render() {
		return this.state.isBroken ? <PlainBlock text={this.props.written} /> : this.props.children;
	}
}

function PlainBlock({ text }: { readonly text: string }) {
	return (
		<p dir="auto" data-lines className="whitespace-pre-wrap">
			{text.trim()}
		</p>
	);
}

const BlockView = memo(function BlockView({ block }: { readonly block: Block }): ReactNode {
	switch (block.type) {
		case "paragraph":
			return (
				<p dir={block.direction}>
					<InlineView nodes={block.children} />
				</p>
			);
		case "heading":
			return <HeadingView block={block} />;
		case "quote":
			if (block.callout)
				return (
					<Callout kind={block.callout} direction={block.direction}>
						<BlockViews blocks={block.children} />
					</Callout>
				);
			return (
				<blockquote dir={block.direction}>
					<BlockViews blocks={block.children} />
				</blockquote>
			);
		case "list":
			return <ListView block={block} />;
		case "code":
			return <CodeView block={block} />;
		case "table":
			return <TableBlock block={block} />;
		case "formula":
			return <FormulaView formula={block} />;
		case "rule":
			return <hr />;
		case "details":
			return (
				<details className="answer-details">
					<summary>
						<InlineView nodes={block.summary} />
					</summary>
					<BlockViews blocks={block.children} />
				</details>
			);
		case "notes":
			return <NotesView notes={block.notes} />;
		case "block-switch":
			return <SwitchMark index={block.index} />;
		case "plain":
			return <PlainBlock text={block.text} />;
	}
});

function BlockViews({ blocks }: { readonly blocks: readonly Block[] }) {
	return blocks.map((block, index) => (
		// biome-ignore lint/suspicious/noArrayIndexKey: a block is its place in its container.
		<BlockView key={index} block={block} />
	));
}

/** Headings of an answer come below the page's h1 and the message's h2, whatever level the answer begins with. */
const headingTags = ["h3", "h4", "h5", "h6"] as const;

function HeadingView({ block }: { readonly block: Extract<Block, { type: "heading" }> }) {
	const { prefix, levels } = useAnswerParts();
	const Tag = headingTags[Math.max(0, levels.indexOf(block.level))] ?? "h6";
	return (
		<Tag
			data-level={block.level}
			id={block.slug === "" ? undefined : `${prefix}h-${block.slug}`}
			tabIndex={-1}
			dir={block.direction}
		>
			<InlineView nodes={block.children} />
		</Tag>
	);
}

function ListView({ block }: { readonly block: Extract<Block, { type: "list" }> }) {
	const items = block.items.map((item, index) => (
		// biome-ignore lint/suspicious/noArrayIndexKey: an item is its place in the list.
		<ItemView key={index} item={item} />
	));
	const className = block.isContinued ? "continued" : undefined;
	return block.start === null ? (
		<ul dir={block.direction} className={className}>
			{items}
		</ul>
	) : (
		<ol dir={block.direction} className={className} start={block.start}>
			{items}
		</ol>
	);
}

const ItemView = memo(function ItemView({ item }: { readonly item: ListItem }) {
	if (item.isChecked === null)
		return (
			<li dir={item.direction}>
				<BlockViews blocks={item.children} />
			</li>
		);
	return (
		<li dir={item.direction} className="task">
			<input
				type="checkbox"
				checked={item.isChecked}
				disabled
				readOnly
				aria-label={item.isChecked ? messages.taskDone : messages.taskOpen}
			/>
			<BlockViews blocks={item.children} />
		</li>
	);
});

function CodeView({ block }: { readonly block: Extract<Block, { type: "code" }> }) {
	const note = block.switches.length > 0 ? <CodeSwitches switches={block.switches} /> : null;
	const shown = { code: block.text, language: block.language, isIncomplete: block.isOpen, note };
	if (block.language !== "mermaid" || block.isOpen) return <CodeBlock {...shown} />;
	return (
		<Suspense fallback={<CodeBlock {...shown} />}>
			<Diagram {...shown} />
		</Suspense>
	);
}

function NotesView({ notes }: { readonly notes: readonly Note[] }) {
	const { prefix } = useAnswerParts();
	return (
		// biome-ignore lint/a11y/useSemanticElements: a section with a name is a landmark, and each answer may have notes.
		<div role="group" className="notes" aria-label={messages.notes}>
			<ol>
				{notes.map((note) => (
					<li key={note.number} id={`${prefix}note-${note.number}`} tabIndex={-1}>
						<BlockViews blocks={note.children} />
						<a
							href={`#${prefix}mark-${note.number}-1`}
							aria-label={messages.backToMark(note.number)}
							className="note-back"
							data-chrome
							onClick={goWithin}
						>
							↩
						</a>
					</li>
				))}
			</ol>
		</div>
	);
}

"use client";

import { type MouseEvent, memo, type ReactNode } from "react";
import { messages } from "../../../words/chat";
import { toWantedSlug } from "../parse/slugs";
import type { Inline } from "../parse/tree";
import { useAnswerParts } from "./answer-context";
import { FormulaView } from "./formula-view";
import { SwitchMark } from "./model-switch-mark";
import { BlockedImage, SafeLink } from "./safe-link";

/** The words of a line with what is in them. */
export const InlineView = memo(function InlineView({ nodes }: { readonly nodes: readonly Inline[] }) {
	return nodes.map((node, index) => (
		// biome-ignore lint/suspicious/noArrayIndexKey: a word is its place in the line.
		<InlineNode key={index} node={node} />
	));
});

const InlineNode = memo(function InlineNode({ node }: { readonly node: Inline }): ReactNode {
	if (typeof node === "string") return node;
	switch (node.type) {
		case "span": {
			const Tag = node.tag;
			return (
				<Tag>
					<InlineView nodes={node.children} />
				</Tag>
			);
		}
		case "code-span":
			return (
				<code className="inline" dir="ltr">
					{node.text}
				</code>
			);
		case "link":
			return <LinkView href={node.href} words={node.children} />;
		case "image":
			return <BlockedImage src={node.src} alt={node.alt} />;
		case "break":
			return <br />;
		case "formula":
			return <FormulaView formula={node} />;
		case "note-mark":
			return <NoteMark number={node.number} use={node.use} />;
		case "switch":
			return <SwitchMark index={node.index} />;
	}
});

/** A link within the answer leads to its heading, or is no link. All others ask before they leave. */
function LinkView({ href, words }: { readonly href: string; readonly words: readonly Inline[] }) {
	const { prefix, slugs } = useAnswerParts();
	if (!href.startsWith("#"))
		return (
			<SafeLink href={href}>
				<InlineView nodes={words} />
			</SafeLink>
		);
	const slug = toWantedSlug(href);
	if (!slugs.has(slug)) return <InlineView nodes={words} />;
	return (
		<a className="answer-link" href={`#${prefix}h-${slug}`} onClick={goWithin}>
			<InlineView nodes={words} />
		</a>
	);
}

function NoteMark({ number, use }: { readonly number: number; readonly use: number }) {
	const { prefix } = useAnswerParts();
	return (
		<sup className="note-mark">
			<a
				id={`${prefix}mark-${number}-${use}`}
				href={`#${prefix}note-${number}`}
				aria-label={messages.noteMark(number)}
				onClick={goWithin}
			>
				{number}
			</a>
		</sup>
	);
}

/** Goes there without a new address: the address of a chat names its messages. */
export function goWithin(event: MouseEvent<HTMLAnchorElement>): void {
	if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
	event.preventDefault();
	const target = document.getElementById(event.currentTarget.hash.slice(1));
	target?.scrollIntoView({ block: "center" });
	target?.focus({ preventScroll: true });
}

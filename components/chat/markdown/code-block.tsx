"use client";

import { type CSSProperties, memo, type ReactNode } from "react";
import { CopyButton } from "../../ui/copy-button";
import { messages } from "../../words/chat";
import type { HighlightedLine } from "./highlight";
import { useHighlighted } from "./highlight";

interface CodeBlockProps {
	readonly code: string;
	readonly language: string;
	readonly isIncomplete: boolean;
	/** A line below the header. */
	readonly note?: ReactNode;
	/** Shown instead of the code, for example the diagram that it describes. */
	readonly children?: ReactNode;
}

/** A block of code: its language, Copy, and lines that get their colours later without moving. */
export function CodeBlock({ code, language, isIncomplete, note, children }: CodeBlockProps) {
	return (
		<figure className="code-block" aria-label={messages.codeBlock(language)}>
			<header>
				<span>{language || messages.plainCode}</span>
				<CopyButton label={messages.copyCode} getText={() => code} className="h-7 touch:h-9">
					{messages.copy}
				</CopyButton>
			</header>
			{note}
			{children ?? <CodeLines code={code} language={language} isIncomplete={isIncomplete} />}
		</figure>
	);
}

/** The code itself. */
export function CodeLines({ code, language, isIncomplete }: Omit<CodeBlockProps, "children" | "note">) {
	const highlighted = useHighlighted(code, language, isIncomplete);
	const lines = code.split("\n");
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard.
		<pre tabIndex={0} dir="ltr">
			<code>
				{lines.map((line, index) => (
					<Line
						// biome-ignore lint/suspicious/noArrayIndexKey: a line is its place in the block.
						key={index}
						text={index < lines.length - 1 ? `${line}\n` : line}
						row={highlighted?.lines[index] === line ? highlighted.rows[index] : undefined}
					/>
				))}
			</code>
		</pre>
	);
}

const Line = memo(function Line({ text, row }: { readonly text: string; readonly row?: HighlightedLine }) {
	if (!row) return text;
	return (
		<>
			{row.map((token) => (
				<span key={token.offset} className="token" style={toStyle(token)}>
					{token.content}
				</span>
			))}
			{text.endsWith("\n") ? "\n" : null}
		</>
	);
});

type TokenStyle = CSSProperties & Record<`--${string}`, string | undefined>;

/** Both themes' colours, so that a change of theme needs no new highlighting. */
function toStyle({ color, htmlStyle }: HighlightedLine[number]): TokenStyle {
	const { color: light = color, "--shiki-dark": dark, ...rest } = htmlStyle ?? {};
	return { ...rest, "--token-light": light, "--token-dark": dark };
}

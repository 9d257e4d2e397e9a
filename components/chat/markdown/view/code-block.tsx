"use client";

import { DownloadIcon, WrapTextIcon } from "lucide-react";
import { memo, type ReactNode, useState } from "react";
import { Button, cn, IconButton } from "../../../ui/button";
import { CopyButton } from "../../../ui/copy-button";
import { saveFile } from "../../../ui/save-file";
import { messages } from "../../../words/chat";
import { type Highlighted, type HighlightedLine, useHighlighted } from "../workers/highlight";
import { useAnswerParts } from "./answer-context";
import { useSlice } from "./slices";

interface CodeBlockProps {
	readonly code: string;
	readonly language: string;
	readonly isIncomplete: boolean;
	/** A line below the header. */
	readonly note?: ReactNode;
	/** More buttons for the header. */
	readonly tools?: ReactNode;
	/** Shown instead of the code, for example the diagram that it describes. */
	readonly children?: ReactNode;
}

/** A longer block opens with so many lines, unless the reader saw it grow. */
const linesShown = 40;

/** A block of code: its language, what can be done with it, and lines that get their colours later without moving. */
export function CodeBlock({ code, language, isIncomplete, note, tools, children }: CodeBlockProps) {
	const { isGrowing } = useAnswerParts();
	const [isFolded, setFolded] = useState(!isGrowing);
	const [isWrapped, setWrapped] = useState(false);
	const lines = code.split("\n").length;
	const isLong = lines > linesShown && !children;
	return (
		<figure
			className="code-block"
			aria-label={messages.codeBlock(language)}
			data-wrapped={isWrapped || undefined}
		>
			<header data-chrome>
				<span className="truncate">{language || messages.plainCode}</span>
				<span className="flex items-center">
					{tools}
					{children ? null : (
						<IconButton
							label={messages.wrapCode}
							aria-pressed={isWrapped}
							className="size-7 touch:size-9 aria-pressed:text-text"
							onClick={() => setWrapped(!isWrapped)}
						>
							<WrapTextIcon size={15} aria-hidden />
						</IconButton>
					)}
					<IconButton
						label={messages.downloadCode}
						className="size-7 touch:size-9"
						onClick={() => saveFile({ fileName: toFileName(language), mediaType: "text/plain", text: code })}
					>
						<DownloadIcon size={15} aria-hidden />
					</IconButton>
					<CopyButton label={messages.copyCode} name="code" getText={() => code} className="h-7 touch:h-9">
						{messages.copy}
					</CopyButton>
				</span>
			</header>
			{note}
			{children ?? (
				<CodeLines
					code={code}
					language={language}
					isIncomplete={isIncomplete}
					linesMax={isLong && isFolded ? linesShown : lines}
				/>
			)}
			{isLong ? (
				<Button
					kind="quiet"
					className="w-full rounded-none border-t border-border"
					aria-expanded={!isFolded}
					data-chrome
					onClick={() => setFolded(!isFolded)}
				>
					{isFolded ? messages.showAllLines(lines) : messages.showFewerLines}
				</Button>
			) : null}
		</figure>
	);
}

interface CodeLinesProps {
	readonly code: string;
	readonly language: string;
	readonly isIncomplete: boolean;
	readonly linesMax: number;
}

/** Lines that are drawn together. */
const linesPerPart = 25;

/** The code itself. */
function CodeLines({ code, language, isIncomplete, linesMax }: CodeLinesProps) {
	const highlighted = useHighlighted(code, language, isIncomplete);
	const lines = code.split("\n");
	const shown = lines.length > linesMax ? lines.slice(0, linesMax) : lines;
	const parts = Array.from(
		{ length: Math.ceil(shown.length / linesPerPart) },
		(_, index) => index * linesPerPart,
	);
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard.
		<pre tabIndex={0} dir="ltr">
			<code data-code>
				{parts.map((from) => (
					<LinesPart key={from} text={toPart(shown, from)} rows={toRows(highlighted, shown, from)} />
				))}
			</code>
		</pre>
	);
}

function toPart(lines: readonly string[], from: number): string {
	const part = lines.slice(from, from + linesPerPart).join("\n");
	return from + linesPerPart < lines.length ? `${part}\n` : part;
}

/** The colours of these lines, as far as they are those of the lines that are shown. */
function toRows(highlighted: Highlighted | null, lines: readonly string[], from: number) {
	if (!highlighted) return null;
	return lines
		.slice(from, from + linesPerPart)
		.map((line, index) =>
			highlighted.lines[from + index] === line ? highlighted.rows[from + index] : undefined,
		);
}

const countTokens = (rows: LinesPartProps["rows"]) =>
	(rows ?? []).reduce((sum, row) => sum + (row?.length ?? 1), 0);

interface LinesPartProps {
	readonly text: string;
	readonly rows: readonly (HighlightedLine | undefined)[] | null;
}

const LinesPart = memo(
	function LinesPart({ text, rows }: LinesPartProps) {
		const isColoured = useSlice(countTokens(rows), { isReady: rows !== null });
		const lines = text.split("\n");
		return (
			<span className="block">
				{!rows || !isColoured
					? text
					: lines.map((line, index) => (
							<Line
								// biome-ignore lint/suspicious/noArrayIndexKey: a line is its place in the block.
								key={index}
								text={index < lines.length - 1 ? `${line}\n` : line}
								row={rows[index]}
							/>
						))}
			</span>
		);
	},
	(before, after) =>
		before.text === after.text &&
		(before.rows === after.rows ||
			(before.rows?.length === after.rows?.length &&
				(before.rows?.every((row, index) => row === after.rows?.[index]) ?? false))),
);

const Line = memo(function Line({ text, row }: { readonly text: string; readonly row?: HighlightedLine }) {
	if (!row) return text;
	return (
		<>
			{row.map(([kind, part], index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a token is its place in the line.
				<span key={index} className={cn(kind !== "ink" && `token-${kind}`)}>
					{part}
				</span>
			))}
			{text.endsWith("\n") ? "\n" : null}
		</>
	);
});

const endings: Record<string, string> = {
	bash: "sh",
	shell: "sh",
	python: "py",
	javascript: "js",
	typescript: "ts",
	markdown: "md",
	ruby: "rb",
	rust: "rs",
	csharp: "cs",
	"c#": "cs",
	"c++": "cpp",
	kotlin: "kt",
	mermaid: "mmd",
};

function toFileName(language: string): string {
	const name = language.toLowerCase();
	return `code.${endings[name] ?? (/^[a-z0-9]{1,5}$/.test(name) ? name : "txt")}`;
}

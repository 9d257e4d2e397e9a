/** From the whole text of an answer to its blocks. */
import { parseMarkdown } from "./parse-markdown";
import type { SwitchPlace } from "./place-switches";
import { type TreeInput, toTopBlocks } from "./to-tree";
import type { TopBlock } from "./tree";

export interface AnswerText {
	readonly text: string;
	/** Open marks at its end are closed for now. */
	readonly isGrowing: boolean;
	readonly switches: readonly SwitchPlace[];
}

type RenderFormula = TreeInput["renderFormula"];

/** Characters that are parsed; what is behind them is shown as it was written. */
export const charactersMax = 400_000;

export function parseAnswer(
	{ text, isGrowing, switches }: AnswerText,
	renderFormula?: RenderFormula,
): TopBlock[] {
	const source = text.slice(0, charactersMax);
	const root = parseMarkdown(source, { isGrowing });
	const blocks = toTopBlocks(root, { source, isGrowing, switches, from: 0, renderFormula });
	return source === text ? blocks : [...blocks, toPlainBlock(text, charactersMax, text.length)];
}

export function toPlainBlock(text: string, start: number, end: number): TopBlock {
	return { start, end, weight: 1, block: { type: "plain", text: text.slice(start, end) } };
}

/** The text in parts that can be parsed each for itself, cut at empty lines outside of fences: when the whole takes too long. */
export function toChunks(text: string): { start: number; end: number }[] {
	const chunks: { start: number; end: number }[] = [];
	let start = 0;
	let fence: string | null = null;
	let at = 0;
	for (const line of text.split("\n")) {
		const mark = /^[\s>]{0,20}(`{3,}|~{3,})/.exec(line)?.[1];
		if (mark && fence === null) fence = mark;
		else if (mark && fence !== null && mark.startsWith(fence)) fence = null;
		at += line.length + 1;
		if (fence === null && line.trim() === "" && at > start + 1) {
			chunks.push({ start, end: Math.min(at, text.length) });
			start = at;
		}
	}
	if (start < text.length) chunks.push({ start, end: text.length });
	return chunks.filter((chunk) => text.slice(chunk.start, chunk.end).trim() !== "");
}

/** From the text of an answer to its blocks, also while it grows: what is finished is never parsed again. */
import type { Root } from "mdast";
import remend from "remend";
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
const charactersMax = 400_000;

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

/** Half a link or image at the very end. Before its address is whole a link is its words, and an image is nothing. */
const halfImage = /!\[[^[\]\n]{0,300}(?:\]\([^()\n]{0,2000})?$/;
const halfLink = /(^|[^\\!])\[([^[\]\n]{1,300})\]\([^()\n]{0,2000}$/;
const halfLengthMax = 2_400;

/** Closes what is still open in a text that is cut off at any place. */
function closeOpenMarks(text: string): string {
	const rest = text.slice(0, -halfLengthMax);
	const end = text.slice(-halfLengthMax).replace(halfImage, "").replace(halfLink, "$1$2");
	return remend(rest + end, { katex: false, inlineKatex: false, links: false, images: false });
}

/** The blocks of one growing answer. */
export class GrowingAnswer {
	/** What is before this place is final, but for links and notes whose definitions are still to come. */
	#finished = "";
	#blocks: readonly TopBlock[] = [];
	/** Definitions of links and notes in the finished part, as they were written. */
	#definitions = "";

	/** All blocks of the text so far. Objects of finished ones stay the same. */
	parse({ text, switches }: AnswerText, renderFormula?: RenderFormula): readonly TopBlock[] {
		if (!text.startsWith(this.#finished)) this.reset();
		const start = this.#finished.length;
		const shift = start - this.#definitions.length;
		const source = this.#definitions + closeOpenMarks(text.slice(start, start + charactersMax));
		const root = parseMarkdown(source, { isGrowing: true });
		const from = this.#definitions.length;
		const moved = switches.map(({ index, at }) => ({ index, at: at - shift }));
		const input = { source, isGrowing: true, switches: moved, from, renderFormula };
		const tail = toTopBlocks(root, input).map((top) => ({
			...top,
			start: top.start + shift,
			end: top.end + shift,
		}));
		const all = [...this.#blocks, ...tail];
		this.#finish({ text, root, from, shift, all });
		return all;
	}

	reset(): void {
		this.#finished = "";
		this.#blocks = [];
		this.#definitions = "";
	}

	/** Everything before the last block is finished; an open `<details>` keeps what follows it open. */
	#finish({ text, root, from, shift, all }: Parsed): void {
		const nodes = root.children.filter((node) => (node.position?.start.offset ?? 0) >= from);
		const opening = nodes.findIndex((node) => node.type === "html" && /^<details\b/i.test(node.value));
		const last = nodes[opening < 0 ? nodes.length - 1 : opening];
		const lastAt = (last?.position?.start.offset ?? 0) + shift;
		const start = text.lastIndexOf("\n", lastAt - 1) + 1;
		if (last === undefined || start <= this.#finished.length) return;
		for (const node of nodes) {
			const isDefinition = node.type === "definition" || node.type === "footnoteDefinition";
			const [begin = 0, end = 0] = [node.position?.start.offset, node.position?.end.offset];
			if (isDefinition && end + shift <= start)
				this.#definitions += `${text.slice(begin + shift, end + shift)}\n\n`;
		}
		this.#finished = text.slice(0, start);
		this.#blocks = all.filter((top) => top.start < start && top.block.type !== "notes");
	}
}

interface Parsed {
	readonly text: string;
	readonly root: Root;
	readonly from: number;
	readonly shift: number;
	readonly all: readonly TopBlock[];
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

/** From the text of an answer that grows to its blocks: what is finished is never parsed again. */
import type { List, Root, RootContent, Table } from "mdast";
import remend from "remend";
import { itemsPerPart } from "./list-parts";
import { type AnswerText, charactersMax } from "./parse-answer";
import { parseMarkdown } from "./parse-markdown";
import { endOf, startOf } from "./to-inline";
import { type TreeInput, toTopBlocks } from "./to-tree";
import type { Block, TopBlock } from "./tree";

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

type ListBlock = Extract<Block, { type: "list" }>;
type TableBlock = Extract<Block, { type: "table" }>;

/** A list as the last block, whose first parts are finished. */
interface BegunList {
	readonly type: "list";
	readonly start: number;
	/** How many items are finished, and where the next one begins. */
	readonly items: number;
	readonly next: number;
	readonly first: ListBlock;
}

/** A table as the last block, whose first rows are finished. */
interface BegunTable {
	readonly type: "table";
	readonly start: number;
	/** Its first two lines, as they were written. */
	readonly head: string;
	readonly rows: TableBlock["rows"];
	readonly weight: number;
}

type Begun = BegunList | BegunTable;

/** Rows that are finished together. */
const rowsPerPart = 60;

/** The blocks of one growing answer. */
export class GrowingAnswer {
	/** What is before this place is final, but for links and notes whose definitions are still to come. */
	#finished = "";
	#blocks: readonly TopBlock[] = [];
	/** Definitions of links and notes in the finished part, as they were written. */
	#definitions = "";
	#begun: Begun | null = null;

	/** All blocks of the text so far. Objects of finished ones stay the same. */
	parse({ text, switches }: AnswerText, renderFormula?: TreeInput["renderFormula"]): readonly TopBlock[] {
		if (!text.startsWith(this.#finished)) this.reset();
		const start = this.#finished.length;
		const prefix = this.#definitions + (this.#begun?.type === "table" ? this.#begun.head : "");
		const shift = start - prefix.length;
		const source = prefix + closeOpenMarks(text.slice(start, start + charactersMax));
		const root = parseMarkdown(source, { isGrowing: true });
		const from = this.#definitions.length;
		const moved = switches.flatMap(({ index, at }) => (at < start ? [] : [{ index, at: at - shift }]));
		const input = { source, isGrowing: true, switches: moved, from, renderFormula };
		const tail = toTopBlocks(root, input).map((top) => ({
			...top,
			start: top.start + shift,
			end: top.end + shift,
		}));
		const all = [...this.#blocks, ...goOn(this.#begun, tail)];
		this.#finish({ text, source, root, from, shift, all, done: this.#blocks.length });
		return all;
	}

	reset(): void {
		this.#finished = "";
		this.#blocks = [];
		this.#definitions = "";
		this.#begun = null;
	}

	/** Everything before the last block is finished; an open `<details>` keeps what follows it open. */
	#finish(parsed: Parsed): void {
		const { text, root, from, shift, all } = parsed;
		const nodes = root.children.filter((node) => startOf(node) >= from);
		const opening = nodes.findIndex((node) => node.type === "html" && /^<details\b/i.test(node.value));
		const last = nodes[opening < 0 ? nodes.length - 1 : opening];
		if (last === undefined) return;
		const begun = beginPart(last, parsed, this.#begun);
		const start = begun?.start ?? text.lastIndexOf("\n", startOf(last) + shift - 1) + 1;
		if (start <= this.#finished.length) return;
		for (const node of nodes) {
			const isDefinition = node.type === "definition" || node.type === "footnoteDefinition";
			if (isDefinition && endOf(node) + shift <= start)
				this.#definitions += `${text.slice(startOf(node) + shift, endOf(node) + shift)}\n\n`;
		}
		this.#finished = text.slice(0, start);
		const count = begun?.blocks ?? all.filter((top) => top.start < start).length;
		this.#blocks = all.slice(0, count).filter(({ block }) => block.type !== "notes");
		this.#begun = begun?.begun ?? null;
	}
}

interface Parsed {
	readonly text: string;
	readonly source: string;
	readonly root: Root;
	readonly from: number;
	readonly shift: number;
	readonly all: readonly TopBlock[];
	/** How many of them were finished before. */
	readonly done: number;
}

interface Part {
	readonly begun: Begun;
	/** Where the rest of the block begins in the text, and how many blocks are finished before it. */
	readonly start: number;
	readonly blocks: number;
}

/** A long list or table as the last block: what of it is finished. */
function beginPart(last: RootContent, parsed: Parsed, begun: Begun | null): Part | null {
	if (last.type === "list") return beginList(last, parsed, begun);
	return last.type === "table" ? beginTable(last, parsed) : null;
}

const toLineStart = (text: string, at: number) => text.lastIndexOf("\n", at - 1) + 1;

/** Whole parts of it, as the list is drawn. */
function beginList(list: List, { text, shift, all, done }: Parsed, begun: Begun | null): Part | null {
	const parts = Math.floor((list.children.length - 1) / itemsPerPart);
	const rest = list.children[parts * itemsPerPart];
	const start = startOf(list) + shift;
	const isMore = begun?.type === "list" && toLineStart(text, start) <= toLineStart(text, begun.next);
	const at = isMore ? done : all.findIndex((top, index) => index >= done && top.start === start);
	const first = all[at];
	if (parts === 0 || !rest || first?.block.type !== "list") return null;
	const before = isMore ? begun : { items: 0, start, first: first.block };
	const next = toLineStart(text, startOf(rest) + shift);
	const items = before.items + parts * itemsPerPart;
	return { begun: { ...before, type: "list", items, next }, start: next, blocks: at + parts };
}

function beginTable(table: Table, { text, source, shift, all }: Parsed): Part | null {
	const [, ...rows] = table.children;
	const finished = Math.floor((rows.length - 1) / rowsPerPart) * rowsPerPart;
	const [first, rest] = [rows[0], rows[finished]];
	const at = all.findLastIndex(({ block }) => block.type === "table");
	const top = all[at];
	if (finished <= 0 || !first || !rest || top?.block.type !== "table") return null;
	const head = source.slice(startOf(table), source.lastIndexOf("\n", startOf(first) - 1) + 1);
	const known = top.block.rows.length - (rows.length - finished);
	return {
		begun: {
			type: "table",
			start: top.start,
			head,
			rows: top.block.rows.slice(0, known),
			weight: top.weight,
		},
		start: toLineStart(text, startOf(rest) + shift),
		blocks: at,
	};
}

/** What was parsed after the finished part of a block, as its continuation. */
function goOn(begun: Begun | null, tail: readonly TopBlock[]): readonly TopBlock[] {
	const [top, ...others] = tail;
	if (!begun || !top) return tail;
	if (begun.type === "table") {
		const { block } = top;
		if (block.type !== "table") return tail;
		const { start, weight } = begun;
		return [{ ...top, start, weight, block: { ...block, rows: [...begun.rows, ...block.rows] } }, ...others];
	}
	return tail.map((one) => (one.start === top.start ? goOnList(begun, one, top) : one));
}

/** The same list, drawn in parts: its numbers go on, and its direction is that of the first part. */
function goOnList({ start: listStart, items, first }: BegunList, one: TopBlock, top: TopBlock): TopBlock {
	const { block } = one;
	if (block.type !== "list" || top.block.type !== "list") return one;
	if ((block.start === null) !== (first.start === null)) return one;
	const { direction: ownDirection = "ltr", ...list } = block;
	const { direction: listDirection = "ltr" } = first;
	const moved = list.items.map(({ direction = ownDirection, ...item }) =>
		direction === listDirection ? item : { ...item, direction },
	);
	const before = (block.start ?? 0) - (top.block.start ?? 0);
	const start = first.start === null ? null : first.start + items + before;
	const own = first.direction && { direction: first.direction };
	return { ...one, start: listStart, block: { ...list, ...own, start, items: moved, isContinued: true } };
}

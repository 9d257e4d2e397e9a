/**
 * Makes the tree of an answer out of Markdown's syntax tree: a closed set of nodes, bounded in depth and size. What goes
 * beyond the bounds is shown as it was written.
 */
import type { Nodes, Root, RootContent, Table } from "mdast";
import { takeCallout } from "./callouts";
import { type Details, findDetails } from "./details";
import { findDirection } from "./direction";
import { toParts } from "./list-parts";
import { NodeBudget, TooLarge } from "./node-budget";
import { type SwitchPlace, SwitchPlacer } from "./place-switches";
import { References } from "./references";
import { toSlug } from "./slugs";
import { endOf, InlineBuilder, type RenderFormula, startOf } from "./to-inline";
import {
	type Block,
	type Direction,
	type ListItem,
	type Note,
	type TableCell,
	type TopBlock,
	toInlineText,
} from "./tree";

/** Quotes and lists within each other; more is no structure that a reader can see. */
const depthMax = 24;
export interface TreeInput {
	readonly source: string;
	readonly isGrowing: boolean;
	/** From where on other models wrote. */
	readonly switches: readonly SwitchPlace[];
	/** A formula as KaTeX draws it; undefined while KaTeX is not here. */
	readonly renderFormula?: RenderFormula;
	/** Nodes before this place are read for what they define, and not shown. */
	readonly from: number;
}

/** All blocks of the first level from `from` on, and the notes at the end. */
export function toTopBlocks(root: Root, input: TreeInput): TopBlock[] {
	return new TreeBuilder(root, input).build(root.children);
}

class TreeBuilder {
	readonly #input: TreeInput;
	readonly #references: References;
	readonly #budget = new NodeBudget();
	readonly #placer: SwitchPlacer;
	readonly #inline: InlineBuilder;
	/** Slugs of headings, and how often each was given. */
	readonly #slugs = new Map<string, number>();

	constructor(root: Root, input: TreeInput) {
		this.#input = input;
		this.#references = new References(root);
		this.#placer = new SwitchPlacer(input.switches, input.from);
		this.#inline = new InlineBuilder({
			source: input.source,
			renderFormula: input.renderFormula,
			budget: this.#budget,
			placer: this.#placer,
			references: this.#references,
		});
	}

	build(nodes: readonly RootContent[]): TopBlock[] {
		const shown = nodes.filter((node) => startOf(node) >= this.#input.from);
		const blocks: TopBlock[] = [];
		for (let at = 0; at < shown.length; at++) {
			const node = shown[at];
			if (!node) continue;
			for (const index of this.#placer.before(startOf(node))) blocks.push(toSwitchBlock(node, index));
			const details = node.type === "html" ? findDetails(shown, at, this.#input.isGrowing) : null;
			if (details) {
				blocks.push(this.#toDetails(node, details));
				at = details.endsAt;
			} else blocks.push(...this.#toTop(node));
			const isLast = at >= shown.length - 1;
			if (isLast && this.#input.isGrowing) continue;
			for (const index of this.#placer.rest(endOf(shown[at] ?? node)))
				blocks.push(toSwitchBlock(node, index));
		}
		const notes = this.#toNotes();
		return notes ? [...blocks, notes] : blocks;
	}

	#toTop(node: RootContent): TopBlock[] {
		const start = startOf(node);
		const end = endOf(node);
		this.#budget.start(node.type === "list" || node.type === "table");
		try {
			const block = this.#toBlock(node, { depth: 0, direction: "ltr" });
			return block ? toParts({ start, end, weight: this.#budget.weight, block }) : [];
		} catch (error) {
			if (!(error instanceof TooLarge)) throw error;
			this.#budget.giveUp();
			return [{ start, end, weight: 1, block: this.#toPlain(node) }];
		}
	}

	#toPlain(node: Nodes): Block {
		return { type: "plain", text: this.#input.source.slice(startOf(node), endOf(node)) };
	}

	#toBlocks(nodes: readonly RootContent[], place: Place): Block[] {
		return nodes.flatMap((node) => this.#toBlock(node, place) ?? []);
	}

	#toBlock(node: RootContent, place: Place): Block | null {
		this.#budget.count();
		if (place.depth > depthMax) return this.#toPlain(node);
		switch (node.type) {
			case "paragraph": {
				const own = toOwn(node, place);
				return { type: "paragraph", ...own, children: this.#inline.toInline(node.children, false) };
			}
			case "heading": {
				const own = toOwn(node, place);
				const children = this.#inline.toInline(node.children, false);
				const slug = toSlug(toInlineText(children), this.#slugs);
				return { type: "heading", level: node.depth, slug, ...own, children };
			}
			case "blockquote": {
				const { callout, quote } = takeCallout(node);
				const own = toOwn(quote, place);
				const inner = this.#toBlocks(quote.children, deeper(place, own));
				return { type: "quote", ...(callout && { callout }), ...own, children: inner };
			}
			case "list": {
				const own = toOwn(node, place);
				const items = node.children.map((item): ListItem => {
					this.#budget.count();
					const itemOwn = toOwn(item, deeper(place, own));
					const children = this.#toBlocks(item.children, deeper(deeper(place, own), itemOwn));
					return { isChecked: item.checked ?? null, ...itemOwn, children };
				});
				return { type: "list", start: node.ordered ? (node.start ?? 1) : null, ...own, items };
			}
			case "code":
				return this.#toCode(node);
			case "table":
				return this.#toTable(node, place);
			case "formula":
				return this.#inline.toFormula(node, true);
			case "thematicBreak":
				return { type: "rule" };
			case "html":
				return this.#toHtml(node.value);
			case "definition":
			case "footnoteDefinition":
			case "yaml":
				return null;
			default:
				return this.#toPlain(node);
		}
	}

	#toCode(node: Extract<RootContent, { type: "code" }>): Block {
		const { source, isGrowing } = this.#input;
		const written = source.slice(startOf(node), endOf(node));
		const fence = /^[`~]{3,}/.exec(written)?.[0];
		const lastLine = written.slice(written.lastIndexOf("\n") + 1).replace(/^[\s>]+/, "");
		const isClosed = fence === undefined || (written.includes("\n") && lastLine.trimEnd().startsWith(fence));
		const switches = this.#placer.inside(startOf(node), endOf(node)).map(({ index, at }) => {
			const lines = source.slice(startOf(node), at).split("\n").length - 1;
			return { index, line: Math.max(1, fence === undefined ? lines + 1 : lines) };
		});
		return {
			type: "code",
			language: node.lang ?? "",
			text: node.value.replace(/\r\n?/g, "\n"),
			isOpen: isGrowing && !isClosed && endOf(node) >= source.trimEnd().length,
			switches,
		};
	}

	#toTable(node: Table, place: Place): Block {
		const own = toOwn(node, place);
		const [head = [], ...rows] = node.children.map((row) =>
			row.children.map((cell): TableCell => {
				this.#budget.count();
				const cellOwn = toOwn(cell, deeper(place, own));
				return { children: this.#inline.toInline(cell.children, true), ...cellOwn };
			}),
		);
		return { type: "table", align: node.align ?? [], ...own, head, rows };
	}

	/** A block of HTML is text. A comment is nothing, and neither is a break that stands alone. */
	#toHtml(value: string): Block | null {
		const text = value.replace(/<!--[\s\S]*?-->/g, "").trim();
		if (text === "" || /^(?:<br\s*\/?>\s*)+$/i.test(text)) return null;
		return { type: "plain", text };
	}

	#toDetails(node: RootContent, { summary, inner }: Details): TopBlock {
		this.#budget.start();
		const place: Place = { depth: 2, direction: "ltr" };
		const block: Block = {
			type: "details",
			summary: [summary],
			children: inner.flatMap((one) => this.#attempt(() => this.#toBlock(one, place), one) ?? []),
		};
		const end = endOf(inner.at(-1) ?? node);
		return { start: startOf(node), end, weight: this.#budget.weight + 1, block };
	}

	/** The block, or its text when it is too large. */
	#attempt(toBlock: () => Block | null, node: Nodes): Block | null {
		try {
			return toBlock();
		} catch (error) {
			if (!(error instanceof TooLarge)) throw error;
			return this.#toPlain(node);
		}
	}

	#toNotes(): TopBlock | null {
		this.#budget.start();
		const notes: Note[] = [];
		try {
			for (const { number, children } of this.#references.notes())
				notes.push({ number, children: this.#toBlocks(children, { depth: 1, direction: "ltr" }) });
		} catch (error) {
			if (!(error instanceof TooLarge)) throw error;
		}
		if (notes.length === 0) return null;
		const end = this.#input.source.length;
		return { start: end, end, weight: notes.length * 4, block: { type: "notes", notes } };
	}
}

interface Place {
	readonly depth: number;
	readonly direction: Direction;
}

/** Its own direction, where it is another one than that of what it stands in. */
function toOwn(node: Nodes, { direction }: Place): { direction?: Direction } {
	const own = findDirection(node);
	return own === undefined || own === direction ? {} : { direction: own };
}

const deeper = ({ depth, direction }: Place, own: { direction?: Direction }): Place => ({
	depth: depth + 1,
	direction: own.direction ?? direction,
});

function toSwitchBlock(node: Nodes, index: number): TopBlock {
	return { start: startOf(node), end: startOf(node), weight: 1, block: { type: "block-switch", index } };
}

/**
 * Makes the tree of an answer out of Markdown's syntax tree: a closed set of nodes, bounded in depth and size. What goes
 * beyond the bounds is shown as it was written.
 */
import type { Definition, FootnoteDefinition, Nodes, PhrasingContent, Root, RootContent, Table } from "mdast";
import { normalizeIdentifier } from "micromark-util-normalize-identifier";
import { findDirection } from "./direction";
import { type Piece, pairTags } from "./inline-html";
import { type SwitchPlace, SwitchPlacer } from "./place-switches";
import { toSlug } from "./slugs";
import type { Block, Direction, Formula, Inline, ListItem, Note, TableCell, TopBlock } from "./tree";
import { toInlineText } from "./tree";

/** Quotes and lists within each other; more is no structure that anybody can see. */
const depthMax = 24;
/** Nodes of one block that is shown as a whole; of lists and tables, and of the whole answer. */
const blockNodesMax = 4_000;
const partedNodesMax = 40_000;
const answerNodesMax = 80_000;
/** A long list is drawn in parts of so many items. */
const itemsPerPart = 60;

class TooLarge extends Error {}

export interface TreeInput {
	readonly source: string;
	readonly isGrowing: boolean;
	/** From where on other models wrote. */
	readonly switches: readonly SwitchPlace[];
	/** A formula as KaTeX draws it; undefined while KaTeX is not here. */
	readonly renderFormula?: (
		source: string,
		isDisplay: boolean,
	) => { html: string | null; error: string | null };
	/** Nodes before this place are read for what they define, and not shown. */
	readonly from: number;
}

/** All blocks of the first level from `from` on, and the notes at the end. */
export function toTopBlocks(root: Root, input: TreeInput): TopBlock[] {
	const builder = new TreeBuilder(root, input);
	return builder.build(root.children);
}

const endOf = (node: Nodes): number => node.position?.end.offset ?? 0;
const startOf = (node: Nodes): number => node.position?.start.offset ?? 0;

class TreeBuilder {
	readonly #input: TreeInput;
	readonly #definitions = new Map<string, Definition>();
	readonly #noteDefinitions = new Map<string, FootnoteDefinition>();
	/** Notes in the order of their first mark. */
	readonly #notes = new Map<string, { readonly number: number; uses: number }>();
	/** Slugs of headings, and how often each was given. */
	readonly #slugs = new Map<string, number>();
	readonly #placer: SwitchPlacer;
	#nodes = 0;
	#nodesLimit = 0;

	constructor(root: Root, input: TreeInput) {
		this.#input = input;
		this.#placer = new SwitchPlacer(input.switches, input.from);
		this.#collect(root);
	}

	/** Definitions may stand in quotes and items as well. */
	#collect(root: Root): void {
		const waiting: Nodes[] = [root];
		for (let node = waiting.pop(); node; node = waiting.pop()) {
			if (node.type === "definition") {
				const name = normalizeIdentifier(node.identifier);
				if (!this.#definitions.has(name)) this.#definitions.set(name, node);
			} else if (node.type === "footnoteDefinition") {
				const name = normalizeIdentifier(node.identifier);
				if (!this.#noteDefinitions.has(name)) this.#noteDefinitions.set(name, node);
			}
			if ("children" in node) for (const child of node.children) waiting.push(child);
		}
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
		const before = this.#nodes;
		const isParted = node.type === "list" || node.type === "table";
		this.#nodesLimit = Math.min(before + (isParted ? partedNodesMax : blockNodesMax), answerNodesMax);
		try {
			const block = this.#toBlock(node, { depth: 0, direction: "ltr" });
			if (!block) return [];
			return toParts({ start, end, weight: this.#nodes - before, block });
		} catch (error) {
			if (!(error instanceof TooLarge)) throw error;
			this.#nodes = Math.min(before + 1, answerNodesMax);
			return [{ start, end, weight: 1, block: this.#toPlain(node) }];
		}
	}

	#count(): void {
		this.#nodes += 1;
		if (this.#nodes > this.#nodesLimit) throw new TooLarge();
	}

	#toPlain(node: Nodes): Block {
		return { type: "plain", text: this.#input.source.slice(startOf(node), endOf(node)) };
	}

	#toBlocks(nodes: readonly RootContent[], place: Place): Block[] {
		return nodes.flatMap((node) => this.#toBlock(node, place) ?? []);
	}

	#toBlock(node: RootContent, place: Place): Block | null {
		this.#count();
		if (place.depth > depthMax) return this.#toPlain(node);
		switch (node.type) {
			case "paragraph": {
				const own = toOwn(node, place);
				return { type: "paragraph", ...own, children: this.#toInline(node.children, false) };
			}
			case "heading": {
				const own = toOwn(node, place);
				const children = this.#toInline(node.children, false);
				const slug = toSlug(toInlineText(children), this.#slugs);
				return { type: "heading", level: node.depth, slug, ...own, children };
			}
			case "blockquote": {
				const own = toOwn(node, place);
				return { type: "quote", ...own, children: this.#toBlocks(node.children, deeper(place, own)) };
			}
			case "list": {
				const own = toOwn(node, place);
				const items = node.children.map((item): ListItem => {
					this.#count();
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
				return this.#toFormula(node, true);
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
				this.#count();
				const cellOwn = toOwn(cell, deeper(place, own));
				return { children: this.#toInline(cell.children, true), ...cellOwn };
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
		const before = this.#nodes;
		const end = inner.length > 0 ? endOf(inner.at(-1) ?? node) : endOf(node);
		this.#nodesLimit = Math.min(before + blockNodesMax, answerNodesMax);
		const place: Place = { depth: 2, direction: "ltr" };
		const block: Block = {
			type: "details",
			summary: [summary],
			children: inner.flatMap((one) => {
				try {
					return this.#toBlock(one, place) ?? [];
				} catch (error) {
					if (!(error instanceof TooLarge)) throw error;
					return this.#toPlain(one);
				}
			}),
		};
		return { start: startOf(node), end, weight: this.#nodes - before + 1, block };
	}

	#toNotes(): TopBlock | null {
		if (this.#notes.size === 0) return null;
		const end = this.#input.source.length;
		this.#nodesLimit = Math.min(this.#nodes + blockNodesMax, answerNodesMax);
		// A note may mark another note, which is then one of those to come.
		const notes: Note[] = [];
		for (const [label, note] of this.#notes) {
			const definition = this.#noteDefinitions.get(label);
			try {
				const children = definition
					? this.#toBlocks(definition.children, { depth: 1, direction: "ltr" })
					: [];
				notes.push({ number: note.number, children });
			} catch (error) {
				if (!(error instanceof TooLarge)) throw error;
				break;
			}
		}
		return { start: end, end, weight: notes.length * 4, block: { type: "notes", notes } };
	}

	#toInline(nodes: readonly PhrasingContent[], isCell: boolean): Inline[] {
		this.#placer.startLine();
		return this.#toPieces(pairTags(nodes, isCell), { isCell, isLink: false, depth: 0 });
	}

	#toPieces(pieces: readonly Piece[], inside: Inside): Inline[] {
		return pieces.flatMap((piece): Inline | Inline[] => {
			if ("isBreak" in piece) return { type: "break" };
			if ("node" in piece) return this.#toInlineNode(piece.node, inside);
			this.#count();
			const children = this.#toPieces(piece.pieces, { ...inside, depth: inside.depth + 1 });
			return { type: "span", tag: piece.tag, children };
		});
	}

	#toInlineNode(node: PhrasingContent, inside: Inside): Inline | Inline[] {
		this.#count();
		if (inside.depth > depthMax) return this.#input.source.slice(startOf(node), endOf(node));
		if (node.type === "text") return this.#placer.split(node.value, startOf(node), endOf(node));
		const inner = { ...inside, depth: inside.depth + 1 };
		const children = () =>
			"children" in node ? this.#toPieces(pairTags(node.children, inside.isCell), inner) : [];
		switch (node.type) {
			case "strong":
				return { type: "span", tag: "strong", children: children() };
			case "emphasis":
				return { type: "span", tag: "em", children: children() };
			case "delete":
				return { type: "span", tag: "del", children: children() };
			case "link":
			case "linkReference": {
				// A link within a link leads where the outer one leads.
				if (inside.isLink) return children();
				const linked = this.#placer.pause(() =>
					this.#toPieces(pairTags(node.children, inside.isCell), { ...inner, isLink: true }),
				);
				const href = node.type === "link" ? node.url : this.#findDefinition(node.identifier)?.url;
				return href === undefined ? linked : { type: "link", href, children: linked };
			}
			default:
				this.#placer.skip();
				return this.#toLeaf(node);
		}
	}

	#toLeaf(node: PhrasingContent): Inline {
		switch (node.type) {
			case "inlineCode":
				return { type: "code-span", text: node.value.replace(/\r?\n|\r/g, " ") };
			case "break":
				return { type: "break" };
			case "image":
				return { type: "image", src: node.url, alt: node.alt ?? "" };
			case "imageReference":
				return { type: "image", src: this.#findDefinition(node.identifier)?.url ?? "", alt: node.alt ?? "" };
			case "formula":
				return this.#toFormula(node, node.isDisplay);
			case "footnoteReference":
				return this.#toNoteMark(node.identifier);
			case "html":
				return node.value;
			default:
				return this.#input.source.slice(startOf(node), endOf(node));
		}
	}

	#toFormula({ value, isOpen }: { value: string; isOpen: boolean }, isDisplay: boolean): Formula {
		const source = value.trim();
		const drawn = isOpen ? undefined : this.#input.renderFormula?.(source, isDisplay);
		return { type: "formula", source, isDisplay, isOpen, html: null, error: null, ...drawn };
	}

	#findDefinition(identifier: string): Definition | undefined {
		return this.#definitions.get(normalizeIdentifier(identifier));
	}

	#toNoteMark(identifier: string): Inline {
		const label = normalizeIdentifier(identifier);
		const note = this.#notes.get(label) ?? { number: this.#notes.size + 1, uses: 0 };
		note.uses += 1;
		this.#notes.set(label, note);
		return { type: "note-mark", number: note.number, use: note.uses };
	}
}

interface Place {
	readonly depth: number;
	readonly direction: Direction;
}

interface Inside {
	readonly isCell: boolean;
	readonly isLink: boolean;
	readonly depth: number;
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

/** A long list as several that look like one. */
function toParts(top: TopBlock): TopBlock[] {
	const { block } = top;
	if (block.type !== "list" || block.items.length <= itemsPerPart) return [top];
	const parts: TopBlock[] = [];
	for (let at = 0; at < block.items.length; at += itemsPerPart) {
		const items = block.items.slice(at, at + itemsPerPart);
		const start = block.start === null ? null : block.start + at;
		const weight = Math.ceil((top.weight * items.length) / block.items.length);
		parts.push({ ...top, weight, block: { ...block, start, items, isContinued: at > 0 } });
	}
	return parts;
}

interface Details {
	readonly summary: string;
	readonly inner: readonly RootContent[];
	/** The place of the closing tag among the siblings. */
	readonly endsAt: number;
}

/** A `<details>` with its summary at this place, up to its closing tag: the one block of HTML that is more than text. */
function findDetails(nodes: readonly RootContent[], at: number, isGrowing: boolean): Details | null {
	const opening = nodes[at];
	if (opening?.type !== "html") return null;
	const start = /^<details(?:\s+open)?\s*>\s*<summary>([^<]{0,500})<\/summary>\s*$/i.exec(
		opening.value.trim(),
	);
	if (!start) return null;
	const closedAt = nodes.findIndex(
		(node, index) => index > at && node.type === "html" && /^<\/details>$/i.test(node.value.trim()),
	);
	if (closedAt < 0 && !isGrowing) return null;
	const endsAt = closedAt < 0 ? nodes.length : closedAt;
	return { summary: (start[1] ?? "").trim(), inner: nodes.slice(at + 1, endsAt), endsAt };
}

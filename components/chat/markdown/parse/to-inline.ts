/** The words of a line with what is in them, out of Markdown's syntax tree. */
import type { Nodes, PhrasingContent } from "mdast";
import { type Piece, pairTags } from "./inline-html";
import type { NodeBudget } from "./node-budget";
import type { SwitchPlacer } from "./place-switches";
import type { References } from "./references";
import type { Formula, Inline } from "./tree";

/** Emphasis, links and tags within each other; deeper ones are text. */
const depthMax = 24;

/** A formula as KaTeX draws it. */
export type RenderFormula = (
	source: string,
	isDisplay: boolean,
) => { readonly html: string | null; readonly error: string | null };

interface InlineInput {
	readonly source: string;
	/** undefined while KaTeX is not here. */
	readonly renderFormula?: RenderFormula;
	readonly budget: NodeBudget;
	readonly placer: SwitchPlacer;
	readonly references: References;
}

interface Inside {
	readonly isCell: boolean;
	readonly isLink: boolean;
	readonly depth: number;
}

export const endOf = (node: Nodes): number => node.position?.end.offset ?? 0;
export const startOf = (node: Nodes): number => node.position?.start.offset ?? 0;

export class InlineBuilder {
	readonly #input: InlineInput;

	constructor(input: InlineInput) {
		this.#input = input;
	}

	toInline(nodes: readonly PhrasingContent[], isCell: boolean): Inline[] {
		this.#input.placer.startLine();
		return this.#toPieces(pairTags(nodes, isCell), { isCell, isLink: false, depth: 0 });
	}

	toFormula({ value, isOpen }: { value: string; isOpen: boolean }, isDisplay: boolean): Formula {
		const source = value.trim();
		const drawn = isOpen ? undefined : this.#input.renderFormula?.(source, isDisplay);
		return { type: "formula", source, isDisplay, isOpen, html: null, error: null, ...drawn };
	}

	#toPieces(pieces: readonly Piece[], inside: Inside): Inline[] {
		return pieces.flatMap((piece): Inline | Inline[] => {
			if ("isBreak" in piece) return { type: "break" };
			if ("node" in piece) return this.#toInlineNode(piece.node, inside);
			this.#input.budget.count();
			const children = this.#toPieces(piece.pieces, { ...inside, depth: inside.depth + 1 });
			return { type: "span", tag: piece.tag, children };
		});
	}

	#toInlineNode(node: PhrasingContent, inside: Inside): Inline | Inline[] {
		this.#input.budget.count();
		if (inside.depth > depthMax) return this.#input.source.slice(startOf(node), endOf(node));
		if (node.type === "text") return this.#input.placer.split(node.value, startOf(node), endOf(node));
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
				const linked = this.#input.placer.pause(() =>
					this.#toPieces(pairTags(node.children, inside.isCell), { ...inner, isLink: true }),
				);
				const href = node.type === "link" ? node.url : this.#input.references.findAddress(node.identifier);
				return href === undefined ? linked : { type: "link", href, children: linked };
			}
			default:
				this.#input.placer.skip();
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
				return {
					type: "image",
					src: this.#input.references.findAddress(node.identifier) ?? "",
					alt: node.alt ?? "",
				};
			case "formula":
				return this.toFormula(node, node.isDisplay);
			case "footnoteReference":
				return this.#input.references.markNote(node.identifier);
			case "html":
				return node.value;
			default:
				return this.#input.source.slice(startOf(node), endOf(node));
		}
	}
}

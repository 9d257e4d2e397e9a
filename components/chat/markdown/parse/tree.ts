/**
 * The tree of an answer as the worker hands it to the page: plain data, a closed set of nodes, no HTML. What is not in
 * here cannot come out of an answer.
 */

import type { InlineTag } from "./inline-html";

export type Direction = "ltr" | "rtl";
export interface Formula {
	readonly type: "formula";
	readonly source: string;
	readonly isDisplay: boolean;
	/** Still being written: shown as its source. */
	readonly isOpen: boolean;
	/** KaTeX's own markup, made by the worker; null while KaTeX is loaded and for a formula that does not parse. */
	readonly html: string | null;
	/** Why it does not parse; null if it does or was not tried. */
	readonly error: string | null;
}

export type Inline =
	| string
	| { readonly type: "span"; readonly tag: InlineTag; readonly children: readonly Inline[] }
	| { readonly type: "code-span"; readonly text: string }
	| { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] }
	| { readonly type: "image"; readonly src: string; readonly alt: string }
	| { readonly type: "break" }
	| Formula
	/** The mark of a note; `use` counts the marks of the same note from 1. */
	| { readonly type: "note-mark"; readonly number: number; readonly use: number }
	/** Another model goes on here: an index into the answer's switches. */
	| { readonly type: "switch"; readonly index: number };

export interface CodeSwitch {
	readonly index: number;
	/** The line from which on another model wrote, from 1. */
	readonly line: number;
}

export interface ListItem {
	readonly isChecked: boolean | null;
	readonly direction?: Direction;
	readonly children: readonly Block[];
}

export interface TableCell {
	readonly children: readonly Inline[];
	readonly direction?: Direction;
}

export interface Note {
	readonly number: number;
	readonly children: readonly Block[];
}

/** Quotes that say by their first line what they are for, as GitHub reads them. */
export const calloutKinds = ["note", "tip", "important", "warning", "caution"] as const;
export type CalloutKind = (typeof calloutKinds)[number];

export type Block =
	| { readonly type: "paragraph"; readonly direction?: Direction; readonly children: readonly Inline[] }
	| {
			readonly type: "heading";
			readonly level: number;
			/** The part of an address that names it, unique in the answer. */
			readonly slug: string;
			readonly direction?: Direction;
			readonly children: readonly Inline[];
	  }
	| {
			readonly type: "quote";
			readonly callout?: CalloutKind;
			readonly direction?: Direction;
			readonly children: readonly Block[];
	  }
	| {
			readonly type: "list";
			/** The first number; null without numbers. */
			readonly start: number | null;
			/** The list before it is the same one, drawn in parts. */
			readonly isContinued?: boolean;
			readonly direction?: Direction;
			readonly items: readonly ListItem[];
	  }
	| {
			readonly type: "code";
			readonly language: string;
			readonly text: string;
			/** Its end is still to come. */
			readonly isOpen: boolean;
			readonly switches: readonly CodeSwitch[];
	  }
	| {
			readonly type: "table";
			readonly align: readonly ("left" | "right" | "center" | null)[];
			readonly direction?: Direction;
			readonly head: readonly TableCell[];
			readonly rows: readonly (readonly TableCell[])[];
	  }
	| Formula
	| { readonly type: "rule" }
	| { readonly type: "details"; readonly summary: readonly Inline[]; readonly children: readonly Block[] }
	| { readonly type: "notes"; readonly notes: readonly Note[] }
	| { readonly type: "block-switch"; readonly index: number }
	/** The text as it was written: of what is too deep, too large or too slow. */
	| { readonly type: "plain"; readonly text: string };

/** One block of the first level with its place in the text (UTF-16) and its size in nodes. */
export interface TopBlock {
	readonly start: number;
	readonly end: number;
	readonly weight: number;
	readonly block: Block;
}

/** Plain text of inline nodes, as a reader sees it. */
export function toInlineText(nodes: readonly Inline[]): string {
	return nodes
		.map((node) => {
			if (typeof node === "string") return node;
			if (node.type === "span" || node.type === "link") return toInlineText(node.children);
			if (node.type === "code-span") return node.text;
			if (node.type === "formula") return node.source;
			if (node.type === "image") return node.alt;
			return node.type === "break" ? " " : "";
		})
		.join("");
}

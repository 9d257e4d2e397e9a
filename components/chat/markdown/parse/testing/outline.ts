/** The tree of an answer in one line per block, as HTML would write it. */
import type { Block, Direction, Inline, TopBlock } from "../tree";

export function toOutline(blocks: readonly TopBlock[]): string[] {
	return blocks.map(({ block }) => toBlock(block));
}

const tag = (name: string, inner: string, direction?: Direction): string =>
	`<${name}${direction ? ` ${direction}` : ""}>${inner}</${name}>`;

function toBlock(block: Block): string {
	const inner = (list: readonly Block[]) => list.map(toBlock).join("");
	switch (block.type) {
		case "paragraph":
			return tag("p", toInline(block.children), block.direction);
		case "heading":
			return tag(`h${block.level}`, toInline(block.children), block.direction);
		case "quote":
			return tag(block.callout ?? "quote", inner(block.children), block.direction);
		case "list": {
			const items = block.items.map(({ isChecked, children, direction }) => {
				const box = isChecked === null ? "" : isChecked ? "[x]" : "[ ]";
				return tag("li", box + inner(children), direction);
			});
			return tag(block.start === null ? "ul" : `ol${block.start}`, items.join(""), block.direction);
		}
		case "code":
			return tag(`code:${block.language}`, block.text + (block.isOpen ? "…" : ""));
		case "table": {
			const rows = [block.head, ...block.rows].map((cells) =>
				cells
					.map(({ children, direction }) => (direction ? `(${direction})` : "") + toInline(children))
					.join("|"),
			);
			return tag("table", rows.join("//"), block.direction);
		}
		case "formula":
			return toFormula(block);
		case "rule":
			return "<hr>";
		case "details":
			return tag("details", `${toInline(block.summary)}:${inner(block.children)}`);
		case "notes":
			return tag("notes", block.notes.map(({ number, children }) => `${number}:${inner(children)}`).join(""));
		case "block-switch":
			return `<switch ${block.index}>`;
		case "plain":
			return tag("plain", block.text);
	}
}

function toInline(nodes: readonly Inline[]): string {
	return nodes
		.map((node) => {
			if (typeof node === "string") return node;
			switch (node.type) {
				case "span":
					return tag(node.tag, toInline(node.children));
				case "code-span":
					return tag("c", node.text);
				case "link":
					return `<a ${node.href}>${toInline(node.children)}</a>`;
				case "image":
					return `<img ${node.src} ${node.alt}>`;
				case "break":
					return "<br>";
				case "formula":
					return toFormula(node);
				case "note-mark":
					return `<note ${node.number}>`;
				case "switch":
					return `<switch ${node.index}>`;
			}
			return "";
		})
		.join("");
}

const toFormula = ({
	source,
	isDisplay,
	isOpen,
}: {
	source: string;
	isDisplay: boolean;
	isOpen: boolean;
}): string => `<${isDisplay ? "M" : "m"}${isOpen ? "…" : ""}>${source}</>`;

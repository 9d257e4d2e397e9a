import { type Block, type Inline, type TableCell, toInlineText } from "../parse/tree";

type Table = Extract<Block, { type: "table" }>;

/** The table as Markdown, cells with the words that were shown. */
export function toMarkdownTable({ head, rows, align }: Table): string {
	const toRow = (cells: readonly TableCell[]) =>
		`| ${cells.map((cell) => toCellMarkdown(cell.children)).join(" | ")} |`;
	const rules = { left: ":---", right: "---:", center: ":---:" };
	const rule = head.map((_, index) => {
		const side = align[index];
		return side ? rules[side] : "---";
	});
	return [toRow(head), `| ${rule.join(" | ")} |`, ...rows.map(toRow)].join("\n");
}

function toCellMarkdown(nodes: readonly Inline[]): string {
	return toInlineMarkdown(nodes)
		.replace(/\s*\n\s*/g, " ")
		.replace(/\|/g, "\\|");
}

function toInlineMarkdown(nodes: readonly Inline[]): string {
	return nodes
		.map((node): string => {
			if (typeof node === "string") return node;
			switch (node.type) {
				case "span": {
					const inner = toInlineMarkdown(node.children);
					if (node.tag === "strong") return `**${inner}**`;
					if (node.tag === "em") return `*${inner}*`;
					return node.tag === "del" ? `~~${inner}~~` : `<${node.tag}>${inner}</${node.tag}>`;
				}
				case "code-span":
					return `\`${node.text}\``;
				case "link":
					return `[${toInlineMarkdown(node.children)}](${node.href})`;
				case "image":
					return `![${node.alt}](${node.src})`;
				case "break":
					return "<br>";
				case "formula":
					return `$${node.source}$`;
				default:
					return "";
			}
		})
		.join("");
}

/** The table as CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe (CWE-1236). */
export function toCsv({ head, rows }: Table): string {
	const toField = (cell: TableCell) => {
		const text = toInlineText(cell.children).trim();
		const isNumber = /^[+-]?[\d.,]+%?$/.test(text);
		const safe = /^[=+\-@\t\r]/.test(text) && !isNumber ? `'${text}` : text;
		return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
	};
	return [head, ...rows].map((row) => row.map(toField).join(",")).join("\r\n");
}

const characterPx = 7.8;
const paddingPx = 28;
const charactersMin = 6;
const charactersMax = 44;

/** A width in pixels for every column, after its longest words. */
export function toColumnWidths({ head, rows }: Table): number[] {
	return head.map((cell, column) => {
		const lengths = [cell, ...rows.slice(0, 50).flatMap((row) => row[column] ?? [])].map((one) =>
			toWidth(toInlineText(one.children)),
		);
		const characters = Math.min(charactersMax, Math.max(charactersMin, ...lengths));
		return Math.round(characters * characterPx + paddingPx);
	});
}

/** In columns of Latin letters: those of full width take two. */
function toWidth(text: string): number {
	let width = 0;
	for (const character of text.slice(0, 200))
		width += /[\u1100-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60]/.test(character) ? 1.9 : 1;
	return width;
}

import type { ClipboardEvent } from "react";

/** What belongs to the page and not to the words. */
const chrome = "[data-chrome], .reasoning:not([open]), button, .sr-only, svg, script, style";
/** What a person wrote, and answers that are not drawn: every line break counts. */
const lines = "[data-lines]";
const blocks = new Set(
	"ADDRESS ARTICLE BLOCKQUOTE DETAILS DIV DL FIGURE H1 H2 H3 H4 H5 H6 HR LI OL P PRE SECTION SUMMARY TABLE TR UL".split(
		" ",
	),
);

/** A selection in a thread is copied as clean text and HTML: formulas as LaTeX, no buttons, nothing that only helps to read. */
export function copySelection(event: ClipboardEvent): void {
	const selection = getSelection();
	const isField = event.target instanceof Element && event.target.closest("input, textarea") !== null;
	if (!selection || selection.isCollapsed || selection.rangeCount === 0 || isField) return;
	const range = selection.getRangeAt(0);
	const inside = toElement(range.commonAncestorContainer)?.closest<HTMLElement>("[data-formula]");
	const copy = document.createElement("div");
	if (inside) copy.append(inside.cloneNode(true));
	else copy.append(wrap(range));
	clean(copy);
	const text = toText(copy)
		.replace(/\n{3,}/g, "\n\n")
		.trim();
	if (text === "") return;
	strip(copy);
	event.clipboardData.setData("text/plain", text);
	event.clipboardData.setData("text/html", copy.innerHTML);
	event.preventDefault();
}

const toElement = (node: Node): Element | null => (node instanceof Element ? node : node.parentElement);

/** What is selected, in what it stands in as far as that is about its meaning: words of a heading stay a heading. */
function wrap(range: Range): Node {
	const content = range.cloneContents();
	const outer = toElement(range.commonAncestorContainer)?.closest(`pre, table, ul, ol, blockquote, ${lines}`);
	if (!outer || outer.querySelector(":scope > article")) return content;
	const shell = outer.cloneNode(false);
	shell.appendChild(content);
	return shell;
}

function clean(root: HTMLElement): void {
	for (const formula of root.querySelectorAll<HTMLElement>("[data-formula]")) {
		const sign = formula.dataset.display === undefined ? "$" : "$$";
		formula.replaceWith(`${sign}${formula.dataset.formula}${sign}`);
	}
	for (const mark of root.querySelectorAll(".note-mark")) mark.replaceWith(`[${mark.textContent}]`);
	for (const element of root.querySelectorAll(chrome)) element.remove();
	for (const box of root.querySelectorAll<HTMLInputElement>('input[type="checkbox"]'))
		box.replaceWith(box.checked ? "[x] " : "[ ] ");
}

/** What is left is HTML that says the same without the page's styles. */
function strip(root: HTMLElement): void {
	for (const written of root.querySelectorAll(lines)) {
		const texts = (written.textContent ?? "").split("\n");
		written.replaceChildren(
			...texts.flatMap((line, index) => (index === 0 ? [line] : [document.createElement("br"), line])),
		);
	}
	for (const element of root.querySelectorAll("*"))
		for (const { name } of [...element.attributes])
			if (!/^(?:href|src|alt|start|dir|colspan)$/.test(name)) element.removeAttribute(name);
}

/** The words with their lines, as a plain text field shows them. */
function toText(node: Node): string {
	if (node.nodeType === Node.TEXT_NODE)
		return isWritten(node) ? (node.nodeValue ?? "") : (node.nodeValue ?? "").replace(/\s+/g, " ");
	const name = node.nodeName;
	if (name === "BR") return "\n";
	if (name === "HR") return "\n\n---\n\n";
	const inner = [...node.childNodes].map(toText).join("");
	if (name === "TD" || name === "TH") return `${inner.trim().replace(/\s*\n\s*/g, " ")}\t`;
	if (name === "TR") return `${inner.trimEnd()}\n`;
	if (name === "LI") return `${toMark(node)}${inner.trim()}\n`;
	if (name === "PRE") return `\n\n${inner.replace(/\n$/, "")}\n\n`;
	if (!blocks.has(name)) return inner;
	const item = node.parentNode?.nodeName === "LI" && node.parentElement;
	if (item) return `${item.firstElementChild === node ? "" : "\n"}${inner.trim()}\n`;
	return `\n\n${inner.trim()}\n\n`;
}

const isWritten = (node: Node): boolean => node.parentElement?.closest(`pre, ${lines}`) !== null;

function toMark(item: Node): string {
	const list = item.parentNode;
	if (list?.nodeName !== "OL") return "- ";
	const items = [...list.childNodes].filter(({ nodeName }) => nodeName === "LI");
	const start = Number((list as HTMLOListElement).getAttribute("start") ?? 1);
	return `${start + items.indexOf(item as ChildNode)}. `;
}

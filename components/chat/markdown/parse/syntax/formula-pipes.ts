/**
 * The bars of a formula in a row of a table, as in `| $|x|$ | 1 |`, end no cell. Tables are cut into cells before anything in
 * them is read, so such bars are hidden from the table's syntax behind a sign of the same length, and shown again afterwards.
 */
import type { Nodes, Root } from "mdast";
import { type Budget, findClosing, toOpening } from "./math-rules";

/** Of the private use area: texts do not hold it, and one that does keeps its bars as they are. */
const hiddenBar = "\ue000";
/** Characters that are looked at for all rows of a text. */
const charactersMax = 400_000;

/** The source with every bar hidden that belongs to a formula; of the same length. */
export function hideFormulaBars(source: string): string {
	if (!/^[^\n]*\|[^\n]*(?:\$|\\\()/m.test(source) || source.includes(hiddenBar)) return source;
	const budget = { left: charactersMax };
	return source
		.split("\n")
		.map((line) => (/\|.*(?:\$|\\\()/.test(line) ? hideInLine(line, budget) : line))
		.join("\n");
}

function hideInLine(line: string, budget: Budget): string {
	let shown = "";
	for (let at = 0; at < line.length; ) {
		const end = findEnd(line, at, budget);
		shown += end === at ? line.charAt(at) : hideBars(line.slice(at, end));
		at = Math.max(end, at + 1);
	}
	return shown;
}

/** Behind the formula that begins here; the same place when none does. */
function findEnd(line: string, at: number, budget: Budget): number {
	const opening = toOpening(line, at, "text");
	const closing = opening && findClosing(line, opening, { kind: "text", isGrowing: false, budget });
	return opening && closing ? closing.at + opening.closeSign.length : at;
}

/** A bar between spaces ends a cell, unless it stands within brackets: `P(A | B)`. */
function hideBars(formula: string): string {
	let depth = 0;
	return Array.from(formula, (character, at) => {
		if ("([{".includes(character)) depth += 1;
		if (")]}".includes(character)) depth -= 1;
		const isBetweenSpaces = /\s/.test(formula.charAt(at - 1)) && /\s/.test(formula.charAt(at + 1));
		const isEscaped = formula.charAt(at - 1) === "\\";
		return character === "|" && !isEscaped && (depth > 0 || !isBetweenSpaces) ? hiddenBar : character;
	}).join("");
}

/** Shows the bars again, in whatever became of their text. */
export function showFormulaBars(root: Root): void {
	const waiting: Nodes[] = [root];
	for (let node = waiting.pop(); node; node = waiting.pop()) {
		if ("value" in node) node.value = node.value.replaceAll(hiddenBar, "|");
		if ("url" in node) node.url = node.url.replaceAll(hiddenBar, "|");
		if ("children" in node) waiting.push(...node.children);
	}
}

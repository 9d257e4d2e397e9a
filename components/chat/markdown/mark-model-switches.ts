import type { VisibleSwitch } from "../state/model-switches";

/** Characters for private use: Markdown passes them through, and each stands for one model switch of the answer. */
const firstMark = 0xf0000;
const marksMax = 256;
const anyMark = /[\u{f0000}-\u{f00ff}]/gu;

/** Where a mark would be part of something else: code, formulas, links. Bounded, so that no answer makes it slow. */
const heldPattern = new RegExp(
	[
		/(?<=^|\n)[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?<fence>`{3,}|~{3,})[^\n]*(?:\n[\s\S]*?(?:\n[ \t>]*\k<fence>[`~]*[ \t]*(?=\n|$)|$)|$)/,
		/(?<!`)(?<ticks>`+)(?!`)(?:[^\n]|\n(?![ \t]*\n)){0,2000}?(?<!`)\k<ticks>(?!`)/,
		/\$\$[\s\S]*?(?:\$\$|$)/,
		/\\\([^\n]*?(?:\\\)|$)/,
		/\\\[[\s\S]*?(?:\\\]|$)/,
		/\$(?![\s$])[^$\n`]{0,300}[^\s$\\`]\$(?!\d)/,
		/!?\[[^\]\n]{0,500}\](?:\([^)\n]{0,2000}\)?|\[[^\]\n]{0,500}\])/,
		/<[^<>\s]{0,2000}>/,
	]
		.map(({ source }) => source)
		.join("|"),
	"g",
);

/** What may stand before the first word of a line. */
const lineMarks = /^[\s>|]*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6})\s+)?/;

/**
 * Writes a mark into Markdown at each model switch, at the nearest place from there on where it changes nothing else: between two
 * words, or at the beginning of a line of code. While the text grows, a model switch without such a place has no mark yet.
 */
export function markSwitches(text: string, switches: readonly VisibleSwitch[], isGrowing: boolean): string {
	if (switches.length === 0) return text;
	// Two units each, as the marks have: no place moves, and no answer can fake a model switch.
	let marked = text.replace(anyMark, "\ufffd\ufffd");
	for (let index = Math.min(switches.length, marksMax) - 1; index >= 0; index--) {
		const { atCharacter } = switches[index] ?? { atCharacter: 0 };
		const mark = String.fromCodePoint(firstMark + index);
		const place = findPlace(marked, atCharacter, isGrowing);
		if (place) marked = `${marked.slice(0, place.at)}${place.toWritten(mark)}${marked.slice(place.at)}`;
	}
	return marked;
}

interface Place {
	readonly at: number;
	toWritten(mark: string): string;
}

const afterWord = (mark: string) => ` ${mark}`;
const beforeWord = (mark: string) => `${mark} `;
const inCode = (mark: string) => mark;

function findPlace(text: string, switchAt: number, isGrowing: boolean): Place | null {
	const held = Array.from(text.matchAll(heldPattern), (match) => ({
		start: match.index,
		end: match.index + match[0].length,
		codeStart: match.groups?.fence === undefined ? null : match.index + `${match[0]}\n`.indexOf("\n") + 1,
	}));
	const code = held.find(
		({ start, end, codeStart }) => codeStart !== null && start < switchAt && switchAt < end,
	);
	if (code?.codeStart && switchAt >= code.codeStart)
		return { at: text.lastIndexOf("\n", switchAt - 1) + 1, toWritten: inCode };
	for (let at = text.slice(0, switchAt).trimEnd().length; at <= text.length; at++) {
		const inside = held.find(({ start, end, codeStart }) => start < at && at < end + (codeStart ? 1 : 0));
		if (inside) at = Math.max(at, inside.end - (inside.codeStart ? 0 : 1));
		else if (at > 0 && isAfterWord(text, at, isGrowing)) return { at, toWritten: afterWord };
		else if (at >= switchAt && isFirstWord(text, at)) return { at, toWritten: beforeWord };
	}
	return isGrowing ? null : { at: text.length, toWritten: (mark) => `\n\n${mark}` };
}

function isAfterWord(text: string, at: number, isGrowing: boolean): boolean {
	const isGap = at === text.length ? !isGrowing : /\s/.test(text.charAt(at));
	if (!isGap || /\s/.test(text.charAt(at - 1))) return false;
	const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
	const isDefinition = /^\s*\[[^\]]+\]:/.test(line);
	return !isDefinition && /[\p{L}\p{N}]/u.test(line.replace(lineMarks, ""));
}

const isFirstWord = (text: string, at: number): boolean =>
	/\p{L}/u.test(text.charAt(at)) && /\n[ \t]*\n$/.test(text.slice(Math.max(0, at - 80), at));

/** A node of the rendered tree, as far as it matters here. */
export interface TreeNode {
	type: string;
	tagName?: string;
	value?: string;
	properties?: Record<string, unknown>;
	children?: TreeNode[];
}

/** A plugin: every mark in the tree becomes a `mark` element; in code blocks they stay, for whoever draws the lines. */
export function createSwitchMarks(): () => (tree: TreeNode) => void {
	return () => replaceMarks;
}

function replaceMarks(node: TreeNode): void {
	if (!node.children || node.tagName === "pre") return;
	for (const child of node.children) replaceMarks(child);
	if (!node.children.some(hasMark)) return;
	node.children = node.children.flatMap((child) => (hasMark(child) ? split(child.value ?? "") : [child]));
}

const hasMark = ({ type, value }: TreeNode): boolean =>
	type === "text" && value !== undefined && value.search(anyMark) >= 0;

function split(value: string): TreeNode[] {
	const nodes: TreeNode[] = [];
	let from = 0;
	for (const match of value.matchAll(anyMark)) {
		const before = value.slice(from, match.index).replace(/ $/, "");
		from = match.index + match[0].length;
		if (before !== "") nodes.push({ type: "text", value: before });
		const modelSwitch = String(toIndex(match[0]));
		nodes.push({ type: "element", tagName: "mark", properties: { dataSwitch: modelSwitch }, children: [] });
	}
	const rest = value.slice(from);
	return rest === "" ? nodes : [...nodes, { type: "text", value: rest }];
}

const toIndex = (mark: string): number => (mark.codePointAt(0) ?? firstMark) - firstMark;

/** The code without its marks, and the lines, from 1, at which they stood. */
export function takeMarks(code: string): { code: string; switches: { index: number; line: number }[] } {
	const switches = Array.from(code.matchAll(anyMark), (match) => ({
		index: toIndex(match[0]),
		line: code.slice(0, match.index).split("\n").length,
	}));
	return { code: switches.length === 0 ? code : code.replace(anyMark, ""), switches };
}

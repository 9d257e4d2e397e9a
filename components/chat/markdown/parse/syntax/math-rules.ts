/** What is a formula and what is money, a template or an escaped bracket. Pure text rules for `math-syntax.ts`. */

export interface Opening {
	readonly sign: "$" | "$$" | "\\(" | "\\[";
	readonly closeSign: "$" | "$$" | "\\)" | "\\]";
	/** Where the sign begins in the source. */
	readonly at: number;
}

export interface Closing {
	/** Where the closing sign begins; behind the last word of the source while it is still to come. */
	readonly at: number;
	readonly isOpen: boolean;
	readonly opening: Opening;
}

const closeSigns = { $: "$", $$: "$$", "\\(": "\\)", "\\[": "\\]" } as const;

/** Characters of one formula. A longer one is text. */
const charactersMax = 10_000;
const singleCharactersMax = 1_000;

/** Scripts that are written without spaces, so that a letter may stand right beside a formula. */
const spaceless = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]/u;
const wordCharacter = /[\p{L}\p{N}]/u;
const isWord = (character: string) => wordCharacter.test(character) && !spaceless.test(character);

/** The opening sign at this place, if it may open a formula there; a block is opened by a display sign alone. */
export function toOpening(source: string, at: number, kind: "text" | "flow"): Opening | null {
	const sign = toSign(source, at);
	if (sign === null || (kind === "flow" && sign !== "$$" && sign !== "\\[")) return null;
	const before = at === 0 ? "\n" : source.charAt(at - 1);
	if (sign === "$" && (isWord(before) || /[$\\^)\]}.#@&%_]/.test(before))) return null;
	if (sign === "$$" && before === "$") return null;
	// `array\[i\]`: an escaped bracket, as models write it where Markdown might read a link.
	if (sign === "\\[" && isWord(before)) return null;
	return { sign, closeSign: closeSigns[sign], at };
}

function toSign(source: string, at: number): Opening["sign"] | null {
	const two = source.slice(at, at + 2);
	if (two === "\\(" || two === "\\[") return two;
	if (two === "$$") return source.charAt(at + 2) === "$" ? null : two;
	if (!two.startsWith("$")) return null;
	return two.length === 2 && !/\s/.test(two.charAt(1)) ? "$" : null;
}

/** Characters that may still be looked at ahead. */
export interface Budget {
	left: number;
}

interface Look {
	readonly kind: "text" | "flow";
	readonly isGrowing: boolean;
	readonly budget: Budget;
}

/** Where the formula ends; null when what follows is none. */
export function findClosing(
	source: string,
	opening: Opening,
	{ kind, isGrowing, budget }: Look,
): Closing | null {
	const { closeSign, sign } = opening;
	const from = opening.at + sign.length;
	// A sign alone on its line opens a block that may have empty lines, as a fence of code does.
	const isFence = kind === "flow" && /^[ \t]*(\r?\n|\r|$)/.test(source.slice(from, from + 200));
	const at = scan(source, { from, closeSign, isFence, budget });
	if (at === "none") return null;
	if (at === "end") {
		const end = source.trimEnd().length;
		return isGrowing && sign !== "$" && end > from ? { at: end, isOpen: true, opening } : null;
	}
	const inside = toInside(source.slice(from, at));
	const after = source.slice(at + closeSign.length, at + closeSign.length + 8);
	return isFormula(inside, { sign, after }) ? { at, isOpen: false, opening } : null;
}

interface Scan {
	readonly from: number;
	readonly closeSign: string;
	readonly isFence: boolean;
	readonly budget: Budget;
}

/** The place of the closing sign, `end` when the text ends before it, `none` when it cannot come any more. */
function scan(source: string, { from, closeSign, isFence, budget }: Scan): number | "end" | "none" {
	const limit = Math.min(source.length, from + (closeSign === "$" ? singleCharactersMax : charactersMax));
	/** For every open brace whether it holds text, in which dollars are formulas of their own: `\text{if $x$}`. */
	const braces: boolean[] = [];
	let textDepth = 0;
	for (let at = from; at < limit; at++) {
		if (--budget.left < 0) return "none";
		const character = source.charAt(at);
		if (character === closeSign.charAt(0) && source.startsWith(closeSign, at)) {
			if (textDepth === 0 || closeSign === "$$") return at;
		} else if (character === "\n") {
			if (!isFence && /^[ \t>]*(\r?\n|$)/.test(source.slice(at + 1, at + 200))) return "none";
		} else if (character === "`" && closeSign === "$") return "none";
		else if (character === "{") {
			const isText = /\\(?:text[a-z]*|[mhf]box)\s*$/.test(source.slice(Math.max(from, at - 12), at));
			braces.push(isText);
			if (isText) textDepth += 1;
		} else if (character === "}" && braces.pop()) textDepth -= 1;
		if (character === "\\" && !source.startsWith(closeSign, at)) at += 1;
	}
	return limit === source.length ? "end" : "none";
}

/** Without the marks of quotes and indents at the beginning of its lines. */
const toInside = (text: string): string => text.replace(/(\r?\n|\r)[ \t>]+/g, "$1");

/** A block has nothing behind its closing sign. */
export function isFlowFormula(source: string, { at, isOpen, opening }: Closing): boolean {
	if (isOpen) return true;
	return /^[ \t]*(\r?\n|\r|$)/.test(source.slice(at + opening.closeSign.length, at + 200));
}

function isFormula(inside: string, { sign, after }: { sign: Opening["sign"]; after: string }): boolean {
	if (inside.trim() === "") return false;
	if (sign === "$") return isDollarFormula(inside, after);
	if (sign === "$$") return !after.startsWith("$") && !isProse(inside);
	if (sign === "\\(") return !isProse(inside);
	const isPadded = /^\s/.test(inside) && /\s$/.test(inside);
	// `\[1\]`, `\[2, 3\]` and `\[citation needed\]` are brackets.
	return isPadded || (!isProse(inside) && !/^[\d\s,;.:–-]+$/.test(inside));
}

/** Only words, as between escaped brackets: no sign, no single letter, no capitals as of a triangle. */
function isProse(inside: string): boolean {
	return (
		/^[\s(),.;:!?'"–-]*(?:\p{L}{2,}[\s(),.;:!?'"–-]*)+$/u.test(inside) && /\p{Ll}{2,}|\s\p{L}/u.test(inside)
	);
}

/** Pandoc's rule, and what it takes for a formula but models write in other texts. */
function isDollarFormula(inside: string, after: string): boolean {
	if (/^\s|[\s([{]$/.test(inside)) return false;
	if (/^[\d_$({]/.test(after) && !(after.startsWith("(") && !inside.startsWith("("))) return false;
	// `$n$th` and `$k$s`, but not the two variables of `$name$rest`.
	if (isWord(after.charAt(0)) && !/^(?:th|ths|st|nd|rd|s)(?![\p{L}\p{N}])/u.test(after)) return false;
	// `$('#id')`, `${name}`, `$HOME/bin`, an address.
	if (/^\(['"]|^\{[^\\^_{}]*\}$|^[A-Z_][A-Z0-9_]{2,}[/:]|:\/\/|\]\(/.test(inside)) return false;
	const words = inside.replace(/\\[a-zA-Z]+(?:\{[^{}]*\})?/g, " 1 ");
	if (/\p{L}{3,}\s+\p{L}{3,}/u.test(words)) return false;
	// Money: a number with words behind it.
	return !/^\d/.test(inside) || !/\p{L}{3,}/u.test(words);
}

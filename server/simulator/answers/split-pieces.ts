import type { SimOptions } from "../requests/options.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** A word with the blank before it, or a run of white space: what tokenisers mostly agree on. */
const words = /[ ]?[^\s]+|\s+/g;
/** A piece holds at most so much; a sign outside ASCII weighs three, as it mostly costs more tokens. */
const weightMax = 7;
const isPlain = (word: string) => /^[\x20-\x7e]+$/.test(word);

function* splitWord(word: string, kind: "grapheme" | "codepoint"): Generator<string> {
	const isWhole = kind === "grapheme" && !isPlain(word);
	const bits = isWhole ? Array.from(graphemes.segment(word), (part) => part.segment) : word;
	let piece = "";
	let weight = 0;
	for (const bit of bits) {
		const bitWeight = bit.charCodeAt(0) < 128 ? 1 : 3;
		if (piece !== "" && weight + bitWeight > weightMax) {
			yield piece;
			piece = "";
			weight = 0;
		}
		piece += bit;
		weight += bitWeight;
	}
	yield piece;
}

/**
 * Cuts a text into pieces of about four characters that look like a tokeniser's; joined they are the text again.
 * `unit` may leave half a surrogate pair on either side, as careless providers do.
 */
export function splitPieces(text: string, kind: SimOptions["pieces"] = "grapheme"): string[] {
	if (kind === "unit") return text.match(/[\s\S]{1,3}/g) ?? [];
	return Array.from(text.match(words) ?? []).flatMap((word) =>
		word.length <= weightMax && isPlain(word) ? [word] : Array.from(splitWord(word, kind)),
	);
}

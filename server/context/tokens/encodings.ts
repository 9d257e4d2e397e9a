import { setImmediate as nextTurn } from "node:timers/promises";
import { countPairs, type Ranks, toBytes, toRanks } from "./byte-pairs.ts";

/** OpenAI's public encodings. A count that is stored names the one it was made by. */
export type Encoding = "o200k_base" | "cl100k_base";

interface Counter {
	readonly ranks: Ranks;
	/** Cuts a text into the pieces that are encoded each by itself. */
	readonly pieces: RegExp;
}

const counters = new Map<Encoding, Promise<Counter>>();

/**
 * Reads the table of an encoding, which takes about 0.3 s of the process's time and 70 MB. Call it when the process starts; else
 * the first count does it.
 */
export async function loadEncoding(encoding: Encoding): Promise<void> {
	await loadCounter(encoding);
}

function loadCounter(encoding: Encoding): Promise<Counter> {
	const known = counters.get(encoding);
	if (known) return known;
	const loading = readCounter(encoding);
	counters.set(encoding, loading);
	loading.catch(() => counters.delete(encoding));
	return loading;
}

async function readCounter(encoding: Encoding): Promise<Counter> {
	const split = await import("gpt-tokenizer/encodingParams/constants");
	if (encoding === "o200k_base") {
		const { default: table } = await import("gpt-tokenizer/bpeRanks/o200k_base");
		return { ranks: toRanks(table), pieces: split.O200K_TOKEN_SPLIT_REGEX };
	}
	const { default: table } = await import("gpt-tokenizer/bpeRanks/cl100k_base");
	return { ranks: toRanks(table), pieces: split.CL100K_TOKEN_SPLIT_REGEX };
}

/** The pattern never looks at more at once: it takes memory for every character of a piece. */
const windowCharacters = 32_768;
/** Other work of the process waits no longer than about this. */
const sliceMs = 8;

/**
 * The exact number of tokens of a text, without what a provider adds for a message. Lets other work run in between, so that no text,
 * however long or odd, holds up the process.
 */
export async function countTokens(text: string, encoding: Encoding): Promise<number> {
	const counter = await loadCounter(encoding);
	const pieces = new RegExp(counter.pieces.source, counter.pieces.flags);
	let count = 0;
	let sliceStart = performance.now();
	for (const window of toWindows(text)) {
		let start = 0;
		while (pieces.test(window)) {
			for (const part of toParts(window.slice(start, pieces.lastIndex))) {
				count += countPiece(part, counter.ranks);
				if (performance.now() - sliceStart < sliceMs) continue;
				await nextTurn();
				sliceStart = performance.now();
			}
			start = pieces.lastIndex;
		}
	}
	return count;
}

function countPiece(piece: string, ranks: Ranks): number {
	const bytes = toBytes(piece);
	return ranks.has(bytes) ? 1 : countPairs(bytes, ranks);
}

/** A longer piece, which no language writes, is counted in parts: at most a token more for each. Whole tokens of one repeated character fit. */
const partCharacters = 2_048;

function toParts(piece: string): readonly string[] {
	if (piece.length <= partCharacters) return [piece];
	const parts: string[] = [];
	for (let start = 0; start < piece.length; ) {
		const end = toCharacterEnd(piece, start + partCharacters);
		parts.push(piece.slice(start, end));
		start = end;
	}
	return parts;
}

function* toWindows(text: string): Generator<string> {
	for (let start = 0; start < text.length; ) {
		const end = start + windowCharacters >= text.length ? text.length : findCut(text, start);
		yield text.slice(start, end);
		start = end;
	}
}

/** Between a letter and a sign that a letter follows, every pattern begins a new piece; an apostrophe may belong to the letter before. */
const cut = /(?<=\p{L})(?=[^\p{L}\p{M}\p{N}\r\n'][\p{L}])/gu;

/** Where a window ends: at the last place that is no piece's inside, else anywhere but within a character. */
function findCut(text: string, start: number): number {
	const latest = start + windowCharacters;
	const tail = text.slice(latest - 1_024, latest);
	let last = 0;
	for (const match of tail.matchAll(cut)) last = match.index;
	if (last > 0) return latest - 1_024 + last;
	return toCharacterEnd(text, latest);
}

/** The place itself, or the one before it when it is between the halves of a surrogate pair. */
function toCharacterEnd(text: string, place: number): number {
	const isInside = (text.codePointAt(place - 1) ?? 0) > 0xffff;
	return isInside ? place - 1 : Math.min(place, text.length);
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { toPlainLine } from "./plain-line.ts";
import { isMatch, type PlacedTerm, type QueryTerm, toCanonical, toIndexTerms } from "./terms.ts";

export interface SnippetRun {
	readonly text: string;
	readonly isMatch: boolean;
}

const charactersBefore = 60;
const charactersMax = 240;
/** Places that are compared; the first ones of a text that repeats its words. */
const placesMax = 200;
/** Characters that one search reads for all its snippets: the rest of them shows the beginning of its text. */
const readMax = 500_000;
/** Terms that are cut without giving others a turn: about a millisecond. */
const termsPerTurn = 2_000;

interface Place {
	readonly start: number;
	readonly end: number;
	/** Which of the typed terms. */
	readonly typed: number;
}

/** Makes the snippets of one search: the passage of each text with most of the typed terms, without Markdown's signs. */
export function createSnippets(terms: readonly QueryTerm[]): (text: string) => Promise<SnippetRun[]> {
	let read = 0;
	return async (text) => {
		const canonical = toCanonical(text);
		read += canonical.length;
		const places = read > readMax ? [] : await findPlaces(canonical, terms);
		const passage = toPassage(canonical, toBest(places));
		const plain = toRuns(toPlainLine(passage), terms);
		if (places.length === 0 || plain.some((run) => run.isMatch)) return plain;
		// The words stand where Markdown shows nothing, such as in the address of a link.
		return toRuns(passage.replace(/\s+/g, " "), terms);
	};
}

async function findPlaces(text: string, terms: readonly QueryTerm[]): Promise<Place[]> {
	const places: Place[] = [];
	let cut = 0;
	for (const placed of toIndexTerms(text)) {
		if (++cut % termsPerTurn === 0) await nextTurn();
		places.push(...toPlaces(placed, terms));
		if (places.length >= placesMax) break;
	}
	return places;
}

function toPlaces({ term, start, end, characterEnd }: PlacedTerm, terms: readonly QueryTerm[]): Place[] {
	return terms.flatMap((one, typed) => {
		if (!isMatch(term, one)) return [];
		// One character was typed, and the term is a pair of them.
		const isHalf = characterEnd !== null && [...one.term].length < [...term].length;
		return [{ start, end: isHalf ? characterEnd : end, typed }];
	});
}

/** Where the passage with most of the typed terms begins. */
function toBest(places: readonly Place[]): number {
	const count = (from: Place) =>
		new Set(
			places
				.filter(
					({ start, end }) => start >= from.start && end <= from.start + charactersMax - charactersBefore,
				)
				.map(({ typed }) => typed),
		).size;
	const counted = places.map((place) => ({ start: place.start, terms: count(place) }));
	const most = Math.max(0, ...counted.map(({ terms }) => terms));
	return counted.find(({ terms }) => terms === most)?.start ?? 0;
}

/** The text around a place, from the beginning of a word or line, with dots where something is left out. */
function toPassage(text: string, place: number): string {
	const from = Math.max(0, place - charactersBefore);
	const space = text.slice(from, place).search(/\s/);
	const start = from === 0 ? 0 : space === -1 ? place : from + space + 1;
	const rest = text
		.slice(start, start + charactersMax)
		.toWellFormed()
		.replaceAll("\uFFFD", "");
	const isEnd = start + charactersMax >= text.length;
	return `${start > 0 ? "… " : ""}${rest.trim()}${isEnd ? "" : " …"}`;
}

/** Splits a line into plain and matching runs, which add up to it. */
export function toRuns(line: string, terms: readonly QueryTerm[]): SnippetRun[] {
	const places = [...toIndexTerms(line)].flatMap((placed) => toPlaces(placed, terms));
	const runs: SnippetRun[] = [];
	let at = 0;
	for (const { start, end } of toSpans(places)) {
		runs.push(
			{ text: line.slice(at, start), isMatch: false },
			{ text: line.slice(start, end), isMatch: true },
		);
		at = end;
	}
	runs.push({ text: line.slice(at), isMatch: false });
	return runs.filter(({ text }) => text !== "");
}

/** Places that overlap or touch, as one. */
function toSpans(places: readonly Place[]): { start: number; end: number }[] {
	const spans: { start: number; end: number }[] = [];
	for (const { start, end } of places.toSorted((left, right) => left.start - right.start)) {
		const last = spans.at(-1);
		if (last && start <= last.end) last.end = Math.max(last.end, end);
		else spans.push({ start, end });
	}
	return spans;
}

import { type Decision, decide } from "./decide.ts";
import { type Question, readQuestion } from "./read/question.ts";

/** A stored question that may answer an asked one. */
export interface Found {
	readonly id: string;
	readonly decision: Decision;
}

/** The stored questions of one scope. */
export interface Entries {
	/** @param vector of its text; null where it has none: then it is found by its words only. */
	add(id: string, text: string, vector: Float32Array | null): void;
	/** The entry that answers a question best: one to serve, or else one in the grey zone; null if there is none. */
	find(text: string, vector: Float32Array | null): Found | null;
}

interface Entry {
	readonly id: string;
	readonly question: Question;
	readonly at: number | null;
}

/** Entries with the nearest vectors, which are looked at one by one. */
const nearestMax = 10;
const cosineMin = 0.6;

/** Finds by an exact search over all vectors, which stand in one array. */
export function createEntries(): Entries {
	const byText = new Map<string, Entry>();
	const byVector: Entry[] = [];
	let vectors = new Float32Array(0);
	let dimensions = 0;

	function keep(vector: Float32Array): number {
		dimensions ||= vector.length;
		if (vector.length !== dimensions)
			throw new Error(`A vector of ${vector.length} numbers among those of ${dimensions}.`);
		const at = byVector.length;
		if ((at + 1) * dimensions > vectors.length) {
			const larger = new Float32Array(Math.max(256, 2 * (at + 1)) * dimensions);
			larger.set(vectors);
			vectors = larger;
		}
		vectors.set(toUnit(vector), at * dimensions);
		return at;
	}
	const decideAll = (asked: Question, vector: Float32Array | null): Found[] => {
		const same = toKeys(asked).flatMap((key) => byText.get(key) ?? []);
		const near =
			vector && vector.length === dimensions
				? findNearest(vectors.subarray(0, byVector.length * dimensions), toUnit(vector))
				: [];
		return [
			...same.map(({ id, question }) => ({ id, decision: decide(question, asked, null) })),
			...near.flatMap(({ at, cosine }) => {
				const entry = byVector[at];
				return entry ? [{ id: entry.id, decision: decide(entry.question, asked, cosine) }] : [];
			}),
		];
	};
	return {
		add(id, text, vector) {
			const question = readQuestion(text);
			const entry = { id, question, at: vector && keep(vector) };
			if (vector) byVector.push(entry);
			for (const key of toKeys(question)) byText.set(key, entry);
		},
		find(text, vector) {
			const found = decideAll(readQuestion(text), vector).filter(({ decision }) => decision.zone !== "miss");
			const rank = ({ decision }: Found) => decision.similarity + (decision.zone === "serve" ? 1 : 0);
			return found.reduce<Found | null>(
				(best, each) => (best === null || rank(each) > rank(best) ? each : best),
				null,
			);
		},
	};
}

/** What entries with the same text or the same words have in common. */
const toKeys = ({ plain, isEnglish, tokens }: Question): string[] =>
	isEnglish ? [`text ${plain}`, `words ${tokens.join(" ")}`] : [`text ${plain}`];

function toUnit(vector: Float32Array): Float32Array {
	const length = Math.hypot(...vector) || 1;
	return vector.map((value) => value / length);
}

/** The nearest of many unit vectors to one, the nearest first. */
function findNearest(vectors: Float32Array, to: Float32Array): { at: number; cosine: number }[] {
	const found: { at: number; cosine: number }[] = [];
	let least = cosineMin;
	for (let start = 0; start < vectors.length; start += to.length) {
		const cosine = multiply(vectors, start, to);
		if (cosine < least) continue;
		found.push({ at: start / to.length, cosine });
		found.sort((one, other) => other.cosine - one.cosine);
		if (found.length > nearestMax) found.pop();
		if (found.length === nearestMax) least = found[nearestMax - 1]?.cosine ?? least;
	}
	return found;
}

/** Four sums at once, which the processor adds side by side. */
function multiply(vectors: Float32Array, start: number, to: Float32Array): number {
	let [one, two, three, four] = [0, 0, 0, 0];
	let at = 0;
	for (; at + 3 < to.length; at += 4) {
		one += (vectors[start + at] ?? 0) * (to[at] ?? 0);
		two += (vectors[start + at + 1] ?? 0) * (to[at + 1] ?? 0);
		three += (vectors[start + at + 2] ?? 0) * (to[at + 2] ?? 0);
		four += (vectors[start + at + 3] ?? 0) * (to[at + 3] ?? 0);
	}
	for (; at < to.length; at++) one += (vectors[start + at] ?? 0) * (to[at] ?? 0);
	return one + two + three + four;
}

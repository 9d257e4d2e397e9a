import { type Decision, decide } from "./decide.ts";
import type { Model } from "./model/model.ts";
import { createVectors } from "./nearest.ts";
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
}

/** Entries in memory; the ten with the nearest vectors are decided one by one. */
export function createEntries(model: Model): Entries {
	const byText = new Map<string, Entry>();
	const byVector: Entry[] = [];
	const vectors = createVectors();
	const decideAll = (asked: Question, vector: Float32Array | null): Found[] => {
		const same = toKeys(asked).flatMap((key) => byText.get(key) ?? []);
		const near = vector ? vectors.findNearest(vector) : [];
		return [
			...same.map(({ id, question }) => ({ id, decision: decide(question, asked, null, model) })),
			...near.flatMap(({ at, cosine }) => {
				const entry = byVector[at];
				return entry ? [{ id: entry.id, decision: decide(entry.question, asked, cosine, model) }] : [];
			}),
		];
	};
	return {
		add(id, text, vector) {
			const question = readQuestion(text);
			const entry = { id, question };
			if (vector) byVector[vectors.add(vector)] = entry;
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

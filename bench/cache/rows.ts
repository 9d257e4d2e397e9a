import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { decide } from "../../server/cache/decide.ts";
import { type Rarity, toFeatures } from "../../server/cache/model/features.ts";
import type { Model } from "../../server/cache/model/model.ts";
import { toBucket, toTerms } from "../../server/cache/model/terms.ts";
import { type Question, readQuestion } from "../../server/cache/read/question.ts";
import { findEarlier, toCosine, type Vectors } from "./vectors.ts";

/** Parts of the rows; a pair is judged by weights that saw no row of its part. */
export const folds = 5;

/** Sets of pairs, and of streams with one label for all questions with one answer. */
export const sets = ["qqp", "guard", "clinc150", "banking77"] as const;
export type SetName = (typeof sets)[number];

/** A pair of questions: decided by its words, or for the model to judge. */
export interface Row {
	readonly set: SetName;
	readonly label: 0 | 1;
	/** The parts that its rows are in: of a pair both are one. */
	readonly parts: readonly [number, number];
	readonly weight: number;
	readonly terms: readonly number[];
	readonly features: readonly number[];
	readonly decided: "serve" | "miss" | null;
	/** In a stream, the places of the stored and the asked question. */
	readonly places: readonly [number, number] | null;
}

const pairLine = z.object({ id: z.string(), a: z.string(), b: z.string(), label: z.literal([0, 1]) });
const streamLine = z.object({ id: z.string(), text: z.string(), label: z.string() });

/**
 * What a pair weighs by its set, when one answer serves both and when not: pairs of a stream are many and alike, and a false hit of
 * a bank costs more.
 */
const weights: Readonly<Record<SetName, readonly [no: number, yes: number]>> = {
	qqp: [2, 2],
	guard: [1, 1],
	clinc150: [1.5, 1.5],
	banking77: [0.8, 0.4],
};
const read = <Line>(directory: string, set: SetName, line: z.ZodType<Line>): Line[] =>
	readFileSync(join(directory, `${set}.dev.jsonl`), "utf8")
		.split("\n")
		.filter((text) => text.trim() !== "")
		.map((text) => line.parse(JSON.parse(text)));

export interface Data {
	readonly pairs: readonly { set: SetName; lines: readonly z.infer<typeof pairLine>[] }[];
	readonly streams: readonly { set: SetName; lines: readonly z.infer<typeof streamLine>[] }[];
	readonly texts: readonly string[];
}

export function readData(directory: string): Data {
	const pairs = (["qqp", "guard"] as const).map((set) => ({ set, lines: read(directory, set, pairLine) }));
	const streams = (["clinc150", "banking77"] as const).map((set) => ({
		set,
		lines: read(directory, set, streamLine),
	}));
	const texts = [
		...pairs.flatMap(({ lines }) => lines.flatMap(({ a, b }) => [a, b])),
		...streams.flatMap(({ lines }) => lines.map(({ text }) => text)),
	];
	return { pairs, streams, texts: [...new Set(texts)] };
}

const toPart = (id: string) => Math.floor(toBucket(`part ${id}`) / 7) % folds;

/** Passes what all guards let through on to training. */
const undecided: Model = { score: () => 0.5, serve: 1, grey: 0 };

export function toRows(data: Data, vectors: Vectors, rarity: Rarity): Row[] {
	const known = new Map<string, Question>();
	const toQuestion = (text: string) => {
		const question = known.get(text) ?? readQuestion(text);
		known.set(text, question);
		return question;
	};
	const toRow = (
		pair: Pick<Row, "set" | "label" | "parts" | "places">,
		a: string,
		b: string,
		near?: number,
	): Row => {
		const [stored, asked] = [toQuestion(a), toQuestion(b)];
		const { zone } = decide(stored, asked, 1, undecided);
		const cosine = near ?? (zone === "grey" ? toCosine(vectors(a), vectors(b)) : 0);
		return {
			...pair,
			weight: weights[pair.set][pair.label] ?? 1,
			decided: zone === "grey" ? null : zone,
			terms: zone === "grey" ? toTerms(stored, asked) : [],
			features: zone === "grey" ? toFeatures(stored, asked, cosine, rarity) : [],
		};
	};
	return [
		...data.pairs.flatMap(({ set, lines }) =>
			lines.map(({ id, a, b, label }) =>
				toRow({ set, label, parts: [toPart(id), toPart(id)], places: null }, a, b),
			),
		),
		...data.streams.flatMap(({ set, lines }) =>
			findEarlier(
				lines.map(({ text }) => text),
				vectors,
			).flatMap((near, place) =>
				near.flatMap(({ at, cosine }) => {
					const [stored, asked] = [lines[at], lines[place]];
					if (!stored || !asked) return [];
					const label = stored.label === asked.label && asked.label !== "oos" ? 1 : 0;
					const parts = [toPart(stored.id), toPart(asked.id)] as const;
					return [toRow({ set, label, parts, places: [at, place] }, stored.text, asked.text, cosine)];
				}),
			),
		),
	];
}

/** How rare words are among the texts, by bucket, in parts of 255. */
export function countRarity(texts: readonly string[], bucketCount: number): Uint8Array {
	const counts = new Uint32Array(bucketCount);
	for (const text of texts)
		for (const bucket of new Set(readQuestion(text).stems.map(toBucket)))
			counts[bucket] = (counts[bucket] ?? 0) + 1;
	const most = Math.log(texts.length + 1);
	return Uint8Array.from(counts, (count) =>
		Math.round((255 * Math.log((texts.length + 1) / (count + 1))) / most),
	);
}

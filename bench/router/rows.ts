import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { hashWord } from "../../server/cascade/router/hash-terms.ts";
import type { Features } from "../../server/cascade/router/linear.ts";
import { readPrompt } from "../../server/cascade/router/read-prompt.ts";
import { toFeatures } from "../../server/cascade/router/score-prompt.ts";
import type { Domain } from "../../server/cascade/router/weights.ts";
import { toFramed } from "./frames.ts";

/** A prompt to learn from, and how a small and a strong model did on it. */
export interface Row {
	readonly id: string;
	readonly group: string;
	readonly domain: Domain;
	readonly words: readonly string[];
	readonly features: Features;
	readonly prompt: string;
	/** The strong model's quality less the small one's, and the small one's; null for prompts that only show what kind they are of. */
	readonly judged: { readonly gain: number; readonly small: number } | null;
}

const strong = "gpt-4-1106-preview";
const small = "mixtral-8x7b-instruct-v0.1";

const line = z.object({
	id: z.string(),
	group: z.string(),
	prompt: z.string(),
	q: z.record(z.string(), z.number()).optional(),
});
type Line = z.infer<typeof line>;

/** Sets with judged answers of both models. RouterArena's rows are for evaluation only: they are not read here. */
const judgedSets = ["mmlu", "gsm8k", "routerbench"];
/** Sets of which only the prompts are read, as examples of open chat: their judges favour long answers. */
const openSets = ["alpaca", "flask_difficulty"];

const toDomain: Readonly<Record<string, Domain>> = {
	gsm8k: "problem",
	arc_challenge: "science",
	winograde: "gap",
	mbpp: "code",
};

const readSet = (directory: string, set: string): Line[] =>
	readFileSync(join(directory, `${set}.dev.jsonl`), "utf8")
		.split("\n")
		.filter((text) => text.trim() !== "")
		.map((text) => line.parse(JSON.parse(text)));

const toRow = ({ id, group, prompt }: Line, domain: Domain, judged: Row["judged"]): Row => {
	const read = readPrompt(prompt);
	return { id, group, domain, prompt, judged, words: read.words, features: toFeatures(read) };
};

/** Every fourth exam question also stands inside of instructions, where it is a task of open chat. */
const framedEvery = 4;

export interface TrainingRows {
	readonly rows: readonly Row[];
	/** Ids of the mixed stream, for which thresholds are set. */
	readonly stream: ReadonlySet<string>;
}

export function readRows(directory: string): TrainingRows {
	const judged = judgedSets
		.flatMap((set) => readSet(directory, set))
		.map((each) => {
			const quality = { strong: each.q?.[strong], small: each.q?.[small] };
			if (quality.strong === undefined || quality.small === undefined)
				throw new Error(`${each.id} has no quality of ${strong} and ${small}.`);
			return toRow(each, toDomain[each.group] ?? "exam", {
				gain: quality.strong - quality.small,
				small: quality.small,
			});
		});
	const open = openSets
		.flatMap((set) => readSet(directory, set))
		.filter(({ group }) => !/^(mmlu|gsm8k)$/i.test(group));
	const framed = judged
		.filter((_, at) => at % framedEvery === 0)
		.map(({ id, prompt }, at) => ({ id, group: "framed", prompt: toFramed(prompt, at) }));
	return {
		rows: [...judged, ...[...open, ...framed].map((each) => toRow(each, "open", null))],
		stream: new Set(readSet(directory, "mixed").map(({ id }) => id)),
	};
}

/** The part of so many that a row is judged in; all of its forms are in one. */
export const toFold = ({ id }: Row, folds: number): number => {
	const hash = hashWord(id);
	return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 8) % folds;
};

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const judgedLine = z.object({
	id: z.string(),
	prompt: z.string(),
	q: z.record(z.string(), z.number()),
	prompt_tokens: z.number().nonnegative(),
	out_tokens: z.record(z.string(), z.number()),
});
const answersLine = z.object({ id: z.string(), outputs: z.record(z.string(), z.string()) });
const priceList = z.record(
	z.string(),
	z.object({ input: z.number(), output: z.number(), source: z.string() }),
);

export interface Recorded {
	readonly items: readonly z.infer<typeof judgedLine>[];
	readonly answers: ReadonlyMap<string, Readonly<Record<string, string>>>;
	/** US dollars for a million tokens. */
	readonly prices: z.infer<typeof priceList>;
}

const readLines = <Line>(path: string, shape: z.ZodType<Line>): Line[] =>
	readFileSync(path, "utf8")
		.split("\n")
		.filter((text) => text.trim() !== "")
		.map((text, at) => {
			try {
				return shape.parse(JSON.parse(text));
			} catch (cause) {
				throw new Error(`${path}, line ${at + 1} cannot be read.`, { cause });
			}
		});

/** Judged answers (`routing`), their texts (`replay`) and list prices of a folder. */
export function readRecorded(directory: string, split: string): Recorded {
	const file = `alpaca.${split}.jsonl`;
	return {
		items: readLines(join(directory, "routing", file), judgedLine),
		answers: new Map(
			readLines(join(directory, "replay", file), answersLine).map(({ id, outputs }) => [id, outputs]),
		),
		prices: priceList.parse(
			JSON.parse(readFileSync(join(directory, "prices", "replay_prices.json"), "utf8")),
		),
	};
}

/** What a model's answer cost and how good it was. */
export interface Outcome {
	readonly usd: number;
	readonly quality: number;
}

/** A request with the outcomes of both models, and the small one's answer. */
export interface Item {
	readonly prompt: string;
	readonly answer: string;
	readonly small: Outcome;
	readonly strong: Outcome;
}

/** @param inputShare of the list price of input: less than 1 for what a warm cache has. */
export function toOutcomes({ items, prices }: Recorded, model: string, inputShare = 1): Outcome[] {
	const price = prices[model];
	if (!price) throw new Error(`There is no price of ${model}.`);
	return items.map(({ id, q, prompt_tokens, out_tokens }) => {
		const [quality, outputTokens] = [q[model], out_tokens[model]];
		if (quality === undefined || outputTokens === undefined)
			throw new Error(`${id} has no judged answer of ${model}.`);
		return {
			usd: (inputShare * prompt_tokens * price.input + outputTokens * price.output) / 1e6,
			quality,
		};
	});
}

export function toItems(recorded: Recorded, small: string, strong: string): Item[] {
	const [ofSmall, ofStrong] = [toOutcomes(recorded, small), toOutcomes(recorded, strong)];
	return recorded.items.map(({ id, prompt }, at) => {
		const answer = recorded.answers.get(id)?.[small];
		const [one, other] = [ofSmall[at], ofStrong[at]];
		if (answer === undefined || !one || !other) throw new Error(`${id} has no answer of ${small}.`);
		return { prompt, answer, small: one, strong: other };
	});
}

/** Models that have a price and a judged answer of every request. */
export const listComplete = ({ items, prices }: Recorded): string[] =>
	Object.keys(prices).filter((model) =>
		items.every(({ q, out_tokens }) => q[model] !== undefined && out_tokens[model] !== undefined),
	);

import type { Bar } from "../../../server/cascade/road.ts";
import { findCost, findQuality, type Point, toArea, toInterval } from "./curve.ts";
import { type Item, listComplete, type Recorded, toOutcomes } from "./recorded.ts";
import { runAtBar, type ScoredItem, toPolicyCurve, toScoreCurve } from "./roads.ts";

const print = (cells: readonly string[], widths: readonly number[]) =>
	process.stdout.write(
		`${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("")}\n`,
	);
const percent = (share: number) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "-");
/** Dollars for a thousand requests. */
const usd = (each: number) => (1000 * each).toFixed(4);

const toMean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const strongOf = (items: readonly Item[]) => ({
	usd: toMean(items.map(({ strong }) => strong.usd)),
	quality: toMean(items.map(({ strong }) => strong.quality)),
});

/** Each setting of the dial. */
export function printDial(items: readonly ScoredItem[], bars: readonly { dial: number; bar: Bar }[]): void {
	const widths = [6, 14, 12, 14, 14, 12, 12];
	const strong = strongOf(items);
	print(["dial", "strong calls", "escalated", "$ per 1,000", "of strong's", "quality", "kept"], widths);
	for (const { dial, bar } of bars) {
		const point = runAtBar(items, bar);
		print(
			[
				String(dial),
				percent(point.strongShare),
				percent(point.escalatedShare),
				usd(point.usd),
				percent(point.usd / strong.usd),
				point.quality.toFixed(4),
				percent(point.quality / strong.quality),
			],
			widths,
		);
	}
	process.stdout.write("\n");
}

type ToCurve = (items: readonly ScoredItem[]) => Point[];

const keywords =
	/\b(why|explain|prove|analy[sz]e|compare|code|function|program|algorithm|solve|calculate|equation|step by step|design|evaluate|debug)\b/gi;

const toWays = (toBar: (strongFrom: number) => Bar): Readonly<Record<string, ToCurve>> => ({
	"the cascade (router, drafts, judge)": (items) => toPolicyCurve(items, toBar),
	"the router alone": (items) =>
		toPolicyCurve(items, (strongFrom) => ({ strongFrom, draftFrom: strongFrom })),
	"at random": (items) => toScoreCurve(items, () => 0),
	"length of the prompt": (items) => toScoreCurve(items, ({ prompt }) => prompt.length),
	keywords: (items) => toScoreCurve(items, ({ prompt }) => prompt.match(keywords)?.length ?? 0),
	"oracle (knows both answers)": (items) =>
		toScoreCurve(items, ({ small, strong }) => strong.quality - small.quality),
});

/** So much of the strong model's quality is to be kept. */
const kept = 0.95;

/** Ways to choose, over all of their bars. */
export function printWays(items: readonly ScoredItem[], toBar: (strongFrom: number) => Bar): void {
	const widths = [40, 12, 18, 22, 28];
	const strong = strongOf(items);
	print(
		[
			"way to choose",
			"recovered",
			"95 % interval",
			`cost share at ${100 * kept} %`,
			"quality at half the cost",
		],
		widths,
	);
	for (const [name, toCurve] of Object.entries(toWays(toBar))) {
		const curve = toCurve(items);
		const { low, high } = toInterval(items, (some) => toArea(toCurve(some)));
		const cost = findCost(curve, kept * strong.quality);
		print(
			[
				name,
				toArea(curve).toFixed(4),
				`${low.toFixed(3)} to ${high.toFixed(3)}`,
				cost === null ? "-" : percent(cost / strong.usd),
				findQuality(curve, strong.usd / 2).toFixed(4),
			],
			widths,
		);
	}
	process.stdout.write("\n");
}

/** Every single model, what it costs with a warm cache, and what the cascade gives for the same money. */
export function printSingles(
	recorded: Recorded,
	items: readonly ScoredItem[],
	{ toBar, cachedInput }: { toBar: (strongFrom: number) => Bar; cachedInput: number },
): void {
	const widths = [36, 14, 16, 10, 26];
	const curve = toPolicyCurve(items, toBar);
	const singles = listComplete(recorded)
		.map((model) => {
			const outcomes = toOutcomes(recorded, model);
			const toUsd = (of: readonly { usd: number }[]) => toMean(of.map((each) => each.usd));
			return {
				model,
				quality: toMean(outcomes.map(({ quality }) => quality)),
				usd: toUsd(outcomes),
				cachedUsd: toUsd(toOutcomes(recorded, model, cachedInput)),
			};
		})
		.toSorted((one, other) => other.quality - one.quality || one.usd - other.usd);
	print(["single model, best first", "$ per 1,000", "warm cache", "quality", "cascade, same money"], widths);
	for (const { model, quality, usd: cost, cachedUsd } of singles) {
		const isReached = cost >= (curve[0]?.usd ?? 0);
		print(
			[
				model,
				usd(cost),
				usd(cachedUsd),
				quality.toFixed(4),
				isReached ? findQuality(curve, cost).toFixed(4) : "costs more",
			],
			widths,
		);
	}
	process.stdout.write("\nPrices per million tokens:\n");
	for (const { model } of singles) {
		const price = recorded.prices[model];
		if (price) process.stdout.write(`${model}: ${price.input} in, ${price.output} out (${price.source})\n`);
	}
}

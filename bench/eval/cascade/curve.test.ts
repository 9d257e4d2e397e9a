import { describe, expect, it } from "vitest";
import { findCost, findQuality, type Point, toArea, toInterval } from "./curve.ts";
import { runAtBar, type ScoredItem, toPolicyCurve, toScoreCurve } from "./roads.ts";

const at = (usd: number, quality: number): Point => ({ usd, quality, strongShare: 0, escalatedShare: 0 });
const item = (score: number, judged: number, gain: number): ScoredItem => ({
	prompt: "",
	answer: "",
	score,
	judged,
	small: { usd: 1, quality: 0.5 },
	strong: { usd: 10, quality: 0.5 + gain },
});

describe("a curve", () => {
	const curve = [at(1, 0.5), at(2, 0.5), at(4, 0.9), at(10, 0.9)];

	it("is read by straight lines between its points", () => {
		expect(findQuality(curve, 3)).toBeCloseTo(0.7, 10);
		expect(findCost(curve, 0.7)).toBeCloseTo(3, 10);
		expect(findCost(curve, 0.4)).toBe(1);
		expect(findCost(curve, 0.95)).toBeNull();
	});

	it("recovers half of the gap at random, more when the gain comes first and less when it comes last", () => {
		expect(toArea([at(1, 0.5), at(10, 0.9)])).toBeCloseTo(0.5, 10);
		expect(toArea([at(1, 0.5), at(5.5, 0.9), at(10, 0.9)])).toBeCloseTo(0.75, 10);
		expect(toArea([at(1, 0.5), at(5.5, 0.5), at(10, 0.9)])).toBeCloseTo(0.25, 10);
	});

	it("has an interval that holds its value, and is the same each time", () => {
		const rows = Array.from({ length: 60 }, (_, row) => row % 7);
		const mean = (some: readonly number[]) => some.reduce((sum, row) => sum + row, 0) / some.length;
		const interval = toInterval(rows, mean);
		expect(interval.low).toBeLessThan(mean(rows));
		expect(interval.high).toBeGreaterThan(mean(rows));
		expect(toInterval(rows, mean)).toEqual(interval);
	});
});

describe("a policy", () => {
	const items = [item(0.1, 0.1, 0), item(0.27, 0.27, 0), item(0.28, 0.8, 0.4), item(0.6, 0.6, 0.4)];
	const toBar = (strongFrom: number) => ({ strongFrom, draftFrom: strongFrom - 0.05 });

	it("pays for a draft that it turns down and for the answer that follows", () => {
		expect(runAtBar(items, toBar(0.3))).toEqual({
			usd: (1 + 1 + 11 + 10) / 4,
			quality: (0.5 + 0.5 + 0.9 + 0.9) / 4,
			strongShare: 0.5,
			escalatedShare: 0.25,
		});
	});

	it("goes from always small to always strong", () => {
		const curve = toPolicyCurve(items, toBar);
		expect(curve[0]).toMatchObject({ usd: 1, quality: 0.5, strongShare: 0 });
		expect(curve.at(-1)).toMatchObject({ usd: 10, quality: 0.7, strongShare: 1 });
	});

	it("is a straight line for a score that knows nothing", () => {
		expect(toArea(toScoreCurve(items, () => 0))).toBeCloseTo(0.5, 10);
		expect(
			toArea(toScoreCurve(items, ({ small, strong }) => strong.quality - small.quality)),
		).toBeGreaterThan(0.7);
	});
});

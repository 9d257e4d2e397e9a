import { expect, it } from "vitest";
import { measureRanking } from "./ranking.ts";

it("is 1 when every bad case has the higher score, 0.5 by chance, 0 the other way round", () => {
	expect(
		measureRanking([
			{ n: 50, notEnough: 0 },
			{ n: 50, notEnough: 50 },
		]),
	).toEqual({ share: 1, low: 1, high: 1 });
	expect(
		measureRanking([
			{ n: 50, notEnough: 50 },
			{ n: 50, notEnough: 0 },
		]).share,
	).toBe(0);
	const chance = measureRanking([
		{ n: 100, notEnough: 30 },
		{ n: 100, notEnough: 30 },
	]);
	expect(chance.share).toBe(0.5);
	expect(chance.low).toBeLessThan(0.5);
});

it("narrows with the number of cases", () => {
	const of = (times: number) =>
		measureRanking([
			{ n: 80 * times, notEnough: 20 * times },
			{ n: 80 * times, notEnough: 40 * times },
		]);
	const [few, many] = [of(1), of(100)];
	expect(few.share).toBeCloseTo(many.share);
	expect(many.high - many.low).toBeLessThan((few.high - few.low) / 9);
	expect(many.low).toBeGreaterThan(0.5);
});

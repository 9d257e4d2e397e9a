import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRetryBudget } from "./index.ts";

function createBudget(instances = 1) {
	const time = { nowMs: 0 };
	const budget = createRetryBudget({ clock: { elapsed: () => time.nowMs }, instances });
	return { time, budget };
}

describe("the retry budget of a provider", () => {
	it("allows ten retries in ten seconds without other requests", () => {
		const { time, budget } = createBudget();
		let retries = 0;
		for (; time.nowMs < 60_000; time.nowMs += 50) {
			if (!budget.canRetry("p")) continue;
			budget.countRetry("p");
			retries += 1;
		}
		expect(retries).toBe(60);
	});

	it("shares that floor among the processes, and grants each its tenth of its own requests", () => {
		const { budget } = createBudget(5);
		const takeAll = () => {
			let taken = 0;
			for (; budget.canRetry("p"); taken += 1) budget.countRetry("p");
			return taken;
		};
		expect(takeAll()).toBe(2);
		for (let index = 0; index < 100; index += 1) budget.countRequest("p");
		expect(takeAll()).toBe(10);
	});

	it("keeps providers apart", () => {
		const { budget } = createBudget();
		while (budget.canRetry("one")) budget.countRetry("one");
		expect(budget.canRetry("two")).toBe(true);
	});

	it("never lets more retries through than 10 % and the floor, for any arrivals and processes (I12)", () => {
		const arrivals = fc.array(
			fc.record({ gapMs: fc.integer({ min: 0, max: 3_000 }), requests: fc.nat(40), retries: fc.nat(40) }),
			{ maxLength: 80 },
		);
		fc.assert(
			fc.property(arrivals, fc.integer({ min: 1, max: 6 }), (steps, instances) => {
				const processes = Array.from({ length: instances }, () => createBudget(instances));
				let requests = 0;
				let retries = 0;
				let nowMs = 0;
				for (const [index, step] of steps.entries()) {
					nowMs += step.gapMs;
					const { time, budget } = processes[index % instances] ?? createBudget();
					time.nowMs = nowMs;
					for (let each = 0; each < step.requests; each += 1) budget.countRequest("p");
					requests += step.requests;
					for (let each = 0; each < step.retries && budget.canRetry("p"); each += 1) {
						budget.countRetry("p");
						retries += 1;
					}
					expect(retries).toBeLessThanOrEqual(requests * 0.1 + nowMs / 1_000 + 10 + 1e-6);
				}
			}),
			{ numRuns: 300 },
		);
	});
});

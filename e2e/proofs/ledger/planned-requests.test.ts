import { describe, expect, it } from "vitest";
import { faults } from "../../../server/simulator/index.ts";
import { createRandom } from "../kit/random.ts";
import { faultNames, planRequests } from "./planned-requests.ts";

describe("planRequests", () => {
	const planned = planRequests(10_000, createRandom("seed"), false);

	it("asks for every fault that the simulator knows, but a drip, which is a slow answer", () => {
		expect(new Set(faultNames)).toEqual(new Set(Object.keys(faults).filter((name) => name !== "drip")));
		for (const name of faultNames)
			expect(planned.some(({ sim }) => sim.includes(`fault=${name}`))).toBe(true);
	});

	it("posts at least a tenth again, and is the same for the same seed", () => {
		expect(planned.reduce((sum, { repeats }) => sum + repeats, 0)).toBeGreaterThanOrEqual(1_000);
		expect(planRequests(10_000, createRandom("seed"), false)).toEqual(planned);
	});

	it("reads from caches and writes to them, for the standard time and for an hour", () => {
		const read = (name: string) =>
			planned.map(({ sim }) => Number(new RegExp(`\\b${name}=(\\d+)`).exec(sim)?.[1] ?? 0));
		const [written, hours] = [read("written"), read("written1h")];
		expect(read("cached").filter((tokens) => tokens > 0).length).toBeGreaterThan(1_000);
		expect(written.filter((tokens, index) => tokens > (hours[index] ?? 0)).length).toBeGreaterThan(1_000);
		expect(hours.filter((tokens) => tokens > 0).length).toBeGreaterThan(1_000);
		expect(hours.every((tokens, index) => tokens <= (written[index] ?? 0))).toBe(true);
	});
});

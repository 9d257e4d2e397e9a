import { describe, expect, it } from "vitest";
import { createRandom } from "../../kit/random.ts";
import { planFaults } from "./plan-faults.ts";
import { storageFaultNames } from "./storage-faults.ts";

describe("a schedule", () => {
	const input = { scenario: "all" as const, kills: 40, seed: "7", isShort: false, ownsPostgres: true };
	const toKinds = (changed: Partial<Parameters<typeof planFaults>[0]>) =>
		planFaults({ ...input, ...changed }).map(({ kind }) => kind);

	it("is the same for the same seed, and another one for another", () => {
		expect(planFaults(input)).toEqual(planFaults(input));
		expect(planFaults(input)).not.toEqual(planFaults({ ...input, seed: "8" }));
	});

	it("has the kills that were asked for, and every kind of fault, also in the short form", () => {
		expect(toKinds({}).filter((kind) => kind === "kill")).toHaveLength(40);
		const all = new Set(["kill", "freeze", "drain", "storage", "postgres"]);
		expect(new Set(toKinds({}))).toEqual(all);
		expect(new Set(toKinds({ isShort: true, kills: 6 }))).toEqual(all);
		const names = new Set(planFaults(input).flatMap(({ storage }) => storage ?? []));
		expect(names).toEqual(new Set(storageFaultNames));
	});

	it("kills no PostgreSQL that is not the run's own, and injects no fault while only readers are watched", () => {
		expect(toKinds({ ownsPostgres: false })).not.toContain("postgres");
		expect(new Set(toKinds({ scenario: "storage" }))).toEqual(new Set(["storage", "postgres"]));
		expect(toKinds({ scenario: "readers" })).toEqual([]);
	});

	it("draws numbers that stay within their bounds and reach both", () => {
		const random = createRandom("bounds");
		const drawn = Array.from({ length: 1_000 }, () => random.between(3, 6));
		expect([Math.min(...drawn), Math.max(...drawn), new Set(drawn).size]).toEqual([3, 6, 4]);
	});
});

import { describe, expect, it } from "vitest";
import { faults } from "../../../../server/simulator/index.ts";
import { parseSimSpec } from "../../../../server/simulator/requests/options.ts";
import { toConfig } from "./catalogue.ts";
import { chooseRows, rows } from "./rows.ts";

describe("the rows", () => {
	it("try every fault that the simulator knows", () => {
		const tried = new Set(rows.map(({ sim }) => parseSimSpec(sim ?? "").fault?.name));
		// `refuse` would take the whole provider away from the other rows; its row uses a dead port instead.
		const untried = Object.keys(faults).filter((name) => name !== "refuse" && !tried.has(name));
		expect(untried).toEqual([]);
		expect(rows.some(({ sim }) => sim === null)).toBe(true);
	});

	it("have names of their own that can be written behind --row", () => {
		const names = rows.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		for (const name of names) expect(name).not.toMatch(/[,*]/);
	});

	it("never share a model or a provider, so that none sees the breaker of another", () => {
		const { models } = toConfig(rows, "http://sim") as { models: { id: string; providerModelId: string }[] };
		expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
		expect(new Set(models.map(({ providerModelId }) => providerModelId)).size).toBe(models.length);
	});

	it("are chosen by name, by how a name begins, or all that the short form has time for", () => {
		expect(chooseRows(["no fault"], true).map(({ name }) => name)).toEqual(["no fault"]);
		expect(chooseRows(["reset@*"], true).length).toBeGreaterThan(4);
		expect(chooseRows(["stall@20"], true)).toHaveLength(1);
		expect(chooseRows([], true).some(({ isSlow }) => isSlow)).toBe(false);
		expect(chooseRows([], false)).toHaveLength(rows.length);
		expect(() => chooseRows(["nonsense"], false)).toThrow("nonsense");
	});
});

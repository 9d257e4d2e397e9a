import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isTerminal, liveStatuses, toLiveCondition, turnStatuses } from "./turn-status.ts";

it("knows a turn as live by the same statuses in code, in statements and in the database's functions", () => {
	expect(turnStatuses.filter((status) => !isTerminal(status))).toEqual(liveStatuses);
	expect(toLiveCondition()).toBe("status in ('queued', 'running')");
	expect(toLiveCondition("turns.status")).toBe("turns.status in ('queued', 'running')");
	const folder = new URL("../../drizzle/functions/", import.meta.url);
	const functions = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
	const conditions = functions.flatMap((text) => text.match(/\bstatus in \([^)]*\)/gi) ?? []);
	expect(conditions.length).toBeGreaterThan(0);
	expect(new Set(conditions.map((found) => found.toLowerCase()))).toEqual(new Set([toLiveCondition()]));
});

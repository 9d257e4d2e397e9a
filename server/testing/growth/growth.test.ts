import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UserId } from "../../contract/ids.ts";
import { purgeOldPeriods } from "../../quota/index.ts";
import { createThreads } from "../../threads/index.ts";
import { sumUpDays } from "../../usage/index.ts";
import { createTestDatabase, type TestDatabase } from "../database.ts";
import { fillGrowth, type Growth } from "./fill.ts";
import { peopleTables, smallTables, toHotStatements } from "./hot-statements.ts";
import { type PlanWatch, watchPlans } from "./watch-plans.ts";

let db: TestDatabase;
let watch: PlanWatch;
let ids: Growth;
beforeAll(async () => {
	db = await createTestDatabase();
	const unhurried = db.connectUnhurried();
	ids = await fillGrowth(unhurried, { messages: 50_000 });
	while ((await sumUpDays(unhurried)) > 0);
	while ((await purgeOldPeriods(unhurried)) > 0);
	await unhurried.unsafe("vacuum analyze");
	await unhurried.end();
	watch = watchPlans(db.directUrl ?? db.url);
}, 180_000);
afterAll(async () => {
	await watch?.[Symbol.asyncDispose]();
	await db?.drop();
});

describe("a statement of every day, in a database of a year's use", () => {
	// The ids are known later: names and bounds do not depend on them.
	const none = { heaviestUserId: "", usualUserId: "", threadId: "", turnId: "" };
	it.each(toHotStatements(none).map(({ name }) => name))(
		"reads no table from end to end: %s",
		async (name) => {
			const statement = toHotStatements(ids).find((one) => one.name === name);
			if (!statement) throw new Error("Every statement has a name of its own.");
			const { scanned, rows, plans } = await watch.watch(() => statement.run(watch.db));
			const text = plans.map(({ query, plan }) => `${query}\n${plan}`).join("\n\n");
			const growing = scanned.filter((table) => !smallTables.has(table) && !peopleTables.has(table));
			expect(growing, text).toEqual([]);
			const read = Object.entries(rows).filter(([table]) => !smallTables.has(table));
			expect(
				read.reduce((sum, [, count]) => sum + count, 0),
				`${JSON.stringify(rows)}\n${text}`,
			).toBeLessThanOrEqual(statement.rowsMax);
		},
	);
});

describe("the list of a person's threads", () => {
	it.each(["first", "next"])("comes out of its index in its order: the %s page", async (which) => {
		const threads = createThreads({ ...watch.db, publish: () => undefined });
		const userId = ids.heaviestUserId as UserId;
		const first = await threads.list(userId, { limit: 30 });
		const cursor = which === "next" ? (first.nextCursor ?? "") : undefined;
		const { plans, rows } = await watch.watch(() => threads.list(userId, { limit: 30, cursor }));
		const plan = plans.map((one) => one.plan).join("\n");
		expect(plan).toContain("Index Scan threads by threads_list");
		expect(plan).not.toContain("Sort");
		expect(rows.threads).toBeLessThanOrEqual(100);
	});
});

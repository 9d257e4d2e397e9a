import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNotices } from "../../db/index.ts";
import {
	call,
	createTestBreakers,
	fail,
	onlyUser,
	readChanges,
	readState,
	toDeployment,
} from "../../testing/breakers.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import type { Breakers } from "../index.ts";

let db: TestDatabase;
let made: Breakers[] = [];
let models = 0;
let model: string;

beforeAll(async () => {
	db = await createTestDatabase({ poolMax: 8 });
});
afterAll(() => db?.drop());
beforeEach(() => {
	models += 1;
	model = `p${models}/model`;
});
afterEach(async () => {
	for (const each of made) await each.end();
	made = [];
});

function create(options: Parameters<typeof createTestBreakers>[1] = {}) {
	const breakers = createTestBreakers(db, options);
	made.push(breakers);
	return breakers;
}
const admit = (breakers: Breakers, key = model) => breakers.admit(toDeployment(key), onlyUser);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isState = (state: string, key = model) =>
	expect.poll(() => readState(db, key), { interval: 5 }).toBe(state);

describe("a provider that asks to wait", () => {
	it("is called by no process until then, and that is no failure", async () => {
		const [one, two] = [create(), create()];
		await admit(two);
		const admission = await admit(one);
		if (!admission.isAdmitted) throw new Error("It is closed.");
		one.report(admission, "throttled", { retryAfterMs: 900 });
		expect(await admit(one)).toMatchObject({ isAdmitted: false, reason: "throttled" });
		await expect.poll(async () => (await admit(two)).isAdmitted, { interval: 10 }).toBe(false);
		expect(await admit(two)).toMatchObject({ reason: "throttled" });
		await expect.poll(async () => (await admit(two)).isAdmitted, { interval: 20, timeout: 2_000 }).toBe(true);
		expect(await readChanges(db, model)).toEqual([]);
	});
});

describe("several processes", () => {
	it("count failures in a row together, and a success of any of them ends the row", async () => {
		const processes = [create(), create(), create()] as const;
		for (const each of processes) await call(each, model, "failure");
		await call(processes[1], model, "failure");
		await pause(20);
		await call(processes[0], model, "success");
		// Told within a poll, since something failed.
		await pause(1_000);
		await call(processes[2], model, "failure");
		await pause(50);
		expect(await readState(db, model)).toBe("closed");
		await fail(processes[1], model, 4);
		await isState("open");
	});

	it("without any notice stop calling within a second after one of them opened it", async () => {
		const [one, two] = [create(), create()];
		await admit(two);
		await fail(one, model);
		await isState("open");
		const openedAt = performance.now();
		await expect.poll(async () => (await admit(two)).isAdmitted, { interval: 5 }).toBe(false);
		expect(performance.now() - openedAt).toBeLessThan(1_000);
	});

	it("decide by no cache that is older than a second", async () => {
		const [one, two] = [create(), create()];
		await fail(one, model);
		await isState("open");
		expect((await admit(two)).isAdmitted).toBe(false);
	});

	it("stop at once after a notice", async () => {
		const notices = [await createNotices(db, "one"), await createNotices(db, "two")];
		const rules = { openMs: 2_000 };
		const [one, two] = [create({ notices: notices[0], rules }), create({ notices: notices[1], rules })];
		await admit(two);
		await fail(one, model);
		await isState("open");
		const openedAt = performance.now();
		await expect.poll(async () => (await admit(two)).isAdmitted, { interval: 2 }).toBe(false);
		expect(performance.now() - openedAt).toBeLessThan(300);
		for (const each of notices) await each.close();
	});
});

describe("manually", () => {
	it("an opened breaker stays open until it is closed, on every process, and both are recorded", async () => {
		const [one, two] = [create(), create()];
		const by = crypto.randomUUID();
		expect(await one.open(model, { by, reason: "maintenance" })).toBe(true);
		expect(await one.open(model, { by })).toBe(false);
		await pause(1_000);
		// No time is known at which it is closed.
		for (const each of [one, two])
			expect(await admit(each)).toEqual({ isAdmitted: false, reason: "open", retryAfterMs: null });
		expect((await one.list()).find(({ key }) => key === model)).toMatchObject({
			state: "open",
			isHeld: true,
		});
		expect(await two.close(model, { by: null })).toBe(true);
		expect(await two.close(model, { by: null })).toBe(false);
		expect((await admit(two)).isAdmitted).toBe(true);
		await expect.poll(async () => (await admit(one)).isAdmitted).toBe(true);
		expect(await two.history({ key: model, limit: 10 })).toMatchObject([
			{ from: "open", to: "closed", cause: "hand", changedBy: null },
			{ from: "closed", to: "open", cause: "hand", changedBy: by, reason: "maintenance" },
		]);
		const audit =
			await db.sql`select action, actor_id from audit_log where subject = ${`breaker:${model}`} order by id`;
		expect(audit).toMatchObject([
			{ action: "breaker.open", actor_id: by },
			{ action: "breaker.close", actor_id: null },
		]);
	});

	it("history cannot be changed", async () => {
		await create().open(model, { by: null });
		await expect(db.sql`delete from breaker_history where key = ${model}`).rejects.toThrow(/never changed/);
	});
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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
import type { Admission, Breakers } from "./breakers.ts";

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
/** A call whose answer has begun. */
async function answer(breakers: Breakers): Promise<Admission> {
	const admission = await admit(breakers);
	if (!admission.isAdmitted) throw new Error(`Refused: ${admission.reason}.`);
	breakers.noteContent(admission);
	return admission;
}
const breakOff = async (breakers: Breakers) => breakers.report(await answer(breakers), "failure");
async function readReason(): Promise<unknown> {
	const [line] = await db.sql`select reason from breaker_history where key = ${model}`;
	return line?.reason;
}
/** Waits until probes begin, and takes one. */
async function probe(breakers: Breakers): Promise<Admission> {
	for (let tries = 0; tries < 400; tries += 1) {
		const admission = await admit(breakers);
		if (admission.isAdmitted) return admission;
		await pause(10);
	}
	throw new Error("No probe was admitted.");
}

describe("a breaker", () => {
	it("opens after five failures in a row, not after four and a success", async () => {
		const breakers = create();
		await fail(breakers, model, 4);
		await call(breakers, model, "success");
		await fail(breakers, model, 4);
		await pause(50);
		expect(await readState(db, model)).toBe("closed");
		await fail(breakers, model, 1);
		await isState("open");
		expect(await admit(breakers)).toMatchObject({ isAdmitted: false, reason: "open" });
		expect(await readChanges(db, model)).toEqual(["open in_a_row"]);
	});

	it("opens when half of twenty calls failed, not when half of nineteen did", async () => {
		const breakers = create();
		for (let index = 0; index < 9; index += 1) {
			await call(breakers, model, "success");
			await call(breakers, model, "failure");
		}
		await pause(50);
		expect(await readState(db, model)).toBe("closed");
		await call(breakers, model, "success");
		await call(breakers, model, "failure");
		await isState("open");
		expect(await readChanges(db, model)).toEqual(["open share"]);
	});

	it("counts successes that were kept in memory before the first failure", async () => {
		const breakers = create();
		for (let index = 0; index < 100; index += 1) await call(breakers, model, "success");
		expect(await db.sql`select from breakers where key = ${model}`).toHaveLength(0);
		await call(breakers, model, "failure");
		await expect
			.poll(
				async () => (await db.sql`select sum(calls)::int from breaker_counts where key = ${model}`)[0]?.sum,
			)
			.toBe(101);
	});

	it("admits three probes at a time after its open time, and closes after three successes", async () => {
		const breakers = create();
		await fail(breakers, model);
		await isState("open");
		const openedAt = performance.now();
		const first = await probe(breakers);
		expect(performance.now() - openedAt).toBeGreaterThan(450);
		const rest = [await probe(breakers), await probe(breakers)];
		expect(await admit(breakers)).toMatchObject({ isAdmitted: false, reason: "open" });
		for (const admission of [first, ...rest]) breakers.report(admission, "success");
		await isState("closed");
		await expect.poll(async () => (await admit(breakers)).isAdmitted).toBe(true);
		expect(await readChanges(db, model)).toEqual([
			"open in_a_row",
			"half_open time",
			"closed probes_succeeded",
		]);
	});

	it("opens again for twice as long when a probe fails, within the jitter, up to a bound", async () => {
		const breakers = create();
		await fail(breakers, model);
		for (let round = 0; round < 4; round += 1) {
			await isState("open");
			breakers.report(await probe(breakers), "failure");
		}
		await expect.poll(async () => (await readChanges(db, model)).length).toBe(9);
		const lines = await db.sql<{ ms: number }[]>`
			select extract(epoch from open_until - changed_at)::float8 * 1000 as ms from breaker_history
			where key = ${model} and to_state = 'open' order by id`;
		for (const [index, expected] of [600, 1_200, 2_400, 2_400].entries()) {
			expect(lines[index]?.ms).toBeGreaterThanOrEqual(expected * 0.79);
			expect(lines[index]?.ms).toBeLessThanOrEqual(expected * 1.21);
		}
	}, 20_000);

	it("does not count what was admitted before it opened", async () => {
		const breakers = create();
		const early = await Promise.all(Array.from({ length: 10 }, () => admit(breakers)));
		await fail(breakers, model);
		await isState("open");
		const asked = await probe(breakers);
		for (const each of early) if (each.isAdmitted) breakers.report(each, "failure");
		for (const each of early) if (each.isAdmitted) breakers.report(each, "success");
		await pause(100);
		expect(await readState(db, model)).toBe("half_open");
		breakers.report(asked, "success");
		await pause(50);
		expect(await readState(db, model)).toBe("half_open");
	});

	it("gives the place of a probe without a report to another when its lease expires", async () => {
		const breakers = create();
		await fail(breakers, model);
		await isState("open");
		for (let each = 0; each < 3; each += 1) await probe(breakers);
		expect((await admit(breakers)).isAdmitted).toBe(false);
		await pause(1_500);
		expect((await probe(breakers)).isAdmitted).toBe(true);
	});

	it("takes the place of a probe back without a result when its call was stopped or throttled", async () => {
		const breakers = create();
		await fail(breakers, model);
		await isState("open");
		for (let each = 0; each < 8; each += 1) breakers.report(await probe(breakers), "ignore");
		expect(await readState(db, model)).toBe("half_open");
	});

	it("opens after five calls in a row that broke in the middle of their answers", async () => {
		const breakers = create();
		for (let each = 0; each < 5; each += 1) await breakOff(breakers);
		await isState("open");
		expect(await readReason()).toBe("5 failures in a row, all of one person");
	});

	it("counts a call that breaks in the middle of its answer once, as a failure", async () => {
		const breakers = create();
		for (let each = 0; each < 10; each += 1) {
			await call(breakers, model, "success");
			if (each > 0) await breakOff(breakers);
		}
		await pause(50);
		expect(await readState(db, model)).toBe("closed");
		await breakOff(breakers);
		await isState("open");
		expect(await readReason()).toBe("10 of 20 calls failed");
	});

	it("takes back the success of a call that breaks later", async () => {
		const breakers = create();
		const early = await Promise.all(Array.from({ length: 5 }, () => answer(breakers)));
		for (const each of early.slice(0, 4)) breakers.report(each, "failure");
		await pause(1_500);
		expect(await readState(db, model)).toBe("closed");
		for (const each of early.slice(4)) breakers.report(each, "failure");
		await isState("open");
	});

	it("counts a success as soon as there is content, however long the answer is", async () => {
		const breakers = create();
		await fail(breakers, model, 4);
		const long = await answer(breakers);
		await pause(500);
		await fail(breakers, model, 4);
		await pause(50);
		expect(await readState(db, model)).toBe("closed");
		breakers.report(long, "success");
		breakers.report(long, "failure");
		await call(breakers, model, "failure");
		await isState("open");
	});

	it("judges a probe at the end of its answer, and keeps its place while it runs", async () => {
		const breakers = create();
		await fail(breakers, model);
		await isState("open");
		const probes = [await probe(breakers), await probe(breakers), await probe(breakers)];
		for (let each = 0; each < 5; each += 1) {
			for (const admission of probes) breakers.noteContent(admission);
			await pause(500);
			expect((await admit(breakers)).isAdmitted).toBe(false);
		}
		expect(await readState(db, model)).toBe("half_open");
		for (const admission of probes) breakers.report(admission, "failure");
		await expect
			.poll(() => readChanges(db, model))
			.toEqual(["open in_a_row", "half_open time", "open probe_failed"]);
	});

	it("of a key opens for all models of the provider, and a failure of one model leaves the others alone", async () => {
		const breakers = create();
		const [provider = ""] = model.split("/");
		await fail(breakers, model);
		await isState("open");
		expect((await admit(breakers, `${provider}/other`)).isAdmitted).toBe(true);
		for (let each = 0; each < 5; each += 1) await call(breakers, `${provider}/other`, "key");
		await isState("open", provider);
		expect(await readState(db, `${provider}/other`)).toBe("closed");
		expect((await admit(breakers, `${provider}/third`)).isAdmitted).toBe(false);
		await expect
			.poll(async () => (await admit(breakers, `${provider}/third`)).isAdmitted, { interval: 20 })
			.toBe(true);
	});
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestBreakers, readChanges, readState, toDeployment } from "../../testing/breakers.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import type { Admission, BreakerOutcome, Breakers } from "./breakers.ts";

let db: TestDatabase;
let created: Breakers[] = [];
let models = 0;
let model: string;
/** Two processes: people reach either. */
let first: Breakers;
let second: Breakers;

beforeAll(async () => {
	db = await createTestDatabase({ poolMax: 8 });
});
afterAll(() => db?.drop());
beforeEach(() => {
	models += 1;
	model = `e${models}/model`;
	// Open for longer than a test takes.
	const rules = { openMs: 60_000, openMsMax: 240_000, jitter: 0 };
	first = createTestBreakers(db, { rules });
	second = createTestBreakers(db, { rules });
	created = [first, second];
});
afterEach(async () => {
	for (const each of created) await each.end();
});

const admit = (at: Breakers, userId: string, key = model) => at.admit(toDeployment(key), userId);
async function begin(at: Breakers, userId: string): Promise<Admission> {
	const admission = await admit(at, userId);
	if (!admission.isAdmitted) throw new Error(`Refused: ${admission.reason}.`);
	return admission;
}
async function call(at: Breakers, userId: string, outcome: BreakerOutcome): Promise<void> {
	at.report(await begin(at, userId), outcome);
}
const isState = (state: string, key = model) =>
	expect.poll(() => readState(db, key), { interval: 5 }).toBe(state);
async function readRow() {
	const [row] = await db.sql`select person, openings from breakers where key = ${model}`;
	return row;
}
async function failInARow(at: Breakers, ...userIds: string[]): Promise<void> {
	for (let each = 0; each < 5; each++) await call(at, userIds[each % userIds.length] ?? "", "failure");
	await isState("open");
}

describe("the last error", () => {
	const read = async (key: string) => (await first.list()).find((one) => one.key === key)?.lastError ?? null;

	it("is the newest failure that counted, of the model or of the key, also of a probe", async () => {
		const [provider = ""] = model.split("/");
		first.report(await begin(first, "Ann"), "failure", { failureClass: "connect" });
		await expect.poll(() => read(model)).toMatchObject({ class: "connect" });
		second.report(await begin(second, "Ben"), "failure", { failureClass: "server" });
		await expect.poll(() => read(model)).toMatchObject({ class: "server" });
		first.report(await begin(first, "Ann"), "success");
		first.report(await begin(first, "Ann"), "ignore", { failureClass: "filtered_request" });
		second.report(await begin(second, "Ben"), "key", { failureClass: "auth" });
		await expect.poll(() => read(provider)).toMatchObject({ class: "auth" });
		expect(await read(model)).toMatchObject({ class: "server" });

		for (const userId of ["Ann", "Ben", "Ann", "Ben", "Ann"])
			first.report(await begin(first, userId), "failure", { failureClass: "server" });
		await isState("open");
		await db.sql`update breakers set open_until = now() where key = ${model}`;
		await expect.poll(async () => (await admit(first, "Ann")).isAdmitted).toBe(true);
		const probe = await begin(first, "Ben");
		first.report(probe, "failure", { failureClass: "first_token_timeout" });
		await expect.poll(() => read(model)).toMatchObject({ class: "first_token_timeout" });
	});
});

describe("failures of one person", () => {
	it("close a model for that person, while another person's call is admitted at once, at any process", async () => {
		await failInARow(first, "Ann");
		expect(await admit(first, "Ann")).toMatchObject({ isAdmitted: false, reason: "open" });
		expect(first.findRefusal(toDeployment(model), "Ben")).toBeNull();
		for (const at of [first, second]) expect((await admit(at, "Ben")).isAdmitted).toBe(true);
		expect(await readChanges(db, model)).toEqual(["open in_a_row", "half_open time"]);
	});

	it("close the key for that person only", async () => {
		const [provider = ""] = model.split("/");
		for (let each = 0; each < 5; each++) await call(first, "Ann", "key");
		await isState("open", provider);
		expect((await admit(first, "Ann", `${provider}/other`)).isAdmitted).toBe(false);
		expect((await admit(second, "Ben", `${provider}/other`)).isAdmitted).toBe(true);
	});

	it("as half of all calls close it for that person only", async () => {
		for (let each = 0; each < 10; each++) {
			await call(first, "Ben", "success");
			await call(first, "Ann", "failure");
		}
		await isState("open");
		expect((await admit(first, "Ann")).isAdmitted).toBe(false);
		expect((await admit(first, "Ben")).isAdmitted).toBe(true);
	});

	it("are forgotten when calls of another succeed", async () => {
		await failInARow(first, "Ann");
		for (let each = 0; each < 3; each++) await call(second, "Ben", "success");
		await isState("closed");
		await expect.poll(async () => (await admit(first, "Ann")).isAdmitted).toBe(true);
	});

	it("as a probe close it again for that person, and no other person waits", async () => {
		await failInARow(first, "Ann");
		const ben = await begin(first, "Ben");
		await call(first, "Ann", "failure");
		await isState("open");
		expect((await admit(first, "Ann")).isAdmitted).toBe(false);
		expect((await admit(second, "Cleo")).isAdmitted).toBe(true);
		first.report(ben, "success");
		expect(await readRow()).toMatchObject({ openings: 2 });
	});
});

describe("failures of more than one person", () => {
	it("close a model for everybody", async () => {
		await failInARow(first, "Ann", "Ben");
		for (const userId of ["Ann", "Ben", "Cleo"]) expect((await admit(first, userId)).isAdmitted).toBe(false);
	});

	it("close it for everybody when the first probe of another person fails, as one opening", async () => {
		await failInARow(first, "Ann");
		await call(first, "Ben", "failure");
		await isState("open");
		expect((await admit(first, "Cleo")).isAdmitted).toBe(false);
		expect(await readRow()).toEqual({ person: null, openings: 1 });
	});

	it("close it for everybody also when both probe it at the same time", async () => {
		const quick = createTestBreakers(db);
		created.push(quick);
		await failInARow(quick, "Ann", "Ben");
		await expect.poll(async () => (await admit(quick, "Ann")).isAdmitted).toBe(true);
		const probes = [await begin(quick, "Cleo"), await begin(quick, "Dora")];
		for (const probe of probes) quick.report(probe, "failure");
		await expect.poll(() => readChanges(db, model)).toHaveLength(3);
		await expect.poll(readRow).toMatchObject({ person: null });
		expect((await admit(quick, "Eve")).isAdmitted).toBe(false);
	});

	it("are never probed by more than three calls at a time, whichever person failed before", async () => {
		await failInARow(first, "Ann");
		const slow = [await begin(first, "Ben"), await begin(second, "Cleo")];
		await call(first, "Ann", "failure");
		await isState("open");
		const more = await Promise.all(["Dora", "Eve", "Finn"].map((userId) => admit(second, userId)));
		expect(more.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(3 - slow.length);
	});
});

it("no person's id is stored", async () => {
	const userId = crypto.randomUUID();
	await failInARow(first, userId);
	for (const table of ["breakers", "breaker_history", "breaker_counts", "breaker_probes"]) {
		const rows = await db.sql`select to_json(t)::text as row from ${db.sql(table)} as t`;
		for (const { row } of rows) expect(row).not.toContain(userId);
	}
});

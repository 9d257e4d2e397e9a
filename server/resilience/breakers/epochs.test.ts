import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
	call,
	createTestBreakers,
	onlyUser,
	quickRules,
	readState,
	toDeployment,
} from "../../testing/breakers.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import type { Admission, Breakers } from "./breakers.ts";
import { createBreakerCache } from "./cache.ts";
import { admitProbe, type BreakerReport, reportToBreaker, setBreaker } from "./store.ts";

let db: TestDatabase;
let keys = 0;
let key: string;
const rules = { ...quickRules, openMs: 1, jitter: 0 };

beforeAll(async () => {
	db = await createTestDatabase({ poolMax: 6 });
});
afterAll(() => db?.drop());
beforeEach(() => {
	key = `k${++keys}/model`;
});

const report = (epoch: number, more: Partial<BreakerReport> = {}) =>
	reportToBreaker(db.sql, { key, epoch, results: [], ...more }, rules);
const failures = (count: number) => [{ atMs: Date.now(), ok: false, count, person: 1 }];
const takeProbe = async () => {
	const probeId = crypto.randomUUID();
	return { ...(await admitProbe(db.sql, { key, probeId, person: 2 }, rules)), probeId };
};
async function countProbes(of = key): Promise<number> {
	const [row] = await db.sql<{ count: number }[]>`
		select count(*)::int as count from breaker_probes where key = ${of}`;
	return row?.count ?? 0;
}
/** Opened and closed again: the breaker is in its fourth epoch. */
async function toFourthEpoch(): Promise<void> {
	await report(1, { results: failures(5) });
	for (let each = 0; each < 3; each++) {
		const { probeId, state } = await takeProbe();
		await report(state.epoch, { probeId, results: [{ atMs: 0, ok: true, count: 1 }] });
	}
	expect(await readState(db, key)).toBe("closed");
}

describe("the results of an earlier epoch, in the database", () => {
	it("are not counted once the breaker has closed again", async () => {
		await toFourthEpoch();
		for (const epoch of [1, 2, 3]) await report(epoch, { results: failures(5) });
		expect(await readState(db, key)).toBe("closed");
		await report(4, { results: failures(4) });
		expect(await readState(db, key)).toBe("closed");
		await report(4, { results: failures(1) });
		expect(await readState(db, key)).toBe("open");
	});

	it("of a probe neither open nor close it, and give its place back", async () => {
		await report(1, { results: failures(5) });
		const early = [await takeProbe(), await takeProbe()];
		const [first] = early;
		// The failure of one person keeps the leases of the others.
		await report(first?.state.epoch ?? 0, { probeId: first?.probeId, results: failures(1) });
		const now = await takeProbe();
		expect(await countProbes()).toBe(2);
		for (const { probeId, state } of early.slice(1))
			await report(state.epoch, { probeId, results: [{ atMs: 0, ok: true, count: 3 }] });
		expect(await readState(db, key)).toBe("half_open");
		expect(await countProbes()).toBe(1);
		await report(now.state.epoch, { probeId: now.probeId, results: [{ atMs: 0, ok: true, count: 3 }] });
		expect(await readState(db, key)).toBe("closed");
	});

	it("are not counted after a manual change either", async () => {
		await report(1, { results: failures(4) });
		await setBreaker(db.sql, { key, to: "open", by: null });
		await setBreaker(db.sql, { key, to: "closed", by: null });
		await report(1, { results: failures(4) });
		expect(await readState(db, key)).toBe("closed");
	});
});

describe("the results of an earlier epoch, in a process", () => {
	let breakers: Breakers;
	beforeEach(() => {
		breakers = createTestBreakers(db, { rules });
		return () => breakers.end();
	});
	async function admit(): Promise<Admission> {
		for (let tries = 0; tries < 200; tries++) {
			const admission = await breakers.admit(toDeployment(key), onlyUser);
			if (admission.isAdmitted) return admission;
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		throw new Error("No call was admitted.");
	}

	it("are dropped, also when they are reported while the breaker is closed again", async () => {
		const early = await Promise.all(Array.from({ length: 5 }, admit));
		for (let each = 0; each < 5; each++) await call(breakers, key, "failure");
		await expect.poll(() => readState(db, key)).toBe("open");
		for (let each = 0; each < 3; each++) breakers.report(await admit(), "success");
		await expect.poll(() => readState(db, key)).toBe("closed");
		await expect.poll(async () => (await admit()).model.epoch).toBe(4);
		for (const admission of early) breakers.report(admission, "failure");
		await new Promise((resolve) => setTimeout(resolve, 100));
		expect(await readState(db, key)).toBe("closed");
	});

	it("are not restored by a state that was read earlier", () => {
		const cache = createBreakerCache({ elapsed: () => 1_000 }, rules);
		const state = { key, state: "open", epoch: 2, isHeld: false, person: null } as const;
		cache.update({ ...state, openMs: 5_000, throttledMs: null, isTroubled: true });
		cache.update({ ...state, state: "closed", epoch: 1, openMs: null, throttledMs: null, isTroubled: false });
		expect(cache.findRefusal(cache.get(key), 1)).toMatchObject({ reason: "open", retryAfterMs: 5_000 });
	});

	it("leave no place of the key's breaker taken when the model's breaker has none", async () => {
		const [provider = ""] = key.split("/");
		for (let each = 0; each < 5; each++) await call(breakers, key, "key");
		await expect.poll(() => readState(db, provider)).toBe("open");
		await report(1, { results: failures(5) });
		for (let each = 0; each < 3; each++) expect(await takeProbe()).toMatchObject({ isProbe: true });
		// A manual change reads all breakers.
		await breakers.close(`${provider}/other`, { by: null });
		expect((await breakers.admit(toDeployment(key), onlyUser)).isAdmitted).toBe(false);
		expect(await readState(db, provider)).toBe("half_open");
		await expect.poll(() => countProbes(provider)).toBe(0);
	});
});

it("breakers that open together do not let probes through together", async () => {
	const own = { ...rules, openMs: 10_000, openMsMax: 20_000, jitter: 0.2 };
	const opened = Array.from({ length: 30 }, async (_, index) => {
		const { state } = await reportToBreaker(
			db.sql,
			{ key: `${key}-${index}`, epoch: 1, results: failures(5) },
			own,
		);
		return state.openMs ?? 0;
	});
	const waits = await Promise.all(opened);
	expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(1_000);
	expect(Math.min(...waits)).toBeGreaterThan(7_900);
	expect(Math.max(...waits)).toBeLessThanOrEqual(12_000);
});

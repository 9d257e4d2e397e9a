import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectDatabase, type Database } from "../../db/index.ts";
import { systemClock } from "../../kernel/clock.ts";
import { createTestBreakers, onlyUser, toDeployment } from "../../testing/breakers.ts";
import { connectAgain, createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { startChaosProxy } from "../../testing/servers/chaos-proxy.ts";
import type { Breakers } from "../index.ts";

let db: TestDatabase;
/** As many pools as there are processes. */
let pools: Database[] = [];
beforeAll(async () => {
	db = await createTestDatabase();
	pools = [1, 2, 3, 4].map((each) => connectAgain(db, { poolMax: 3, applicationName: `process ${each}` }));
});
afterAll(async () => {
	for (const pool of pools) await pool.close();
	await db?.drop();
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Provider {
	isDead: boolean;
	readonly calls: { atMs: number; isProbe: boolean }[];
	inFlight: number;
	probes: number;
	probesMost: number;
}

/** One call of a provider that takes 30 to 60 ms to answer or to fail. */
async function callProvider(breakers: Breakers, key: string, provider: Provider): Promise<void> {
	const admission = await breakers.admit(toDeployment(key), onlyUser);
	if (!admission.isAdmitted) return;
	const isProbe = admission.model.probeId !== null;
	provider.calls.push({ atMs: Date.now(), isProbe });
	provider.inFlight += 1;
	if (isProbe) provider.probesMost = Math.max(provider.probesMost, ++provider.probes);
	await pause(30 + Math.random() * 30);
	provider.inFlight -= 1;
	if (isProbe) provider.probes -= 1;
	breakers.report(admission, provider.isDead ? "failure" : "success");
}

describe("four processes on one database", () => {
	it("make no more calls in an outage than the threshold, those in flight, a second of arrivals and the probes (I11)", async () => {
		const key = "outage/model";
		const processes = pools.map((pool) => createTestBreakers(pool));
		const provider: Provider = { isDead: false, calls: [], inFlight: 0, probes: 0, probesMost: 0 };
		const perSecond = 100;
		const underway: Promise<void>[] = [];
		const arrive = setInterval(() => {
			const breakers = processes[Math.floor(Math.random() * 4)];
			if (breakers) underway.push(callProvider(breakers, key, provider));
		}, 1_000 / perSecond);

		await pause(1_000);
		provider.isDead = true;
		const diedAtMs = Date.now();
		const inFlight = provider.inFlight;
		await pause(5_000);
		provider.isDead = false;
		await expect
			.poll(async () => (await db.sql`select state from breakers where key = ${key}`)[0]?.state, {
				timeout: 10_000,
			})
			.toBe("closed");
		await pause(1_500);
		clearInterval(arrive);
		await Promise.all(underway);

		const history = await db.sql<{ to: string; at: number }[]>`
			select to_state as to, (extract(epoch from changed_at) * 1000)::float8 as at from breaker_history
			where key = ${key} order by id`;
		const openings = history.filter(({ to }) => to === "open");
		const [opened] = openings;
		const closedAtMs = history.at(-1)?.at ?? 0;
		if (!opened) throw new Error("It never opened.");
		const whileDead = provider.calls.filter(({ atMs }) => atMs >= diedAtMs && atMs < closedAtMs);
		const late = whileDead.filter(({ atMs, isProbe }) => !isProbe && atMs > opened.at + 1_000);
		expect(late).toEqual([]);
		expect(provider.probesMost).toBeLessThanOrEqual(3);
		const probes = whileDead.filter(({ isProbe }) => isProbe).length;
		// One probe that fails is enough; the two beside it were on their way.
		expect(probes).toBeLessThanOrEqual((openings.length - 1) * 3 + 3 + 3);
		expect(whileDead.length).toBeLessThanOrEqual(5 + inFlight + perSecond + probes);
		// And it goes on by itself.
		expect(provider.calls.filter(({ atMs }) => atMs > closedAtMs).length).toBeGreaterThan(perSecond / 2);
		for (const each of processes) await each.end();
	}, 40_000);

	it("never lease more than three probes at a time, also when some processes die", async () => {
		const key = "probes/model";
		const processes = pools.map((pool) =>
			createTestBreakers(pool, { rules: { openMs: 50, successesMin: 1_000 } }),
		);
		const [first] = processes;
		for (let each = 0; each < 5; each += 1) {
			const admission = await first?.admit(toDeployment(key), onlyUser);
			if (admission?.isAdmitted) first?.report(admission, "failure");
		}
		await pause(300);
		const endsAt = systemClock.elapsed() + 4_000;
		let granted = 0;
		const worker = async (breakers: Breakers) => {
			while (systemClock.elapsed() < endsAt) {
				const admission = await breakers.admit(toDeployment(key), onlyUser);
				await pause(5 + Math.random() * 20);
				if (!admission.isAdmitted) continue;
				granted += 1;
				if (Math.random() < 0.9) breakers.report(admission, "ignore");
			}
		};
		let leasedMost = 0;
		const watch = async () => {
			while (systemClock.elapsed() < endsAt) {
				const [row] = await db.sql<{ leased: number }[]>`
					select count(*)::int as leased from breaker_probes where key = ${key} and leased_until > clock_timestamp()`;
				leasedMost = Math.max(leasedMost, row?.leased ?? 0);
				await pause(3);
			}
		};
		await Promise.all([
			watch(),
			...processes.flatMap((each) => Array.from({ length: 8 }, () => worker(each))),
		]);
		expect(granted).toBeGreaterThan(10);
		expect(leasedMost).toBe(3);
		for (const each of processes) await each.end();
	}, 20_000);
});

describe("without its database a process", () => {
	it("admits every call at once, and reports the results afterwards", async () => {
		const key = "away/model";
		const url = new URL(db.directUrl ?? db.url);
		const proxy = await startChaosProxy({ target: { host: url.hostname, port: Number(url.port || 5432) } });
		url.host = `127.0.0.1:${proxy.port}`;
		const pool = connectDatabase({ url: url.href, poolMax: 2, applicationName: "cut off" });
		const breakers = createTestBreakers(pool);
		await breakers.admit(toDeployment(key), onlyUser);
		proxy.set({ isBlackHole: true });
		for (let each = 0; each < 30; each += 1) {
			const startedAt = performance.now();
			const admission = await breakers.admit(toDeployment(key), onlyUser);
			if (!admission.isAdmitted) throw new Error("It is admitted.");
			// A statement without an answer takes 5 s to fail.
			expect(performance.now() - startedAt).toBeLessThan(2_000);
			breakers.report(admission, "failure");
			await pause(50);
		}
		proxy.set({ isBlackHole: false });
		proxy.resetAll();
		await expect
			.poll(async () => (await db.sql`select state from breakers where key = ${key}`)[0]?.state, {
				timeout: 10_000,
			})
			.toBe("open");
		await breakers.end();
		await pool.close();
		await proxy.close();
	}, 30_000);
});

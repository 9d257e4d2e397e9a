import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";
import { hasRedis, startRedis, type TestRedis } from "../testing/servers/redis.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

describe.skipIf(!hasRedis())("two servers on one database and one Redis", () => {
	let db: TestDatabase;
	let redis: TestRedis;
	let servers: Parley[] = [];
	beforeAll(async () => {
		db = await createTestDatabase({ poolMax: 10 });
		redis = await startRedis();
		const env = { REDIS_URL: redis.url, PARLEY_INSTANCES: "2" };
		servers = [await startTestParley({ db, env }), await startTestParley({ db, env })];
		await db.sql`insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers)
			values ('narrow', 6, 1000, '{small}')`;
		// Until each server sees in Redis what the other has counted.
		await vi.waitUntil(async () => {
			const subject = { userId: crypto.randomUUID(), plan: "narrow" } as const;
			const left: unknown[] = [];
			for (const { services } of servers) {
				const { verdict } = await services.turnRates.take(subject);
				left.push(verdict.outcome === "allow" && verdict.remaining);
			}
			return left.join() === "5,4";
		}, 15_000);
	});
	afterAll(async () => {
		for (const server of servers) await server.close();
		await redis?.close();
		await db?.drop();
	});

	/** Sends at each server in turn; how many were let through, and nothing else went wrong. */
	async function send(cookie: string, times: number): Promise<number> {
		const people = servers.map((server) => server.reach(cookie));
		let sent = 0;
		for (let index = 0; index < times; index++) {
			const failure = await people[index % 2]?.client.chat.send
				.mutate({ text: "[[sim tokens=1]] hello" })
				.then(() => null)
				.catch((error) => error.data?.parley.code);
			if (failure === null) sent += 1;
			else expect(failure).toBe("rate_limited");
		}
		return sent;
	}
	/** Wrong passwords at each server in turn: how many were looked at. */
	async function guess(email: string, times: number): Promise<number> {
		let looked = 0;
		for (let index = 0; index < times; index++) {
			const verify = servers[index % 2]?.services.auth.verifyCredentials({ email, password: "wrong horse" });
			const failure = await verify?.then(() => null).catch((error: { code: string }) => error.code);
			if (failure === null) looked += 1;
			else expect(failure).toBe("rate_limited");
		}
		return looked;
	}
	/** A limit over both; a busy machine may give time for one more in every 10 s. */
	function expectLimit(limit: number, count: number, sinceMs: number) {
		const more = 1 + Math.floor((performance.now() - sinceMs) / 10_000);
		expect(count).toBeGreaterThanOrEqual(limit);
		expect(count).toBeLessThanOrEqual(limit + more);
	}

	it("have one limit; without Redis chat goes on with each one's share and sign-in becomes strict", async () => {
		const [first] = servers;
		if (!first) throw new Error("Two servers were started.");
		const startedAt = performance.now();
		const { cookie } = await first.signIn({ plan: "narrow" });
		expectLimit(6, await send(cookie, 14), startedAt);
		// Ten wrong passwords, then one in 20 s.
		expectLimit(11, await guess("one@example.org", 14), startedAt);

		await redis.kill();
		const { cookie: next } = await first.signIn({ plan: "narrow" });
		const cutAt = performance.now();
		expectLimit(6, await send(next, 14), cutAt);
		// Each process: half of its share of the ten, then one in 20 s.
		expectLimit(6, await guess("two@example.org", 14), cutAt);
		// One process has not yet allowed one in 20 s.
		expectLimit(0, await guess("one@example.org", 4), startedAt);

		await redis.restart();
		await expect
			.poll(async () => (await first.signIn({ plan: "narrow" }).then((one) => send(one.cookie, 7))) >= 6, {
				timeout: 15_000,
			})
			.toBe(true);
	});
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasRedis, startRedis, type TestRedis, untilShared } from "../testing/servers/redis.ts";
import { startUpstash } from "../testing/servers/upstash.ts";
import { createMemoryRates, createTurnRates, openSharedRates, type TurnRates } from "./index.ts";
import type { RateStore } from "./rate-store.ts";

const instances = 3;
const max = 12;
const plans = { findMax: async () => max };
const logged: string[] = [];
const log = {
	warn: (_: object, message: string) => void logged.push(message),
	info: (_: object, message: string) => void logged.push(message),
};

describe.skipIf(!hasRedis())("when Redis goes away", () => {
	let redis: TestRedis;
	let upstash: Awaited<ReturnType<typeof startUpstash>>;
	let stores: RateStore[] = [];
	let rates: TurnRates[] = [];
	let people = 0;

	beforeAll(async () => {
		redis = await startRedis();
		upstash = await startUpstash(redis.url);
	});
	afterAll(async () => {
		await upstash?.close();
		await redis?.close();
	});
	beforeEach(async () => {
		// The tests count within one minute of the clock.
		const restMs = 60_000 - (Date.now() % 60_000);
		if (restMs < 6_000) await sleep(restMs);
		await open({ url: redis.url, token: null });
		logged.length = 0;
	});
	afterEach(async () => {
		for (const store of stores) await store.close();
	});

	async function open(address: { url: string; token: string | null }) {
		for (const store of stores) await store.close();
		stores = await Promise.all(Array.from({ length: instances }, () => openSharedRates(address, log)));
		for (const store of stores) await untilShared(store);
		rates = stores.map((shared) => createTurnRates({ shared, local: createMemoryRates(), instances, plans }));
	}
	/** A request of one person at each instance in turn: how many were allowed, and how long each took. */
	async function ask(id: string, times: number) {
		const tookMs: number[] = [];
		let allowed = 0;
		for (let index = 0; index < times; index++) {
			const startedAt = performance.now();
			const decision = await rates[index % instances]?.take({ userId: id, plan: "free" });
			tookMs.push(performance.now() - startedAt);
			if (decision?.verdict.outcome === "allow") allowed += 1;
		}
		return { allowed, tookMs };
	}
	/** A wait of 250 ms on a busy machine; two hundred of them one after another, or one without an end, are far above. */
	const oneWaitMsMax = 2_000;
	const newPerson = () => `person ${++people}`;
	const median = (ms: number[]) => ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)] ?? 0;

	it("killed in mid-run: each instance goes on with its share, and no person gets more than the limit again", async () => {
		const id = newPerson();
		expect((await ask(id, 6)).allowed).toBe(6);
		await redis.kill();
		// Each let two of four through before, and knows it.
		expect((await ask(id, 60)).allowed).toBe(6);
		expect((await ask(newPerson(), 60)).allowed).toBe(max);
		expect(logged).toEqual(
			Array.from({ length: instances }, () => expect.stringContaining("does not answer")),
		);
		await redis.restart();
		for (const store of stores) await untilShared(store);
		expect((await ask(id, 60)).allowed).toBe(max);
		expect(logged.filter((message) => message.includes("answers again"))).toHaveLength(instances);
	});

	it.each(["Redis", "REST"])(
		"frozen, by %s: one wait of 250 ms, then none; counts again afterwards",
		async (kind) => {
			if (kind === "REST") await open(upstash);
			const id = newPerson();
			expect((await ask(id, 3)).allowed).toBe(3);
			redis.freeze();
			try {
				const first = await ask(id, instances);
				expect(Math.max(...first.tookMs)).toBeLessThan(oneWaitMsMax);
				await sleep(1_000);
				const later = await ask(newPerson(), 300);
				expect(later.allowed).toBe(max);
				// Far below a wait of 250 ms.
				expect(median(later.tookMs)).toBeLessThan(50);
			} finally {
				redis.thaw();
			}
			for (const store of stores) await untilShared(store);
			const counted = await ask(id, 60);
			expect(counted.allowed).toBeLessThanOrEqual(max - 3);
		},
	);

	it("a request that is given back is not counted, for all instances and, without Redis, for each", async () => {
		const giveBackAll = async (id: string) => {
			for (let index = 0; index < 3 * max; index++)
				await (await rates[index % instances]?.take({ userId: id, plan: "free" }))?.giveBack();
		};
		const [shared, alone] = [newPerson(), newPerson()];
		await giveBackAll(shared);
		await giveBackAll(alone);
		expect((await ask(shared, 60)).allowed).toBe(max);
		await giveBackAll(shared);
		expect((await ask(shared, 60)).allowed).toBe(0);
		await redis.kill();
		await giveBackAll(alone);
		expect((await ask(alone, 60)).allowed).toBe(max);
		await redis.restart();
		for (const store of stores) await untilShared(store);
	});

	it("frozen, with many requests at once: none waits longer than 250 ms", async () => {
		redis.freeze();
		try {
			const startedAt = performance.now();
			await Promise.all(Array.from({ length: 100 }, () => rates[0]?.take({ userId: newPerson(), plan: "" })));
			expect(performance.now() - startedAt).toBeLessThan(oneWaitMsMax);
		} finally {
			redis.thaw();
		}
	});

	it("flushed in mid-run: at most the limit once more, and nothing fails", async () => {
		const id = newPerson();
		expect((await ask(id, 30)).allowed).toBe(max);
		await redis.flush();
		expect((await ask(id, 60)).allowed).toBe(max);
		expect((await ask(id, 30)).allowed).toBe(0);
		expect(logged).toEqual([]);
	});

	it("missing at the start: no request waits, and it counts once it runs", async () => {
		await redis.kill();
		const late = await openSharedRates({ url: redis.url, token: null }, log);
		expect(await late.take("x", { max: 1, windowMs: 60_000 })).toEqual({ outcome: "unknown" });
		await redis.restart();
		await untilShared(late);
		await late.close();
		expect(await late.take("x", { max: 1, windowMs: 60_000 })).toEqual({ outcome: "unknown" });
	});

	it("a wrong token is like no Redis: unknown, never denied and never an error", async () => {
		const store = await openSharedRates({ url: upstash.url, token: "wrong" }, log);
		await sleep(300);
		expect(await store.take("x", { max: 1, windowMs: 60_000 })).toEqual({ outcome: "unknown" });
		await store.close();
	});
});

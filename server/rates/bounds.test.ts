import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { hasRedis, startRedis, type TestRedis, untilShared } from "../testing/servers/redis.ts";
import { startUpstash } from "../testing/servers/upstash.ts";
import { createMemoryRates, openSharedRates } from "./index.ts";
import type { RateStore } from "./rate-store.ts";

const windowMs = 60_000;
const log = { warn: () => {}, info: () => {} };
/** What these tests say of counting has to hold on a busy machine, too. */
const patient = { countMs: 20_000, waitMs: 20_000 };
const fresh = () => crypto.randomUUID();
/** Tests own the time: the limiters read the clock of the process when they are asked. */
const nowMs = vi.spyOn(Date, "now");
afterEach(() => nowMs.mockRestore());

/** A request at an instant, of one of three instances. */
interface Arrival {
	readonly atMs: number;
	readonly instance: number;
}
const arrivals = fc
	.array(
		fc.record({ atMs: fc.integer({ min: 0, max: 4 * windowMs }), instance: fc.integer({ min: 0, max: 2 }) }),
		{ minLength: 60, maxLength: 160 },
	)
	.map((all) => all.toSorted((a, b) => a.atMs - b.atMs));

/** The instants at which asking was allowed. */
async function play(all: readonly Arrival[], by: { stores: RateStore[]; skewsMs: number[]; max: number }) {
	const key = fresh();
	const startMs = 1_800_000_000_000;
	const allowed: number[] = [];
	for (const { atMs, instance } of all) {
		vi.spyOn(Date, "now").mockReturnValue(startMs + atMs + (by.skewsMs[instance] ?? 0));
		const verdict = await by.stores[instance]?.take(key, { max: by.max, windowMs });
		expect(verdict?.outcome).not.toBe("unknown");
		if (verdict?.outcome === "allow") allowed.push(atMs);
	}
	vi.mocked(Date.now).mockRestore();
	return allowed;
}

/** The most that any window of true time holds. */
const most = (allowed: readonly number[]) =>
	Math.max(0, ...allowed.map((from) => allowed.filter((at) => at >= from && at < from + windowMs).length));

/** Asks all the time, of whichever instance may still say yes. */
const storm = Array.from({ length: 4 * 240 }, (_, index) => ({
	atMs: Math.floor(index / 3) * 750,
	instance: index % 3,
}));

describe("in one process", () => {
	it("lets 2 x max - 1 through in a window at most, and max at once", async () => {
		const max = 7;
		const bound = 2 * max - 1;
		await fc.assert(
			fc.asyncProperty(arrivals, async (all) => {
				const store = createMemoryRates();
				const allowed = await play(all, { stores: [store, store, store], skewsMs: [0, 0, 0], max });
				expect(most(allowed)).toBeLessThanOrEqual(bound);
			}),
			{ numRuns: 50 },
		);
	});

	it("counts each key alone, forgets on request, and keeps its count when the limit changes", async () => {
		const store = createMemoryRates();
		const limit = { max: 2, windowMs };
		const outcomes = async (key: string, times: number) => {
			const all = [];
			for (let i = 0; i < times; i++) all.push((await store.take(key, limit)).outcome);
			return all;
		};
		expect(await outcomes("a", 3)).toEqual(["allow", "allow", "deny"]);
		expect(await outcomes("b", 1)).toEqual(["allow"]);
		expect(await store.take("a", { max: 3, windowMs })).toMatchObject({ outcome: "allow", remaining: 0 });
		await store.giveBack("b", limit);
		expect(await outcomes("b", 3)).toEqual(["allow", "allow", "deny"]);
		await store.clear("b", limit);
		expect(await outcomes("b", 1)).toEqual(["allow"]);
		expect((await store.take("a person", { max: 0, windowMs })).outcome).toBe("deny");
	});
});

describe.skipIf(!hasRedis() && !process.env.TEST_REDIS_URL)("over three instances", () => {
	let redis: TestRedis | null = null;
	let upstash: Awaited<ReturnType<typeof startUpstash>>;
	const stores = new Map<string, RateStore[]>();
	beforeAll(async () => {
		redis = process.env.TEST_REDIS_URL ? null : await startRedis();
		const url = process.env.TEST_REDIS_URL ?? redis?.url ?? "";
		upstash = await startUpstash(url);
		const open = async (address: { url: string; token: string | null }) => {
			const three = await Promise.all([1, 2, 3].map(() => openSharedRates(address, log, patient)));
			for (const store of three) await untilShared(store);
			return three;
		};
		stores.set("Redis", await open({ url, token: null }));
		stores.set("REST", await open(upstash));
	});
	afterAll(async () => {
		for (const store of [...stores.values()].flat()) await store.close();
		await upstash?.close();
		await redis?.close();
	});
	const three = (kind: string) => stores.get(kind) ?? [];

	it.each(["Redis", "REST"])("by %s, max of many at once are let through, and never more", async (kind) => {
		vi.spyOn(Date, "now").mockReturnValue(1_800_000_000_000);
		const key = fresh();
		const asked = Array.from({ length: 45 }, (_, index) =>
			three(kind)[index % 3]?.take(key, { max: 20, windowMs }),
		);
		const outcomes = (await Promise.all(asked)).map((verdict) => verdict?.outcome);
		const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
		expect(count("allow")).toBeLessThanOrEqual(20);
		// A count without an answer in time is unknown; Redis may have allowed it all the same.
		expect(count("allow")).toBeGreaterThanOrEqual(20 - count("unknown"));
		expect(count("deny")).toBeGreaterThanOrEqual(25 - count("unknown"));
		expect(await three(kind)[0]?.take(fresh(), { max: 20, windowMs })).toMatchObject({
			outcome: "allow",
			remaining: 19,
		});
	});

	it.each([
		["clocks that agree", 0],
		["clocks 5 s apart", 5_000],
		["clocks 30 s apart", 30_000],
		["clocks a window apart", windowMs],
	])("with %s, no window of true time holds more than the stated bound", async (_, skewMs) => {
		const max = 6;
		const bound = skewMs === 0 ? 2 * max - 1 : 2 * max + Math.ceil((max * skewMs) / windowMs);
		const by = { stores: three("Redis"), skewsMs: [0, skewMs / 2, skewMs], max };
		expect(most(await play(storm, by))).toBeLessThanOrEqual(bound);
		await fc.assert(
			fc.asyncProperty(arrivals, async (all) => {
				expect(most(await play(all, by))).toBeLessThanOrEqual(bound);
			}),
			{ numRuns: 15 },
		);
	});

	it("says when to come back: not before is denied, then is allowed", async () => {
		const [store] = three("Redis");
		const limit = { max: 6, windowMs };
		await fc.assert(
			fc.asyncProperty(arrivals, async (all) => {
				const key = fresh();
				let atMs = 1_800_000_000_000;
				const take = () => {
					vi.spyOn(Date, "now").mockReturnValue(atMs);
					return store?.take(key, limit);
				};
				for (const { atMs: later } of all.slice(0, 40)) {
					atMs = 1_800_000_000_000 + later;
					await take();
				}
				const verdict = await take();
				if (verdict?.outcome !== "deny") return;
				atMs += verdict.retryAfterMs - 2;
				if (verdict.retryAfterMs > 2) expect((await take())?.outcome).toBe("deny");
				atMs += 2;
				expect((await take())?.outcome).toBe("allow");
			}),
			{ numRuns: 25 },
		);
	});

	it.each(["Redis", "REST"])("by %s, an attempt given back or a key cleared counts no more", async (kind) => {
		vi.spyOn(Date, "now").mockReturnValue(1_800_000_000_000);
		const [one, other] = three(kind);
		const [key, limit] = [fresh(), { max: 2, windowMs }];
		await one?.take(key, limit);
		await other?.take(key, limit);
		expect((await one?.take(key, limit))?.outcome).toBe("deny");
		await other?.giveBack(key, limit);
		expect((await one?.take(key, limit))?.outcome).toBe("allow");
		expect((await one?.take(key, { max: 3, windowMs }))?.outcome).toBe("allow");
		expect((await one?.take(key, limit))?.outcome).toBe("deny");
		await one?.clear(key, limit);
		expect(await other?.take(key, limit)).toMatchObject({ outcome: "allow", remaining: 1 });
	});
});

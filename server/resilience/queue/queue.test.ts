import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueue, type QueueMove, type QueueRequest, type Slot } from "./queue.ts";

const none = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };
const oneAtATime = { ...none, concurrency: 1 };
const startedAtMs = Date.parse("2026-11-24T10:00:00Z");
const clock = { now: () => Date.now(), elapsed: () => Date.now() - startedAtMs };

function createStage(options: { instances?: number; waitingMax?: number; random?: () => number } = {}) {
	const queue = createQueue({ clock, instances: 1, random: () => 0, ...options });
	/** Whose turn came, in order, and what became of the others. */
	const came: string[] = [];
	const slots = new Map<string, Slot>();
	const enter = (name: string, change: Partial<QueueRequest> = {}) => {
		const request: QueueRequest = {
			deployment: "local",
			limits: oneAtATime,
			userId: name,
			tokens: 10,
			priority: "people" as const,
			expiresAtMs: clock.elapsed() + 45_000,
			signal: new AbortController().signal,

			...change,
		};
		return queue.enter(request).then(
			(slot) => {
				came.push(name);
				slots.set(name, slot);
				return null;
			},
			(error: unknown) => error,
		);
	};
	const settle = () => vi.advanceTimersByTimeAsync(0);
	const release = async (name: string, outcome?: Parameters<Slot["release"]>[0]) => {
		await settle();
		slots.get(name)?.release(outcome);
		await settle();
	};
	return { queue, came, slots, enter, release, settle };
}

beforeEach(() => void vi.useFakeTimers({ now: startedAtMs }));
afterEach(() => void vi.useRealTimers());

describe("the queue", () => {
	it("sends calls one after the other as slots are released, people first", async () => {
		const { came, enter, release, settle } = createStage();
		enter("first");
		enter("background", { priority: "background" });
		enter("api", { priority: "api" });
		enter("person");
		enter("someone else");
		await settle();
		for (const name of ["first", "person", "someone else", "api", "background"]) await release(name);
		expect(came).toEqual(["first", "person", "someone else", "api", "background"]);
	});

	it("frees a slot once, however often it is released", async () => {
		const { came, enter, release } = createStage();
		for (const name of ["one", "two", "three"]) enter(name);
		await release("one");
		await release("one");
		await release("one");
		expect(came).toEqual(["one", "two"]);
		enter("four");
		await release("two");
		expect(came).toEqual(["one", "two", "three"]);
		await release("three");
		expect(came).toEqual(["one", "two", "three", "four"]);
	});

	it("rejects a call at its deadline and never sends it", async () => {
		const { came, enter, release } = createStage();
		enter("holds");
		const late = enter("late", { expiresAtMs: 3_000 });
		const other = enter("other");
		expect(await enter("too late", { expiresAtMs: 0 })).toMatchObject({ code: "expired_in_queue" });
		await vi.advanceTimersByTimeAsync(3_000);
		expect(await late).toMatchObject({ code: "expired_in_queue" });
		await release("holds");
		await other;
		expect(came).toEqual(["holds", "other"]);
	});

	it("rejects a call whose signal aborts, with the signal's own reason", async () => {
		const { came, enter, release } = createStage();
		const stop = new AbortController();
		enter("holds");
		const gone = enter("gone", { signal: stop.signal });
		enter("next");
		stop.abort("stopped");
		expect(await gone).toBe("stopped");
		expect(await enter("never", { signal: AbortSignal.abort("early") })).toBe("early");
		await release("holds");
		expect(came).toEqual(["holds", "next"]);
		enter("last");
		await release("next");
		expect(came).toEqual(["holds", "next", "last"]);
	});

	it("evicts the newest call of the lowest class when too many wait, and says when to retry", async () => {
		const { enter, release } = createStage({ waitingMax: 2 });
		await Promise.race([enter("holds"), Promise.resolve()]);
		const background = enter("background", { priority: "background" });
		const api = enter("api", { priority: "api" });
		enter("person");
		expect(await background).toMatchObject({ code: "overloaded", details: { retryAfterMs: 5_000 } });
		enter("another");
		expect(await api).toMatchObject({ code: "overloaded" });
		expect(await enter("one more")).toMatchObject({ code: "overloaded" });
		await release("holds");
	});

	it("waits for the reset of a provider that has nothing left, and refuses calls that expire before it", async () => {
		const { came, slots, enter } = createStage();
		await enter("first", { limits: none });
		const waits = enter("in line", { limits: none, expiresAtMs: 30_000 });
		await waits;
		slots
			.get("first")
			?.noteHeaders({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s" });
		enter("patient", { limits: none, expiresAtMs: 30_000 });
		expect(await enter("hurried", { limits: none, expiresAtMs: 15_000 })).toMatchObject({
			code: "overloaded",
			details: { retryAfterMs: 20_000 },
		});
		await vi.advanceTimersByTimeAsync(19_900);
		expect(came).toEqual(["first", "in line"]);
		await vi.advanceTimersByTimeAsync(200);
		expect(came).toEqual(["first", "in line", "patient"]);
	});

	it("spreads the calls that wait for a provider's pause over a tenth of it", async () => {
		const { came, slots, enter } = createStage({ random: () => 0.999 });
		await enter("first", { limits: none });
		slots.get("first")?.noteHeaders({ "retry-after": "8" });
		enter("waits", { limits: none });
		await vi.advanceTimersByTimeAsync(8_700);
		expect(came).toEqual(["first"]);
		await vi.advanceTimersByTimeAsync(200);
		expect(came).toEqual(["first", "waits"]);
	});

	it("counts what calls really took", async () => {
		const { came, enter, release } = createStage();
		const limits = { ...none, tokensPerMinute: 1_000 };
		await enter("guess", { limits, tokens: 900 });
		enter("next", { limits, tokens: 700 });
		await release("guess", { tokens: 150 });
		expect(came).toEqual(["guess", "next"]);
	});

	it("rejects all waiting calls when it closes", async () => {
		const { enter, queue } = createStage();
		enter("holds");
		const waits = enter("waits");
		queue.close();
		expect(await waits).toMatchObject({ code: "draining" });
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("calls in the queue", () => {
	it("report their place at once and when it changes, at most once a second", async () => {
		const { enter, release, settle } = createStage();
		const moves: (QueueMove & { atMs: number })[] = [];
		const onMove = (move: QueueMove) => void moves.push({ ...move, atMs: clock.elapsed() });
		for (const name of ["a", "b", "c", "d"]) enter(name);
		enter("told", { onMove });
		expect(moves).toEqual([{ position: 4, etaMs: null, atMs: 0 }]);
		await settle();
		await vi.advanceTimersByTimeAsync(2_000);
		await release("a");
		expect(moves.at(-1)).toEqual({ position: 3, etaMs: 6_000, atMs: 2_000 });
		await vi.advanceTimersByTimeAsync(300);
		await release("b");
		await release("c");
		expect(moves).toHaveLength(2);
		await vi.advanceTimersByTimeAsync(700);
		expect(moves.at(-1)).toMatchObject({ position: 1, atMs: 3_000 });
		await release("d");
		await vi.advanceTimersByTimeAsync(5_000);
		expect(moves).toHaveLength(3);
	});

	it("leave the queue when their listener fails, and delay no other", async () => {
		const { came, enter, release } = createStage();
		enter("holds");
		const broken = enter("broken", {
			onMove: () => {
				throw new Error("nobody there");
			},
		});
		enter("next");
		expect(await broken).toMatchObject({ message: "nobody there" });
		await release("holds");
		expect(came).toEqual(["holds", "next"]);
	});
});

describe("an unused queue", () => {
	it("leaves no timer, no listener and no deployment behind", async () => {
		const { enter, release } = createStage();
		const { signal } = new AbortController();
		const listening = vi.spyOn(signal, "addEventListener");
		const silent = vi.spyOn(signal, "removeEventListener");
		for (let n = 0; n < 50; n += 1) enter(`${n}`, { signal, deployment: `model-${n % 5}` });
		for (let n = 0; n < 50; n += 1) await release(`${n}`);
		expect(listening).toHaveBeenCalledTimes(45);
		expect(silent.mock.calls.length).toBeGreaterThanOrEqual(45);
		expect(vi.getTimerCount()).toBe(1);
		await vi.advanceTimersByTimeAsync(180_000);
		// The timer that drops unused deployments goes on as long as there is one.
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("a queue without limits", () => {
	it("costs less than 0.05 ms a call", async () => {
		vi.useRealTimers();
		const queue = createQueue({ clock: { now: Date.now, elapsed: () => performance.now() }, instances: 1 });
		const { signal } = new AbortController();
		const request = {
			deployment: "local",
			limits: none,
			userId: "A",
			tokens: 10,
			priority: "people" as const,
			expiresAtMs: Number.POSITIVE_INFINITY,
			signal,
		};
		const calls = 20_000;
		let bestMs = Number.POSITIVE_INFINITY;
		// The best of a few rounds: what it costs, not what else the machine was doing.
		for (let round = 0; round < 5; round += 1) {
			const beganAtMs = performance.now();
			for (let n = 0; n < calls; n += 1) (await queue.enter(request)).release();
			bestMs = Math.min(bestMs, (performance.now() - beganAtMs) / calls);
		}
		queue.close();
		expect(bestMs).toBeLessThan(0.05);
	});
});

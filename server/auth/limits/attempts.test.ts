import { describe, expect, it } from "vitest";
import type { RateStore } from "../../rates/index.ts";
import { type Attempts, createAttempts, createSharedAttempts } from "./attempts.ts";

function setUp() {
	let nowMs = 0;
	const pass = (ms: number) => {
		nowMs += ms;
	};
	const clock = { now: () => 0, elapsed: () => nowMs };
	return { attempts: createAttempts({ max: 2, windowMs: 1_000, clock }), pass };
}

describe("attempts", () => {
	it("are free up to the limit, then wait for the rest of the window", async () => {
		const { attempts, pass } = setUp();
		expect([await attempts.take("a"), await attempts.take("a")]).toEqual([0, 0]);
		pass(400);
		expect(await attempts.take("a")).toBe(600);
		pass(600);
		expect(await attempts.take("a")).toBe(0);
	});

	it("are counted from the beginning in the next window, with a wait for what is left of it", async () => {
		const { attempts, pass } = setUp();
		for (const wanted of [0, 0, 1_000]) expect(await attempts.take("a")).toBe(wanted);
		pass(1_500);
		expect([await attempts.take("a"), await attempts.take("a")]).toEqual([0, 0]);
		pass(300);
		expect(await attempts.take("a")).toBe(700);
	});

	it("are counted for each key alone", async () => {
		const { attempts } = setUp();
		await attempts.take("a");
		await attempts.take("a");
		expect(await attempts.take("b")).toBe(0);
	});

	it("that turn out well can be given back, or wipe the slate", async () => {
		const { attempts } = setUp();
		await attempts.take("a");
		await attempts.take("a");
		await attempts.giveBack("a");
		expect(await attempts.take("a")).toBe(0);
		expect(await attempts.take("a")).toBeGreaterThan(0);
		await attempts.clear("a");
		expect(await attempts.take("a")).toBe(0);
	});
});

describe("attempts that several processes share", () => {
	function setUpTwo() {
		const state = { isAway: false };
		const counts = new Map<string, number>();
		const store: RateStore = {
			async take(key, { max, windowMs }) {
				const count = counts.get(key) ?? 0;
				if (state.isAway) return { outcome: "unknown" };
				if (count >= max) return { outcome: "deny", retryAfterMs: windowMs };
				counts.set(key, count + 1);
				return { outcome: "allow", remaining: max - count - 1, resetMs: windowMs };
			},
			giveBack: async (key) => void counts.set(key, (counts.get(key) ?? 1) - 1),
			clear: async (key) => void counts.delete(key),
			close: async () => {},
		};
		const clock = { now: () => 0, elapsed: () => 0 };
		const limit = { max: 10, windowMs: 1_000 };
		const create = () =>
			createSharedAttempts({ store, name: "sign-in", limit }, createAttempts({ ...limit, max: 2, clock }));
		return { state, counts, one: create(), other: create() };
	}
	const takeAll = async (attempts: Attempts, times: number) => {
		let taken = 0;
		for (let index = 0; index < times; index++) if ((await attempts.take("a@example.org")) === 0) taken += 1;
		return taken;
	};

	it("have one limit, and leave no address behind in the store", async () => {
		const { one, other, counts } = setUpTwo();
		expect([await takeAll(one, 7), await takeAll(other, 7)]).toEqual([7, 3]);
		expect(JSON.stringify([...counts.keys()])).not.toContain("example");
		await other.giveBack("a@example.org");
		expect(await takeAll(one, 5)).toBe(1);
		await other.clear("a@example.org");
		expect(await takeAll(one, 20)).toBe(10);
	});

	it("get fewer when the store is away, and none after what this process has seen already", async () => {
		const { one, other, state } = setUpTwo();
		await takeAll(one, 3);
		state.isAway = true;
		expect([await takeAll(one, 20), await takeAll(other, 20)]).toEqual([0, 2]);
		state.isAway = false;
		expect(await takeAll(one, 20)).toBe(7);
	});
});

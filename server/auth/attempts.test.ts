import { describe, expect, it } from "vitest";
import { createAttempts } from "./attempts.ts";

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

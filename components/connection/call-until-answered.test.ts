import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callUntilAnswered } from "./call-until-answered";

const browser = { onLine: true };

beforeEach(() => {
	vi.useFakeTimers();
	browser.onLine = true;
	vi.stubGlobal("window", new EventTarget());
	vi.stubGlobal("navigator", browser);
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

/** A server that does not answer the first `lost` calls. */
function start(lost: number, ending = new AbortController()) {
	const seen = { calls: 0, retries: 0 };
	const outcome = callUntilAnswered(
		async () => {
			seen.calls += 1;
			if (seen.calls <= lost) throw new TypeError("Failed to fetch");
			return "answer";
		},
		{ signal: ending.signal, onRetry: () => (seen.retries += 1) },
	);
	return { seen, outcome, ending };
}

describe("a call that is made until it is answered", () => {
	it("is made again after each lost reply, with waits of five seconds at most", async () => {
		const { seen, outcome } = start(6);
		await vi.advanceTimersByTimeAsync(6 * 5_000);
		expect(await outcome).toEqual({ answer: "answer" });
		expect(seen).toEqual({ calls: 7, retries: 6 });
	});

	it("is given up after two minutes without a reply", async () => {
		const { seen, outcome } = start(Number.POSITIVE_INFINITY);
		await vi.advanceTimersByTimeAsync(119_000);
		const callsBefore = seen.calls;
		await vi.advanceTimersByTimeAsync(10_000);
		expect(await outcome).toMatchObject({ failure: { code: "unreachable" } });
		expect(callsBefore).toBeGreaterThan(20);
	});

	it("waits for hours without a network, and goes out as soon as there is one", async () => {
		browser.onLine = false;
		const { seen, outcome } = start(1);
		await vi.advanceTimersByTimeAsync(10 * 3_600_000);
		expect(seen.calls).toBe(1);
		browser.onLine = true;
		window.dispatchEvent(new Event("online"));
		await vi.advanceTimersByTimeAsync(0);
		expect(await outcome).toEqual({ answer: "answer" });
	});

	it("ends at once when the person gives up", async () => {
		const { outcome, ending } = start(Number.POSITIVE_INFINITY);
		await vi.advanceTimersByTimeAsync(1_000);
		ending.abort();
		await vi.advanceTimersByTimeAsync(0);
		expect(await outcome).toMatchObject({ failure: { code: "unreachable" } });
	});
});

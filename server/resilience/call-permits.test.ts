import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../kernel/clock.ts";
import { sleep } from "../kernel/sleep.ts";
import { breakerRules } from "./breakers/store.ts";
import { type CallPermit, createCallPermits } from "./call-permits.ts";
import { type Breakers, createQueue, toFailure } from "./index.ts";

const grant = { key: "p/model", epoch: 1, probeId: "probe" };
const admission = { isAdmitted: true, provider: grant, model: grant };
const unlimited = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };
const breakers = {
	findRefusal: () => null,
	admit: async () => admission,
	noteContent: vi.fn(),
	report: vi.fn(),
};

async function acquire(): Promise<CallPermit> {
	const queue = createQueue({ clock: systemClock, instances: 1 });
	const permits = createCallPermits({ breakers: breakers as unknown as Breakers, queue });
	const permit = await permits.acquire({
		model: { providerId: "p", providerModelId: "model", limits: { deployment: "p/model", ...unlimited } },
		userId: "u",
		priority: "people",
		tokens: 1,
		expiresAtMs: systemClock.elapsed() + 1_000,
		signal: new AbortController().signal,
	});
	if ("class" in permit) throw new Error(`Refused: ${permit.class}.`);
	return permit;
}

describe("a permit", () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => {
		vi.useRealTimers();
		vi.clearAllMocks();
	});

	it("passes content on often enough to keep a probe's place, not with every part, and not after its end", async () => {
		const permit = await acquire();
		expect(breakers.noteContent).not.toHaveBeenCalled();
		let longestMs = 0;
		let toldAt = Date.now();
		breakers.noteContent.mockImplementation(() => {
			longestMs = Math.max(longestMs, Date.now() - toldAt);
			toldAt = Date.now();
		});
		for (let second = 0; second < 180; second++) {
			permit.noteContent();
			await vi.advanceTimersByTimeAsync(1_000);
		}
		expect(longestMs).toBeLessThan(breakerRules.leaseMs / 2);
		expect(breakers.noteContent.mock.calls.length).toBeLessThan(12);
		permit.release({ failure: null, tokens: 1 });
		breakers.noteContent.mockClear();
		await vi.advanceTimersByTimeAsync(180_000);
		expect(breakers.noteContent).not.toHaveBeenCalled();
	});

	it("passes nothing on while its answer pauses, so that the lease of a silent probe expires", async () => {
		const permit = await acquire();
		permit.noteContent();
		await vi.advanceTimersByTimeAsync(breakerRules.leaseMs * 2);
		expect(breakers.noteContent).toHaveBeenCalledTimes(1);
		permit.release({ failure: toFailure("midstream"), tokens: 1 });
		expect(breakers.report).toHaveBeenCalledExactlyOnceWith(expect.anything(), "failure", {
			failureClass: "midstream",
			retryAfterMs: null,
		});
	});

	it("of a stopped call reports a success only if there was content", async () => {
		const silent = await acquire();
		silent.release({ failure: toFailure("stopped"), tokens: 0 });
		const answering = await acquire();
		answering.noteContent();
		answering.release({ failure: toFailure("stopped"), tokens: 0 });
		expect(breakers.report.mock.calls.map(([, outcome]) => outcome)).toEqual(["ignore", "success"]);
	});
});

describe("the place in the queue", () => {
	const refusal = { isAdmitted: false, reason: "open", retryAfterMs: 5_000 } as const;
	const limits = { deployment: "p/model", requestsPerMinute: null, tokensPerMinute: null, concurrency: 1 };

	function createStage(admit: () => unknown) {
		const queue = createQueue({ clock: systemClock, instances: 1 });
		const reports: unknown[] = [];
		const own = {
			...breakers,
			admit: async () => admit(),
			report: (...report: unknown[]) => void reports.push(report),
		};
		const permits = createCallPermits({ breakers: own as unknown as Breakers, queue });
		const acquireOne = (signal = new AbortController().signal) =>
			permits.acquire({
				model: { providerId: "p", providerModelId: "model", limits },
				userId: "u",
				priority: "people",
				tokens: 1,
				expiresAtMs: systemClock.elapsed() + 10_000,
				signal,
			});
		/** Whether the only place is free: one more call takes it, and gives it back. */
		const isFree = async () => {
			const stop = new AbortController();
			const call = acquireOne(stop.signal).catch(() => null);
			const acquired = await Promise.race([call, sleep(20).then(() => null)]);
			stop.abort();
			if (acquired && "release" in acquired) acquired.release({ failure: toFailure("stopped"), tokens: 0 });
			return acquired !== null;
		};
		return { acquireOne, reports, isFree };
	}
	const toPermit = (acquired: Awaited<ReturnType<typeof acquire>> | object): CallPermit => {
		if ("release" in acquired) return acquired as CallPermit;
		throw new Error("Refused.");
	};

	it("is free again when the breaker refuses the call", async () => {
		const { acquireOne } = createStage(() => refusal);
		for (let each = 0; each < 3; each++)
			expect(await acquireOne()).toMatchObject({ class: "breaker_open", retryAfterMs: 5_000 });
	});

	it.each([null, toFailure("server"), toFailure("stopped"), toFailure("throttled")])(
		"is free again after the release, once: %j",
		async (failure) => {
			const { acquireOne, isFree, reports } = createStage(() => admission);
			const permit = toPermit(await acquireOne());
			expect(await isFree()).toBe(false);
			permit.release({ failure, tokens: 1 });
			const next = toPermit(await acquireOne());
			permit.release({ failure: null, tokens: 0 });
			expect(await isFree()).toBe(false);
			next.release({ failure: null, tokens: 1 });
			expect(await isFree()).toBe(true);
			expect(reports.length).toBeGreaterThanOrEqual(2);
		},
	);

	it("is not kept by a call that is stopped while it waits", async () => {
		const { acquireOne, isFree } = createStage(() => admission);
		const first = toPermit(await acquireOne());
		const stop = new AbortController();
		const waiting = expect(acquireOne(stop.signal)).rejects.toBe("stop");
		stop.abort("stop");
		await waiting;
		first.release({ failure: null, tokens: 1 });
		expect(await isFree()).toBe(true);
	});
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../kernel/clock.ts";
import { breakerRules } from "./breakers/store.ts";
import { type Breakers, type CallPermit, createCallPermits, createQueue, toFailure } from "./index.ts";

const gate = { key: "p/model", epoch: 1, probeId: "probe" };
const unlimited = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };
const breakers = {
	findRefusal: () => null,
	admit: async () => ({ isAdmitted: true, provider: gate, model: gate }),
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

	it("tells of its answer often enough to keep a probe's place, not with every part, and no more after its end", async () => {
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

	it("says nothing while its answer pauses, so that the place of a silent probe gets free", async () => {
		const permit = await acquire();
		permit.noteContent();
		await vi.advanceTimersByTimeAsync(breakerRules.leaseMs * 2);
		expect(breakers.noteContent).toHaveBeenCalledTimes(1);
		permit.release({ failure: toFailure("midstream"), tokens: 1 });
		expect(breakers.report).toHaveBeenCalledExactlyOnceWith(expect.anything(), "failure", {
			retryAfterMs: null,
		});
	});

	it("of a call that was stopped is a success only once it had answered", async () => {
		const silent = await acquire();
		silent.release({ failure: toFailure("stopped"), tokens: 0 });
		const answering = await acquire();
		answering.noteContent();
		answering.release({ failure: toFailure("stopped"), tokens: 0 });
		expect(breakers.report.mock.calls.map(([, outcome]) => outcome)).toEqual(["ignore", "success"]);
	});
});

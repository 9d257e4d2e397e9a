import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../kernel/clock.ts";
import { breakerRules } from "./breakers/store.ts";
import { type Breakers, createPassages, createQueue, type Passage, toFailure } from "./index.ts";

const gate = { key: "p/model", epoch: 1, probeId: "probe" };
const unlimited = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null };
const breakers = {
	findRefusal: () => null,
	admit: async () => ({ isAdmitted: true, provider: gate, model: gate }),
	see: vi.fn(),
	report: vi.fn(),
};

async function enter(): Promise<Passage> {
	const queue = createQueue({ clock: systemClock, instances: 1 });
	const passages = createPassages({ breakers: breakers as unknown as Breakers, queue });
	const passage = await passages.enter({
		model: { providerId: "p", providerModelId: "model", limits: { deployment: "p/model", ...unlimited } },
		...{ userId: "u", priority: "people", tokens: 1, expiresAtMs: systemClock.elapsed() + 1_000 },
		signal: new AbortController().signal,
	});
	if ("class" in passage) throw new Error(`Refused: ${passage.class}.`);
	return passage;
}

describe("a passage", () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => {
		vi.useRealTimers();
		vi.clearAllMocks();
	});

	it("tells of its answer often enough to keep a probe's place, not with every part, and no more after its end", async () => {
		const passage = await enter();
		expect(breakers.see).not.toHaveBeenCalled();
		let longestMs = 0;
		let toldAt = Date.now();
		breakers.see.mockImplementation(() => {
			longestMs = Math.max(longestMs, Date.now() - toldAt);
			toldAt = Date.now();
		});
		for (let second = 0; second < 180; second++) {
			passage.see();
			await vi.advanceTimersByTimeAsync(1_000);
		}
		expect(longestMs).toBeLessThan(breakerRules.leaseMs / 2);
		expect(breakers.see.mock.calls.length).toBeLessThan(12);
		passage.leave({ failure: null, tokens: 1 });
		breakers.see.mockClear();
		await vi.advanceTimersByTimeAsync(180_000);
		expect(breakers.see).not.toHaveBeenCalled();
	});

	it("says nothing while its answer pauses, so that the place of a silent probe gets free", async () => {
		const passage = await enter();
		passage.see();
		await vi.advanceTimersByTimeAsync(breakerRules.leaseMs * 2);
		expect(breakers.see).toHaveBeenCalledTimes(1);
		passage.leave({ failure: toFailure("midstream"), tokens: 1 });
		expect(breakers.report).toHaveBeenCalledExactlyOnceWith(expect.anything(), "failure", {
			retryAfterMs: null,
		});
	});

	it("of a call that was stopped is a success only once it had answered", async () => {
		const silent = await enter();
		silent.leave({ failure: toFailure("stopped"), tokens: 0 });
		const answering = await enter();
		answering.see();
		answering.leave({ failure: toFailure("stopped"), tokens: 0 });
		expect(breakers.report.mock.calls.map(([, outcome]) => outcome)).toEqual(["ignore", "success"]);
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { priorities } from "../../contract/kinds.ts";
import { AdmissionControl, type Decision, type WaitingCall } from "./admission.ts";
import { type Limits, noLimits } from "./rate-window.ts";

const instances = 2;
const waitingMax = 6;
let seq = 0;
const toWaiter = (change: Partial<WaitingCall> = {}): WaitingCall => ({
	seq: ++seq,
	userId: "A",
	priority: "people",
	tokens: 100,
	expiresAtMs: 1e9,
	...change,
});
const toVerdicts = (decisions: readonly Decision<WaitingCall>[]) => decisions.map(({ verdict }) => verdict);

describe("admission control", () => {
	it("admits every call at once without limits", () => {
		const admission = new AdmissionControl({ instances, waitingMax });
		for (let n = 0; n < 1_000; n += 1)
			expect(toVerdicts(admission.enter(toWaiter(), noLimits, 0))).toEqual(["admitted"]);
	});

	it("admits to 90 % of the requests per minute, divided by the instances, then the rest as they fall out", () => {
		const admission = new AdmissionControl({ instances, waitingMax: 100 });
		const limits = { ...noLimits, requestsPerMinute: 10 };
		const verdicts = Array.from({ length: 6 }, () => toVerdicts(admission.enter(toWaiter(), limits, 0)));
		expect(verdicts).toEqual([["admitted"], ["admitted"], ["admitted"], ["admitted"], [], []]);
		expect(admission.forecast(10_000).map(({ position, etaMs }) => [position, etaMs])).toEqual([
			[1, 50_000],
			[2, 50_000],
		]);
		expect(admission.advance(admission.nextAtMs(10_000) ?? 0)).toHaveLength(2);
	});

	it("forecasts from the mean duration of a call when a place gets free, and nothing before the first end", () => {
		const admission = new AdmissionControl({ instances, waitingMax });
		const limits = { ...noLimits, concurrency: 5 };
		const [first] = [admission.enter(toWaiter(), limits, 0), admission.enter(toWaiter(), limits, 0)].flat();
		for (let n = 0; n < 3; n += 1) admission.enter(toWaiter(), limits, 0);
		expect(admission.forecast(0).map(({ etaMs }) => etaMs)).toEqual([null, null, null]);
		if (first) admission.release(first.item, { entryId: first.entryId, heldMs: 8_000, tokens: undefined });
		expect(admission.advance(8_000)).toHaveLength(1);
		expect(admission.forecast(8_000).map(({ etaMs }) => etaMs)).toEqual([4_000, 8_000]);
	});

	it("takes a limit from headers only when it is tighter", () => {
		const admission = new AdmissionControl({ instances: 1, waitingMax });
		const limits = { ...noLimits, requestsPerMinute: 100 };
		admission.noteLimits({ requestsPerMinute: 1_000, tokensPerMinute: 500, waitMs: null }, 0);
		expect(toVerdicts(admission.enter(toWaiter({ tokens: 400 }), limits, 0))).toEqual(["admitted"]);
		expect(toVerdicts(admission.enter(toWaiter({ tokens: 100 }), limits, 0))).toEqual([]);
		// Limits from headers are dropped after ten minutes.
		admission.dropOld(600_000);
		expect(toVerdicts(admission.enter(toWaiter({ tokens: 9_000 }), limits, 600_000))).toEqual([
			"admitted",
			"admitted",
		]);
	});

	it("sends nothing before the provider's reset, and refuses at once the calls that expire before it", () => {
		const admission = new AdmissionControl({ instances, waitingMax });
		admission.enter(toWaiter(), noLimits, 0);
		admission.noteLimits({ requestsPerMinute: null, tokensPerMinute: null, waitMs: 20_000 }, 0);
		expect(toVerdicts(admission.enter(toWaiter({ expiresAtMs: 20_000 }), noLimits, 1))).toEqual(["paused"]);
		expect(admission.enter(toWaiter({ expiresAtMs: 20_001 }), noLimits, 1)).toEqual([]);
		expect(admission.nextAtMs(1)).toBe(20_000);
		expect(toVerdicts(admission.advance(19_999))).toEqual([]);
		expect(toVerdicts(admission.advance(20_000))).toEqual(["admitted"]);
		admission.noteLimits({ requestsPerMinute: null, tokensPerMinute: null, waitMs: 1e12 }, 20_000);
		expect(admission.toPausedMs(20_000)).toBe(60_000);
	});

	const step = fc.record({
		afterMs: fc.oneof(fc.nat(300), fc.nat(20_000)),
		act: fc.constantFrom("enter", "enter", "enter", "release", "leave", "pause"),
		userId: fc.constantFrom("A", "B", "C"),
		priority: fc.constantFrom(...priorities),
		tokens: fc.integer({ min: 1, max: 300 }),
		forMs: fc.integer({ min: 1, max: 45_000 }),
	});
	const limit = (max: number) => fc.option(fc.integer({ min: 1, max }));
	const anyLimits: fc.Arbitrary<Limits> = fc.record({
		requestsPerMinute: limit(30),
		tokensPerMinute: limit(3_000),
		concurrency: limit(12),
	});

	it("keeps every limit, sends nothing expired, bounds the queue and decides about every call exactly once", () => {
		fc.assert(
			fc.property(anyLimits, fc.array(step, { maxLength: 120 }), (limits, steps) => {
				const admission = new AdmissionControl<WaitingCall>({ instances, waitingMax });
				const sent: { item: WaitingCall; atMs: number; entryId: number }[] = [];
				const running: typeof sent = [];
				const open = new Set<WaitingCall>();
				let pausedUntilMs = 0;
				let nowMs = 0;
				const take = (decisions: Decision<WaitingCall>[]) => {
					for (const { item, verdict, entryId } of decisions) {
						expect(open.delete(item)).toBe(true);
						if (verdict !== "admitted") continue;
						expect(item.expiresAtMs).toBeGreaterThan(nowMs);
						expect(nowMs).toBeGreaterThanOrEqual(pausedUntilMs);
						sent.push({ item, atMs: nowMs, entryId });
						running.push({ item, atMs: nowMs, entryId });
					}
					expect(running.length).toBeLessThanOrEqual(
						Math.max(1, Math.floor(((limits.concurrency ?? 1e9) * 0.9) / 2)),
					);
					expect(admission.waiting).toBeLessThanOrEqual(waitingMax);
					expect(admission.waiting).toBe(open.size);
				};
				for (const { afterMs, act, forMs, ...who } of steps) {
					const untilMs = nowMs + afterMs;
					for (
						let nextMs = admission.nextAtMs(nowMs);
						nextMs !== null && nextMs <= untilMs;
						nextMs = admission.nextAtMs(nowMs)
					) {
						nowMs = Math.max(nextMs, nowMs);
						take(admission.advance(nowMs));
					}
					nowMs = untilMs;
					if (act === "enter") {
						const item = toWaiter({ ...who, expiresAtMs: nowMs + forMs });
						open.add(item);
						take(admission.enter(item, limits, nowMs));
					} else if (act === "release") {
						const call = running.shift();
						if (call)
							admission.release(call.item, {
								entryId: call.entryId,
								heldMs: nowMs - call.atMs,
								tokens: undefined,
							});
						take(admission.advance(nowMs));
					} else if (act === "leave") {
						const [item] = open;
						if (item) expect(admission.remove(item) && open.delete(item)).toBe(true);
						take(admission.advance(nowMs));
					} else {
						admission.noteLimits(
							{ requestsPerMinute: null, tokensPerMinute: null, waitMs: forMs / 3 },
							nowMs,
						);
						pausedUntilMs = Math.max(pausedUntilMs, nowMs + forMs / 3);
						take(admission.advance(nowMs));
					}
				}
				for (const { atMs } of sent) {
					const minute = sent.filter((other) => other.atMs >= atMs && other.atMs < atMs + 60_000);
					const tokens = minute.reduce((sum, { item }) => sum + item.tokens, 0);
					const share = ((limits.tokensPerMinute ?? 1e9) * 0.9) / instances;
					expect(minute.length).toBeLessThanOrEqual(
						Math.max(1, ((limits.requestsPerMinute ?? 1e9) * 0.9) / instances),
					);
					expect(minute.length === 1 || tokens <= share).toBe(true);
				}
			}),
		);
	});
});

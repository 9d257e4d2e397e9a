import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decision, Lane, type LaneWaiter } from "./lane.ts";
import { priorities } from "./line.ts";
import { type Limits, noLimits } from "./window.ts";

const instances = 2;
const waitingMax = 6;
let seq = 0;
const toWaiter = (change: Partial<LaneWaiter> = {}): LaneWaiter => ({
	...{ seq: ++seq, userId: "A", priority: "people", tokens: 100, expiresAtMs: 1e9 },
	...change,
});
const toVerdicts = (decisions: readonly Decision<LaneWaiter>[]) => decisions.map(({ verdict }) => verdict);

describe("a lane", () => {
	it("without limits admits everybody at once", () => {
		const lane = new Lane({ instances, waitingMax });
		for (let n = 0; n < 1_000; n += 1)
			expect(toVerdicts(lane.enter(toWaiter(), noLimits, 0))).toEqual(["admitted"]);
	});

	it("admits to 90 % of the requests per minute, divided by the instances, then the rest as they fall out", () => {
		const lane = new Lane({ instances, waitingMax: 100 });
		const limits = { ...noLimits, requestsPerMinute: 10 };
		const verdicts = Array.from({ length: 6 }, () => toVerdicts(lane.enter(toWaiter(), limits, 0)));
		expect(verdicts).toEqual([["admitted"], ["admitted"], ["admitted"], ["admitted"], [], []]);
		expect(lane.toProspects(10_000).map(({ position, etaMs }) => [position, etaMs])).toEqual([
			[1, 50_000],
			[2, 50_000],
		]);
		expect(lane.advance(lane.nextAtMs(10_000) ?? 0)).toHaveLength(2);
	});

	it("tells from the mean time of a call when the line for a limit on calls moves, and nothing before", () => {
		const lane = new Lane({ instances, waitingMax });
		const limits = { ...noLimits, concurrency: 5 };
		const [first] = [lane.enter(toWaiter(), limits, 0), lane.enter(toWaiter(), limits, 0)].flat();
		for (let n = 0; n < 3; n += 1) lane.enter(toWaiter(), limits, 0);
		expect(lane.toProspects(0).map(({ etaMs }) => etaMs)).toEqual([null, null, null]);
		if (first) lane.release(first.item, { mark: first.mark, heldMs: 8_000, tokens: undefined });
		expect(lane.advance(8_000)).toHaveLength(1);
		expect(lane.toProspects(8_000).map(({ etaMs }) => etaMs)).toEqual([4_000, 8_000]);
	});

	it("is tightened by what the provider says, and by nothing looser", () => {
		const lane = new Lane({ instances: 1, waitingMax });
		const limits = { ...noLimits, requestsPerMinute: 100 };
		lane.learn({ requestsPerMinute: 1_000, tokensPerMinute: 500, waitMs: null }, 0);
		expect(toVerdicts(lane.enter(toWaiter({ tokens: 400 }), limits, 0))).toEqual(["admitted"]);
		expect(toVerdicts(lane.enter(toWaiter({ tokens: 100 }), limits, 0))).toEqual([]);
		// What was said ten minutes ago no longer holds.
		lane.forget(600_000);
		expect(toVerdicts(lane.enter(toWaiter({ tokens: 9_000 }), limits, 600_000))).toEqual([
			"admitted",
			"admitted",
		]);
	});

	it("sends nothing before the provider's reset, and sends away at once whom that leaves no time", () => {
		const lane = new Lane({ instances, waitingMax });
		lane.enter(toWaiter(), noLimits, 0);
		lane.learn({ requestsPerMinute: null, tokensPerMinute: null, waitMs: 20_000 }, 0);
		expect(toVerdicts(lane.enter(toWaiter({ expiresAtMs: 20_000 }), noLimits, 1))).toEqual(["hopeless"]);
		expect(lane.enter(toWaiter({ expiresAtMs: 20_001 }), noLimits, 1)).toEqual([]);
		expect(lane.nextAtMs(1)).toBe(20_000);
		expect(toVerdicts(lane.advance(19_999))).toEqual([]);
		expect(toVerdicts(lane.advance(20_000))).toEqual(["admitted"]);
		lane.learn({ requestsPerMinute: null, tokensPerMinute: null, waitMs: 1e12 }, 20_000);
		expect(lane.toPausedMs(20_000)).toBe(60_000);
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

	it("keeps every limit, sends nothing expired, bounds the line and decides about everybody exactly once", () => {
		fc.assert(
			fc.property(anyLimits, fc.array(step, { maxLength: 120 }), (limits, steps) => {
				const lane = new Lane<LaneWaiter>({ instances, waitingMax });
				const sent: { item: LaneWaiter; atMs: number; mark: number }[] = [];
				const running: typeof sent = [];
				const open = new Set<LaneWaiter>();
				let pausedUntilMs = 0;
				let nowMs = 0;
				const take = (decisions: Decision<LaneWaiter>[]) => {
					for (const { item, verdict, mark } of decisions) {
						expect(open.delete(item)).toBe(true);
						if (verdict !== "admitted") continue;
						expect(item.expiresAtMs).toBeGreaterThan(nowMs);
						expect(nowMs).toBeGreaterThanOrEqual(pausedUntilMs);
						sent.push({ item, atMs: nowMs, mark });
						running.push({ item, atMs: nowMs, mark });
					}
					expect(running.length).toBeLessThanOrEqual(
						Math.max(1, Math.floor(((limits.concurrency ?? 1e9) * 0.9) / 2)),
					);
					expect(lane.waiting).toBeLessThanOrEqual(waitingMax);
					expect(lane.waiting).toBe(open.size);
				};
				for (const { afterMs, act, forMs, ...who } of steps) {
					const untilMs = nowMs + afterMs;
					for (
						let nextMs = lane.nextAtMs(nowMs);
						nextMs !== null && nextMs <= untilMs;
						nextMs = lane.nextAtMs(nowMs)
					) {
						nowMs = Math.max(nextMs, nowMs);
						take(lane.advance(nowMs));
					}
					nowMs = untilMs;
					if (act === "enter") {
						const item = toWaiter({ ...who, expiresAtMs: nowMs + forMs });
						open.add(item);
						take(lane.enter(item, limits, nowMs));
					} else if (act === "release") {
						const call = running.shift();
						if (call)
							lane.release(call.item, { mark: call.mark, heldMs: nowMs - call.atMs, tokens: undefined });
						take(lane.advance(nowMs));
					} else if (act === "leave") {
						const [item] = open;
						if (item) expect(lane.leaveLine(item) && open.delete(item)).toBe(true);
						take(lane.advance(nowMs));
					} else {
						lane.learn({ requestsPerMinute: null, tokensPerMinute: null, waitMs: forMs / 3 }, nowMs);
						pausedUntilMs = Math.max(pausedUntilMs, nowMs + forMs / 3);
						take(lane.advance(nowMs));
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

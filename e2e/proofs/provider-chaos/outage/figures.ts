import { type Goal, quantile, toGoal } from "../../../../bench/goal.ts";
import { firstMsMax } from "../rows/row.ts";
import type { ConnectionAttempt } from "./dead-port.ts";

export interface AskedInOutage {
	readonly askedAtMs: number;
	/** Until content or words; null when there never were any. */
	readonly firstMs: number | null;
	/** How the turn ended, or why that is unknown. */
	readonly ending: string;
}

/** A change of the dead model's breaker, by the database's clock. */
export interface BreakerStep {
	readonly to: "closed" | "open" | "half_open";
	readonly atMs: number;
}

/** One attempt as the product recorded it; those of a turn follow one another. */
export interface CallInOutage {
	readonly turnId: string;
	readonly modelId: string;
	readonly atMs: number;
}

/** Everything that is known of an outage when it is over. */
export interface OutageRecord {
	readonly asked: readonly AskedInOutage[];
	/** Calls of the provider at the moment of its death. */
	readonly inFlight: number;
	readonly diedAtMs: number;
	readonly backAtMs: number;
	/** Messages that arrive in a second. */
	readonly perSecond: number;
	readonly connectionAttempts: readonly ConnectionAttempt[];
	readonly calls: readonly CallInOutage[];
	readonly steps: readonly BreakerStep[];
	readonly outputs: readonly string[];
}

/** Failures in a row that open a breaker, and calls at a time while it is half open. */
const threshold = 5;
const probesMax = 3;
/** How long after an opening another instance may not know of it yet. */
const newsMsMax = 1_000;
/** The longest that a breaker may stay open after openings of 15 and 30 s, and some for its probes. */
const recoveryMsMax = 75_000;
const fallbackMsMax = 1_500;

/** What an outage must not cost. */
export function toGoals(seen: OutageRecord): Goal[] {
	const { asked, inFlight, diedAtMs, backAtMs, perSecond, connectionAttempts, steps } = seen;
	const whileDead = asked.filter(({ askedAtMs }) => askedAtMs >= diedAtMs && askedAtMs < backAtMs);
	const firsts = whileDead.map(({ firstMs }) => firstMs ?? Number.POSITIVE_INFINITY);
	const halfOpenings = steps.filter(({ to, atMs }) => to === "half_open" && atMs < backAtMs).length;
	const probes = halfOpenings * probesMax;
	const bound = threshold + probes + inFlight + perSecond;
	const retries = countRetries(seen);
	const closedAtMs = steps.findLast(({ to }) => to === "closed")?.atMs;
	const unfinished = Object.entries(countBy(asked, ({ ending }) => ending)).filter(
		([name]) => name !== "complete",
	);
	const slowest = Math.max(...asked.map(({ firstMs }) => firstMs ?? Number.POSITIVE_INFINITY));
	/** A figure about requests to the dead provider has no value when none was made. */
	const ifAttempted = (value: number) => (connectionAttempts.length > 0 ? value : null);
	const ifAsked = (value: number) => (asked.length > 0 ? value : null);
	return [
		toGoal("requests to the dead provider", ifAttempted(connectionAttempts.length), {
			goal: bound,
			unit: "",
			detail: `threshold ${threshold} + probes ${probes} + in flight ${inFlight} + 1 s of arrivals ${perSecond}`,
		}),
		toGoal(
			"requests later than 1 s after an opening",
			ifAttempted(connectionAttempts.filter(isLate(steps)).length),
			{ goal: 0, unit: "", detail: `${steps.filter(({ to }) => to === "open").length} openings` },
		),
		toGoal("probes at a time over all instances", ifAttempted(countTogether(connectionAttempts, steps)), {
			goal: probesMax,
			unit: "",
			detail: `${halfOpenings} times half open`,
		}),
		toGoal("retries at the dead provider", retries.requests > 0 ? retries.count : null, {
			goal: retries.bound,
			unit: "",
			detail: `10 % of ${retries.requests} requests + 1 a second`,
		}),
		toGoal("first content while it is dead, p95", quantile(firsts, 0.95), {
			goal: fallbackMsMax,
			unit: " ms",
			detail: `${firsts.length} messages, median ${quantile(firsts, 0.5)} ms`,
		}),
		toGoal("first content or words, slowest of all", ifAsked(slowest), {
			goal: firstMsMax,
			unit: " ms",
			detail: `${asked.length} messages`,
		}),
		toGoal("answers that are not complete", ifAsked(unfinished.reduce((sum, [, count]) => sum + count, 0)), {
			goal: 0,
			unit: "",
			detail: unfinished.map(([name, count]) => `${count} ${name}`).join(", ") || "none",
		}),
		toGoal(
			"until the provider is called again",
			closedAtMs === undefined ? null : Math.max(0, closedAtMs - backAtMs),
			{ goal: recoveryMsMax, unit: " ms", detail: "from its return to the closed breaker" },
		),
	];
}

function countBy<Item>(items: readonly Item[], read: (item: Item) => string): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const item of items) counts[read(item)] = (counts[read(item)] ?? 0) + 1;
	return counts;
}

/** Whether a request came when no instance could believe any more that it may be made. */
function isLate(steps: readonly BreakerStep[]): (attempt: ConnectionAttempt) => boolean {
	return ({ fromMs }) => {
		const last = steps.findLast(({ atMs }) => atMs <= fromMs);
		return last?.to === "open" && fromMs - last.atMs > newsMsMax;
	};
}

/** The most connections that were open at a time, of those that began while the breaker was half open. */
function countTogether(
	connectionAttempts: readonly ConnectionAttempt[],
	steps: readonly BreakerStep[],
): number {
	const probes = connectionAttempts.filter(
		({ fromMs }) => steps.findLast(({ atMs }) => atMs <= fromMs)?.to === "half_open",
	);
	const together = ({ fromMs }: ConnectionAttempt) =>
		probes.filter((other) => other.fromMs <= fromMs && (other.toMs ?? Number.POSITIVE_INFINITY) > fromMs)
			.length;
	return Math.max(0, ...probes.map(together));
}

/** Calls of the dead model by a turn that had called it before, against their budget: 10 % of the requests and one a second. */
function countRetries({ calls, diedAtMs, backAtMs }: OutageRecord) {
	const own = calls.filter(({ modelId, atMs }) => modelId === "main" && atMs >= diedAtMs && atMs < backAtMs);
	const requests = new Set(own.map(({ turnId }) => turnId)).size;
	// The budget polls ten seconds back.
	const floor = Math.ceil((backAtMs - diedAtMs) / 1_000) + 10;
	return { count: own.length - requests, requests, bound: Math.floor(requests * 0.1) + floor };
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toFailure } from "./failures/classify.ts";
import { type FailureClass, failureClasses, rules } from "./failures/rules.ts";
import { type NextStep, nextStep, type Situation } from "./next-step.ts";

const failed = (
	name: FailureClass,
	more: Partial<Situation> & { retryAfterMs?: number } = {},
): Situation => ({
	failure: toFailure(name, more.retryAfterMs ?? null),
	attemptsMade: 1,
	attemptsMax: 3,
	retriesHere: 0,
	hasFallback: false,
	waitMsMax: 40_000,
	canRetry: true,
	random: () => 0.5,
	...more,
});
const retry = (afterMs: number): NextStep => ({ do: "retry", afterMs });
const fallback: NextStep = { do: "fallback" };
const end: NextStep = { do: "end" };

describe("nextStep", () => {
	const table: [FailureClass, alone: NextStep, withFallback: NextStep][] = [
		["connect", retry(250), retry(250)],
		["throttled", retry(250), retry(250)],
		["no_credit", end, fallback],
		["server", retry(250), retry(250)],
		["redirect", end, fallback],
		["first_token_timeout", retry(250), fallback],
		["error_before_content", retry(250), retry(250)],
		["midstream", end, fallback],
		["bad_request", end, end],
		["unsupported_content", end, fallback],
		["context_length", end, fallback],
		["not_found", end, fallback],
		["auth", end, fallback],
		["empty_answer", end, end],
		["filtered_request", end, end],
		["filtered_response", end, end],
		["filter_outage", retry(250), retry(250)],
		["breaker_open", end, fallback],
		["overloaded", retry(250), retry(250)],
		["expired_in_queue", end, end],
		["spending_paused", end, fallback],
		["stopped", end, end],
	];
	it("is decided for every class", () => {
		expect(table.map(([name]) => name).sort()).toEqual([...failureClasses].sort());
	});

	it.each(table)("after %s alone: %j; with a fallback: %j", (name, alone, withFallback) => {
		expect(nextStep(failed(name))).toEqual(alone);
		expect(nextStep(failed(name, { hasFallback: true }))).toEqual(
			name === "filter_outage" ? retry(250) : withFallback,
		);
	});

	it.each<[string, Situation, NextStep]>([
		["the third call is the last", failed("server", { attemptsMade: 3, hasFallback: true }), end],
		[
			"the third call goes to the fallback",
			failed("server", { attemptsMade: 2, hasFallback: true }),
			fallback,
		],
		[
			"without one it is a retry, after twice the wait",
			failed("server", { attemptsMade: 2, retriesHere: 1 }),
			retry(500),
		],
		[
			"a second failure here goes to the fallback",
			failed("connect", { retriesHere: 1, hasFallback: true }),
			fallback,
		],
		["a wait that fits is waited", failed("throttled", { retryAfterMs: 30_000 }), retry(30_250)],
		["a wait that does not fit is not", failed("throttled", { retryAfterMs: 36_000 }), end],
		[
			"nobody waits long for what another can answer",
			failed("throttled", { retryAfterMs: 6_000, hasFallback: true }),
			fallback,
		],
		["but a moment", failed("throttled", { retryAfterMs: 2_000, hasFallback: true }), retry(2_250)],
		["a silent model is asked again once", failed("first_token_timeout", { retriesHere: 1 }), end],
		[
			"an empty retry budget leaves the fallback",
			failed("server", { canRetry: false, hasFallback: true }),
			fallback,
		],
		["and nothing without one", failed("server", { canRetry: false }), end],
		["no call is made for the last seconds", failed("server", { waitMsMax: 3_900, hasFallback: true }), end],
		["no retry is begun in them", failed("server", { waitMsMax: 4_100 }), end],
		["too long a conversation is made shorter", failed("context_length", { canRefit: true }), retry(0)],
		["once", failed("context_length", { canRefit: true, retriesHere: 1 }), end],
	])("%s", (_, situation, expected) => expect(nextStep(situation)).toEqual(expected));

	/** Lives through failures as a turn does: each decision is carried out, and what it costs is counted. */
	it("keeps every bound whatever fails: three calls, nothing after a filter, no wait past the deadline", () => {
		const weather = fc.array(
			fc.record({
				name: fc.constantFrom(...failureClasses),
				retryAfterMs: fc.option(fc.nat(400_000)),
				lastedMs: fc.integer({ min: 0, max: 21_000 }),
			}),
			{ minLength: 30, maxLength: 30 },
		);
		fc.assert(
			fc.property(
				weather,
				fc.nat(3),
				fc.boolean(),
				fc.double({ min: 0, max: 0.999, noNaN: true }),
				(failures, fallbacks, canRetry, throwOf) => {
					const turn = { calls: 0, here: 0, fallbacksLeft: fallbacks, elapsedMs: 0, silent: 0 };
					for (const { name, retryAfterMs, lastedMs } of failures) {
						// A call that the breaker refuses is none.
						if (name !== "breaker_open") turn.calls += 1;
						turn.elapsedMs += name === "breaker_open" ? 0 : lastedMs;
						expect(turn.calls).toBeLessThanOrEqual(3);
						const waitMsMax = 45_000 - turn.elapsedMs;
						const step = nextStep({
							failure: toFailure(name, retryAfterMs),
							attemptsMade: turn.calls,
							attemptsMax: 3,
							retriesHere: turn.here,
							waitMsMax,
							canRetry,
							hasFallback: turn.fallbacksLeft > 0,
							canRefit: true,
							random: () => throwOf,
						});
						if (["filtered_request", "filtered_response", "empty_answer", "stopped"].includes(name))
							expect(step).toEqual(end);
						if (step.do === "end") return;
						if (step.do === "fallback") {
							expect(turn.fallbacksLeft).toBeGreaterThan(0);
							expect(rules[name].fallback).not.toBe(false);
							turn.fallbacksLeft -= 1;
							turn.here = 0;
							continue;
						}
						expect(canRetry).toBe(true);
						expect(step.afterMs).toBeGreaterThanOrEqual(name === "context_length" ? 0 : (retryAfterMs ?? 0));
						expect(turn.elapsedMs + step.afterMs).toBeLessThan(45_000);
						if (name === "first_token_timeout") expect(turn.here).toBe(0);
						turn.elapsedMs += step.afterMs;
						turn.here += 1;
					}
					throw new Error("A turn ends.");
				},
			),
			{ numRuns: 2_000 },
		);
	});
});

import { describe, expect, it } from "vitest";
import { type Ending, type FailureClass, toFailure } from "../resilience/index.ts";
import { answer } from "./answer.ts";
import { mayMoveOn } from "./next-choice.ts";
import type { Route } from "./route.ts";

const fine = { hasContent: false, callsLeft: 2, waitMsMax: 40_000 };

describe("the next choice of a route", () => {
	it.each([
		["connect", true],
		["throttled", true],
		["server", true],
		["no_credit", true],
		["auth", true],
		["first_token_timeout", true],
		["breaker_open", true],
		["overloaded", true],
		["spending_paused", true],
		["bad_request", false],
		["context_length", false],
		["filtered_request", false],
		["filtered_response", false],
		["filter_outage", false],
		["expired_in_queue", false],
		["stopped", false],
	] satisfies [FailureClass, boolean][])("after %s: %s", (failureClass, isNext) => {
		expect(mayMoveOn({ ending: toFailure(failureClass), ...fine })).toBe(isNext);
	});

	it.each([
		["the answer is complete", { ending: { status: "complete" } as const }],
		["the person has part of an answer", { hasContent: true }],
		["no call is left", { callsLeft: 0 }],
		["no time is left", { waitMsMax: 3_000 }],
	])("is not called when %s", (_, situation) => {
		expect(mayMoveOn({ ending: toFailure("server"), ...fine, ...situation })).toBe(false);
	});
});

describe("answering with a route", () => {
	const choice = (id: string) => ({ model: { id }, chain: [{ id }], reason: `reason of ${id}` });
	const route: Route<{ id: string }> = {
		requestedModel: "auto",
		choices: [choice("first"), choice("second"), choice("third")],
	};
	async function play(endings: Record<string, Ending>) {
		const seen: string[] = [];
		const ending = await answer(route, {
			emit: (event) => event.type === "route-choose" && seen.push(`${event.modelId}: ${event.reason}`),
			callModels: async ({ chain: [model] }) => endings[model?.id ?? ""] ?? { status: "complete" },
			toSituation: () => fine,
		});
		return { seen, ending };
	}

	it("chooses once when the first answers", async () => {
		expect(await play({})).toEqual({ seen: ["first: reason of first"], ending: { status: "complete" } });
	});

	it("moves on, and says so, until one answers", async () => {
		const down = toFailure("breaker_open");
		const { seen, ending } = await play({ first: down, second: down });
		expect(seen).toHaveLength(3);
		expect(ending).toEqual({ status: "complete" });
	});

	it("ends with the last failure when none is left", async () => {
		const down = toFailure("server");
		expect((await play({ first: down, second: down, third: toFailure("throttled") })).ending.class).toBe(
			"throttled",
		);
	});
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { faults, startUpstream, type Upstream } from "./index.ts";
import { createFaultMeeter, type FaultMeeting } from "./meet-fault.ts";

let upstream: Upstream;
beforeAll(async () => {
	upstream = await startUpstream({ sim: "text=words,tokens=60" });
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const { meet, tried } = createFaultMeeter(() => upstream);

describe("slow starts", () => {
	it("pings sends headers and comments but no event", async () => {
		const { seen } = await meet("pings@20", { leaveAfterMs: 200 });
		expect(seen).toMatchObject({ status: 200, ending: "left" });
		expect(seen.text).toMatch(/^(: ping\n\n){3,}$/);
		expect(upstream.invoice()).toEqual([]);
	});

	it("late sends headers at once and the first token afterwards", async () => {
		expect((await meet("late", { leaveAfterMs: 150 })).answer).toMatchObject({ deltas: [] });
		const { seen, answer } = await meet("late@200");
		expect(seen.durationMs).toBeGreaterThan(195);
		expect(answer).toMatchObject({ finishReason: "stop" });
	});
});

type Check = (met: FaultMeeting) => void;
const breaks: [fault: string, tokens: number, ending: string, check: Check][] = [];
for (const [at, tokens] of [
	["0", 0],
	["1", 1],
	["2", 2],
	["50", 50],
	["last", 60],
	["999", 60],
] as const) {
	const none: Check = ({ answer }) =>
		expect(answer).toMatchObject({ finishReason: null, doneMarks: 0, usage: undefined });
	breaks.push([`reset@${at}`, tokens, "ECONNRESET", none], [`eof@${at}`, tokens, "end", none]);
	breaks.push([
		`error@${at}`,
		tokens,
		"end",
		({ answer }) => expect(answer.error).toMatchObject({ code: "server_error" }),
	]);
}
const firstErrors = {
	"error-first": "server_error",
	"error-first-throttled": "rate_limit_exceeded",
	"error-first-overloaded": "overloaded_error",
};
for (const [fault, code] of Object.entries(firstErrors)) {
	breaks.push([fault, 0, "end", ({ answer }) => expect(answer.error).toMatchObject({ code })]);
}
breaks.push(["eof-half-event@3", 3, "end", ({ answer }) => expect(answer.badEvents).toBe(1)]);

describe("broken streams", () => {
	it.each(breaks)(
		"%s delivers %i tokens and then %s, billing what was generated",
		async (fault, tokens, ending, check) => {
			const met = await meet(fault);
			expect(met.seen).toMatchObject({ status: 200, ending });
			expect(met.answer.deltas).toHaveLength(tokens);
			expect(met.record).toMatchObject({ outcome: "faulted", tokensSent: tokens });
			expect(upstream.invoice().map((line) => line.outputTokens)).toEqual(tokens === 0 ? [] : [tokens]);
			check(met);
		},
	);

	it("stall goes silent after its tokens", async () => {
		const { seen, answer } = await meet("stall@5", { leaveAfterMs: 200 });
		expect(seen.ending).toBe("left");
		expect(answer.deltas).toHaveLength(5);
	});

	it("bad-json puts one broken event in and goes on to the end", async () => {
		const { answer } = await meet("bad-json@5");
		expect(answer).toMatchObject({ badEvents: 1, finishReason: "stop", doneMarks: 1 });
		expect(answer.deltas).toHaveLength(60);
	});

	it("drip sends a token at a time", async () => {
		const { seen, answer } = await meet("drip@30", { sim: "tokens=5" });
		expect(seen.durationMs).toBeGreaterThan(115);
		expect(answer.deltas).toHaveLength(5);
	});

	it("endless goes on until the client leaves, and no further", async () => {
		await meet("endless", { leaveAfterBytes: 2_000_000 });
		await expect.poll(() => upstream.requests().at(-1)?.outcome).toBe("aborted_by_client");
		const sent = upstream.requests().at(-1)?.tokensSent;
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(upstream.requests().at(-1)?.tokensSent).toBe(sent);
		expect(upstream.stats().active).toBe(0);
	});
});

describe("odd streams", () => {
	it("split-bytes sends every byte alone, and together they are the answer", async () => {
		const ask = { messages: [{ role: "user", content: "Which emoji are made of several code points?" }] };
		const sim = "text=recorded,tokens=144";
		const plain = await meet("none", { sim, ask });
		const split = await meet("split-bytes", { sim, ask });
		expect(split.seen.chunks.every((chunk) => chunk.length === 1)).toBe(true);
		expect(split.answer.text).toBe(plain.answer.text);
		expect(split.answer.text).toContain("👩‍👩‍👧‍👦");
	});

	const honest = { promptTokens: 2, completionTokens: 60 };
	const odd: [fault: string, check: Check][] = [
		[
			"big-delta",
			({ answer }) => expect([answer.deltas.length, answer.text.length]).toEqual([1, 1024 * 1024]),
		],
		[
			"tiny-deltas",
			({ answer }) => expect([answer.deltas.length, answer.text.length]).toEqual([50_000, 50_000]),
		],
		["empty", ({ answer }) => expect(answer).toMatchObject({ text: "", finishReason: "stop", doneMarks: 1 })],
		["empty-choices", ({ answer }) => expect([answer.deltas.length, answer.emptyChoices]).toEqual([60, 21])],
		["no-choices", ({ answer }) => expect([answer.deltas.length, answer.finishReason]).toEqual([0, null])],
		["double-done", ({ answer }) => expect(answer.doneMarks).toBe(2)],
		["no-done", ({ answer }) => expect(answer).toMatchObject({ doneMarks: 0, finishReason: "stop" })],
		["no-finish", ({ answer }) => expect(answer).toMatchObject({ doneMarks: 1, finishReason: null })],
		["usage-missing", ({ answer }) => expect(answer.usage).toBeUndefined()],
		["usage-null", ({ answer }) => expect(answer.usage).toBeNull()],
		[
			"usage-zero",
			({ answer }) => expect(answer.usage).toMatchObject({ prompt_tokens: 0, completion_tokens: 0 }),
		],
		["usage-negative", ({ answer }) => expect(answer.usage).toMatchObject({ completion_tokens: -5 })],
		["usage-huge", ({ answer }) => expect(answer.usage).toMatchObject({ completion_tokens: 1e15 })],
		[
			"usage-over",
			({ answer }) => expect(answer.usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 180 }),
		],
		[
			"filter-response@7",
			({ answer }) => expect([answer.deltas.length, answer.finishReason]).toEqual([7, "content_filter"]),
		],
		[
			"filter-outage",
			({ seen }) =>
				expect(seen.text).toContain('"content_filter_results":{"error":{"code":"content_filter_error"'),
		],
		["wrong-model", ({ answer }) => expect(answer.model).toBe("sim-other")],
	];
	it.each(odd)("%s does on the wire what its summary says", async (fault, check) => {
		const met = await meet(fault);
		expect(met.seen).toMatchObject({ status: 200, ending: "end" });
		expect(met.record.outcome).toBe("completed");
		check(met);
	});

	it.each([
		["usage-missing", honest],
		["usage-null", honest],
		["usage-negative", honest],
		["usage-huge", honest],
		["usage-zero", { promptTokens: 0, completionTokens: 0 }],
		["usage-over", { promptTokens: 6, completionTokens: 180 }],
	])("%s is billed by the report if that is plausible, else by what was generated", async (fault, billed) => {
		await meet(fault);
		expect(upstream.invoice()).toMatchObject([
			{ inputTokens: billed.promptTokens, outputTokens: billed.completionTokens },
		]);
	});
});

it("every fault that bends an answer is tried here", () => {
	const names = Object.keys(faults).filter((name) => faults[name]?.bend !== undefined);
	expect(names.filter((name) => !tried.has(name))).toEqual([]);
});

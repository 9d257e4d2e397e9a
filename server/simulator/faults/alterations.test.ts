import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { faults, startUpstream, type Upstream } from "../index.ts";
import { createFaultTrials, type FaultTrial } from "../testing/try-fault.ts";

let upstream: Upstream;
beforeAll(async () => {
	upstream = await startUpstream({ sim: "text=words,tokens=60" });
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const { tryFault, tried } = createFaultTrials(() => upstream);

describe("slow starts", () => {
	it("pings sends headers and comments but no event", async () => {
		const { seen } = await tryFault("pings@20", { leaveAfterMs: 200 });
		expect(seen).toMatchObject({ status: 200, ending: "left" });
		expect(seen.text).toMatch(/^(: ping\n\n){3,}$/);
		expect(upstream.invoice()).toEqual([]);
	});

	it("late sends headers at once and the first token afterwards", async () => {
		expect((await tryFault("late", { leaveAfterMs: 150 })).answer).toMatchObject({ deltas: [] });
		const { seen, answer } = await tryFault("late@200");
		expect(seen.durationMs).toBeGreaterThan(195);
		expect(answer).toMatchObject({ finishReason: "stop" });
	});
});

type Check = (trial: FaultTrial) => void;
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
			const trial = await tryFault(fault);
			expect(trial.seen).toMatchObject({ status: 200, ending });
			expect(trial.answer.deltas).toHaveLength(tokens);
			expect(trial.record).toMatchObject({ outcome: "faulted", tokensSent: tokens });
			expect(upstream.invoice().map((line) => line.outputTokens)).toEqual(tokens === 0 ? [] : [tokens]);
			check(trial);
		},
	);

	it("stall goes silent after its tokens", async () => {
		const { seen, answer } = await tryFault("stall@5", { leaveAfterMs: 200 });
		expect(seen.ending).toBe("left");
		expect(answer.deltas).toHaveLength(5);
	});

	it("bad-json puts one broken event in and goes on to the end", async () => {
		const { answer } = await tryFault("bad-json@5");
		expect(answer).toMatchObject({ badEvents: 1, finishReason: "stop", doneMarks: 1 });
		expect(answer.deltas).toHaveLength(60);
	});

	it("drip sends a token at a time", async () => {
		const { seen, answer } = await tryFault("drip@30", { sim: "tokens=5" });
		expect(seen.durationMs).toBeGreaterThan(115);
		expect(answer.deltas).toHaveLength(5);
	});

	it("endless goes on until the client leaves, and no further", async () => {
		await tryFault("endless", { leaveAfterBytes: 2_000_000 });
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
		const plain = await tryFault("none", { sim, ask });
		const split = await tryFault("split-bytes", { sim, ask });
		expect(split.seen.chunks.every((chunk) => chunk.length === 1)).toBe(true);
		expect(split.answer.text).toBe(plain.answer.text);
		expect(split.answer.text).toContain("👩‍👩‍👧‍👦");
	});

	const counted = { promptTokens: 2, completionTokens: 60 };
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
			"usage-cache-over@9",
			({ answer }) =>
				expect(answer.usage).toMatchObject({
					prompt_tokens: 2,
					prompt_tokens_details: { cached_tokens: 18, cache_write_tokens: 18 },
				}),
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
		const trial = await tryFault(fault);
		expect(trial.seen).toMatchObject({ status: 200, ending: "end" });
		expect(trial.record.outcome).toBe("completed");
		check(trial);
	});

	it.each([
		["usage-missing", counted],
		["usage-null", counted],
		["usage-negative", counted],
		["usage-huge", counted],
		["usage-zero", { promptTokens: 0, completionTokens: 0 }],
		["usage-over", { promptTokens: 6, completionTokens: 180 }],
	])("%s is billed by the report if that is plausible, else by what was generated", async (fault, billed) => {
		await tryFault(fault);
		expect(upstream.invoice()).toMatchObject([
			{ inputTokens: billed.promptTokens, outputTokens: billed.completionTokens },
		]);
	});
	it("usage-cache-over is billed as far as there is prompt", async () => {
		await tryFault("usage-cache-over");
		expect(upstream.invoice()).toMatchObject([{ inputTokens: 2, cachedInputTokens: 2, cacheWriteTokens: 0 }]);
	});
});

it("every fault that alters an answer is tried here", () => {
	const names = Object.keys(faults).filter((name) => faults[name]?.alter !== undefined);
	expect(names.filter((name) => !tried.has(name))).toEqual([]);
});

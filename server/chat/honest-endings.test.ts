import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldEvents, startTestParley } from "../testing/parley.ts";

/** Each has a model of its own, so that none opens the circuit breaker of the next. */
const failures = [
	["429", "failed", "provider_unavailable"],
	["429-quota", "failed", "provider_unavailable"],
	["500", "failed", "provider_unavailable"],
	["503", "failed", "provider_unavailable"],
	["529", "failed", "provider_unavailable"],
	["401", "failed", "provider_unavailable"],
	["404", "failed", "provider_unavailable"],
	["context-length", "failed", "context_too_long"],
	["filter-request", "filtered_request", "content_filtered"],
	["html-502", "failed", "provider_unavailable"],
	["html-200", "failed", "provider_unavailable"],
	["json-error-200", "failed", "provider_unavailable"],
	["redirect", "failed", "provider_unavailable"],
	["reset-before-headers", "failed", "provider_unavailable"],
	["error-first", "failed", "provider_unavailable"],
	["error-first-throttled", "failed", "provider_unavailable"],
	["reset@0", "failed", "provider_unavailable"],
	["reset@1", "interrupted", "stream_interrupted"],
	["reset@20", "interrupted", "stream_interrupted"],
	["reset@last", "interrupted", "stream_interrupted"],
	["eof@20", "interrupted", "stream_interrupted"],
	["eof-half-event@20", "interrupted", "stream_interrupted"],
	["error@20", "interrupted", "stream_interrupted"],
	["bad-json@20", "interrupted", "stream_interrupted"],
	["empty", "failed", "provider_unavailable"],
	["no-choices", "failed", "provider_unavailable"],
	["filter-response@20", "filtered_response", "content_filtered"],
] as const;
const oddities = [
	["split-bytes", "provider_final"],
	["empty-choices", "provider_final"],
	["double-done", "provider_final"],
	["no-done", "provider_final"],
	["no-finish", "provider_final"],
	["wrong-model", "provider_final"],
	["usage-zero", "provider_final"],
	["usage-missing", "estimate"],
	["usage-null", "estimate"],
	["usage-negative", "estimate"],
	["usage-huge", "estimate"],
] as const;

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	const faults = [...failures, ...oddities, ["filter-outage"], ["tiny-deltas"], ["big-delta"]].map(
		([fault]) => fault,
	);
	const models = Object.fromEntries(faults.map((fault) => [fault, `sim:fault=${fault}`]));
	parley = await startTestParley({ models: { small: "sim-small", thinker: "sim-thinker", ...models } });
	person = await parley.signIn();
});
afterAll(() => parley?.close());

async function ask(model: string, simulated = "tokens=40") {
	const text = `[[sim text=words,${simulated}]] Hello`;
	const ids = await person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text, model });
	const seen = await person.follow(ids);
	const { messages } = await person.client.threads.get.query(ids);
	return { seen, end: seen.at(-1)?.event, answer: messages[1], upstream: parley.upstream.requests().at(-1) };
}

describe("how a turn ends when its provider fails (every row ends once, with words, and keeps what was shown)", () => {
	it.each(failures)("%s: %s, %s", async (fault, status, code) => {
		const { seen, end, answer } = await ask(fault);
		expect(end).toMatchObject({ type: "turn-end", status, code });
		expect(seen.filter(({ event }) => event.type === "turn-end")).toHaveLength(1);
		expect(answer?.turn).toMatchObject({ status, code });
		expect(answer?.turn?.receipt?.failure?.class).toMatch(/^[a-z_]+$/);
		expect(answer?.text).toBe(foldEvents(seen.map(({ event }) => event)).text);
	});

	it.each(oddities)("%s: complete all the same, usage from %s", async (fault, source) => {
		const { end, answer } = await ask(fault);
		expect(end).toMatchObject({ status: "complete", receipt: { usage: { source } } });
		expect(answer?.text.split(/\s+/).length).toBeGreaterThan(20);
	});

	it("filter-outage: complete, and not called filtered", async () => {
		const { end, answer } = await ask("filter-outage");
		expect(end).toMatchObject({ status: "complete", receipt: { failure: { class: "filter_outage" } } });
		expect(answer?.turn).toMatchObject({ receipt: { failure: { class: "filter_outage" } } });
	});

	it("length after nothing but thinking: complete, cut at its length, and no failure of the model", async () => {
		for (let turn = 0; turn < 6; turn += 1) {
			const { seen, end, answer } = await ask("thinker", "reasoning=5000,itl=0");
			expect(end).toMatchObject({ status: "complete", receipt: { finishReason: "length", attempts: 1 } });
			expect(foldEvents(seen.map(({ event }) => event)).reasoning).not.toBe("");
			expect(answer?.text).toBe("");
		}
		const breakers = await parley.services.breakers.list();
		expect(breakers.filter(({ key }) => key.includes("thinker"))).toEqual([]);
	});

	it("a reasoning model's thoughts are stored with its answer, as long as the receipt says", async () => {
		const { seen, end, answer } = await ask("thinker", "reasoning=20,tokens=10,itl=10");
		const reasoningMs = end?.type === "turn-end" ? end.receipt.reasoningMs : undefined;
		const { text, reasoning } = foldEvents(seen.map(({ event }) => event));
		expect(reasoningMs).toBeGreaterThan(100);
		expect(answer?.parts).toEqual([
			{ type: "reasoning", text: reasoning, durationMs: reasoningMs },
			{ type: "text", text },
		]);
	});

	it("wrong-model: whose answer it was by the provider's word stands in the receipt, and only then", async () => {
		const { answer } = await ask("wrong-model");
		const { answer: usual } = await ask("small");
		const toOthers = async (turnId = "") =>
			(await person.client.usage.turn.query({ turnId })).attempts.map((one) => one.otherModelId);
		expect(await toOthers(answer?.turn?.turnId)).toEqual(["sim-other"]);
		expect(await toOthers(usual?.turn?.turnId)).toEqual([null]);
	});

	it("keeps 50,000 deltas of one byte and a delta of 1 MB without losing a character", async () => {
		for (const fault of ["tiny-deltas", "big-delta"]) {
			const { seen, end, answer } = await ask(fault, "tokens=40,itl=0");
			const { text } = foldEvents(seen.map(({ event }) => event));
			expect(text.length).toBeGreaterThanOrEqual(50_000);
			expect(answer?.text === text, fault).toBe(true);
			expect(end).toMatchObject({ type: "turn-end" });
		}
	}, 60_000);

	it("records every call with its tokens, its source and the prices it was made at", async () => {
		const { upstream } = await ask("small", "tokens=7");
		const [row] = await parley.db.sql`select * from model_calls order by started_at desc limit 1`;
		expect(row).toMatchObject({
			outcome: "complete",
			finish_reason: "stop",
			output_tokens: 7,
			usage_source: "provider_final",
			model_id: "small",
			provider_model_id: "sim-small",
			prices: { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
		});
		expect(row?.input_tokens).toBe(upstream?.promptTokens);
	});
});

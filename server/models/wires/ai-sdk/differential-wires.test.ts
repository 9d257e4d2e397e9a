import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { afterAll, describe, expect, it } from "vitest";
import { toTextMessage } from "../../../contract/model-message.ts";
import { event, readAnswer, sse, startStubProvider, wires } from "../../../testing/servers/stub-provider.ts";
import { createConnectionPool } from "../../http/connection-pool.ts";
import { createHttpFetch } from "../../http/http-fetch.ts";
import { createProviderFetch, type ResponseWatchers } from "../../http/provider-fetch.ts";
import { openWithAiSdk } from "./open-with-ai-sdk.ts";

const stub = await startStubProvider();
afterAll(stub.close);

const anthropic = {
	thought: [
		event({ type: "content_block_start", index: 1, content_block: { type: "thinking", thinking: "" } }),
		event({ type: "content_block_delta", index: 1, delta: { type: "thinking_delta", thinking: "Hm." } }),
		event({ type: "content_block_delta", index: 1, delta: { type: "signature_delta", signature: "abc" } }),
		event({ type: "content_block_stop", index: 1 }),
	].join(""),
	end: (stop_reason: string | null, usage: object) =>
		event({ type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage }) +
		event({ type: "message_stop" }),
	error: event({ type: "error", error: { type: "api_error", message: "Internal server error" } }),
};
const google = {
	part: (part: object, more: object = {}) =>
		event({ candidates: [{ content: { role: "model", parts: [part] }, ...more }] }),
	usage: (counts: object) => event({ usageMetadata: counts }),
};
const { anthropic: claude, google: gemini } = wires;

const streams: readonly (readonly ["anthropic" | "google", what: string, events: string])[] = [
	["anthropic", "a good answer", claude.begin + claude.end],
	["anthropic", "an answer with a thought", claude.begin + anthropic.thought + claude.end],
	["anthropic", "a ping", claude.begin + event({ type: "ping" }) + claude.end],
	["anthropic", "an answer at its limit", claude.begin + anthropic.end("max_tokens", { output_tokens: 7 })],
	["anthropic", "a refusal", claude.begin + anthropic.end("refusal", { output_tokens: 3 })],
	[
		"anthropic",
		"cached tokens",
		claude.begin +
			anthropic.end("end_turn", {
				output_tokens: 3,
				cache_read_input_tokens: 20,
				cache_creation_input_tokens: 10,
				cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
			}),
	],
	["anthropic", "an error", claude.begin + anthropic.error],
	["anthropic", "an end without a reason", claude.begin],
	["google", "a good answer", gemini.begin + gemini.end],
	[
		"google",
		"an answer with a thought",
		google.part({ text: "Hm.", thought: true }) + gemini.begin + gemini.end,
	],
	[
		"google",
		"an answer at its limit",
		gemini.begin + google.part({ text: "" }, { finishReason: "MAX_TOKENS" }),
	],
	["google", "a verdict", gemini.begin + google.part({ text: "" }, { finishReason: "SAFETY" })],
	[
		"google",
		"cached tokens and thoughts",
		gemini.begin +
			google.part({ text: "" }, { finishReason: "STOP" }) +
			google.usage({
				promptTokenCount: 40,
				cachedContentTokenCount: 30,
				candidatesTokenCount: 5,
				thoughtsTokenCount: 8,
				totalTokenCount: 53,
			}),
	],
	["google", "an end without a reason", gemini.begin],
];

function openWithSdk(kind: "anthropic" | "google") {
	const watchers: ResponseWatchers = new WeakMap();
	const fetch = createProviderFetch(createHttpFetch(createConnectionPool()), watchers);
	const settings = { baseURL: stub.url, apiKey: "key-of-the-test", fetch };
	const languageModel =
		kind === "anthropic" ? createAnthropic(settings)("claude-sonnet-5") : createGoogle(settings)("gemini");
	const messages = [toTextMessage("user", "Hello?")] as const;
	const { signal } = new AbortController();
	return openWithAiSdk({ languageModel, messages, maxOutputTokens: 100, signal, watchers });
}

const toSeen = ({ text, reasoning, finish, failure, seen }: Awaited<ReturnType<typeof readAnswer>>) => ({
	text,
	reasoning,
	hasStart: seen[0]?.type === "response-start",
	failure: failure?.kind,
	finish: finish && { ...finish, reportedModelId: undefined },
});

describe("the wires that this room reads itself", () => {
	it.each(streams)("read of %s what the AI SDK reads: %s", async (kind, _, events) => {
		stub.answer = sse(events);
		const bySdk = toSeen(await readAnswer(openWithSdk(kind)));
		expect(toSeen(await readAnswer(stub.open({ id: kind })))).toEqual(bySdk);
	});

	it("ask Anthropic and Google as the AI SDK does", async () => {
		for (const kind of ["anthropic", "google"] as const) {
			stub.answer = sse(wires[kind].begin, wires[kind].end);
			stub.requests = [];
			await readAnswer(openWithSdk(kind));
			await readAnswer(stub.open({ id: kind }));
			const [bySdk, own] = stub.requests;
			const names = kind === "anthropic" ? ["x-api-key", "anthropic-version"] : ["x-goog-api-key"];
			for (const name of names) expect(own?.headers[name]).toBe(bySdk?.headers[name]);
			const toPath = (url: string | undefined) => url?.replace(/\/v1\/.*:/, "/v1/MODEL:");
			expect(toPath(own?.url)).toBe(toPath(bySdk?.url));
			expect(
				Object.keys(own?.body ?? {})
					.filter((key) => !/^system/.test(key))
					.sort(),
			).toEqual(Object.keys(bySdk?.body ?? {}).sort());
		}
	});
});

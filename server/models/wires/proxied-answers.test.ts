import { afterAll, describe, expect, it } from "vitest";
import { event, readAnswer, startStubProvider } from "../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

const read = (body: string, id: "anthropic" | "google") => {
	stub.answer = (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(body);
	return readAnswer(stub.open({ id }));
};

const good = {
	text: "It snows.",
	reasoning: "",
	error: null,
	finish: { finishReason: "stop", usage: { inputTokens: 31, outputTokens: 4 } },
};

describe("Anthropic's events in further shapes", () => {
	const start = event({
		type: "message_start",
		message: { id: "m", usage: { input_tokens: 31, output_tokens: 1 } },
	});
	const stop =
		event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } }) +
		event({ type: "message_stop" });
	const text = event({
		type: "content_block_delta",
		index: 0,
		delta: { type: "text_delta", text: "It snows." },
	});
	it.each<[what: string, body: string]>([
		[
			"a delta without a type",
			start + event({ type: "content_block_delta", index: 0, delta: { text: "It snows." } }) + stop,
		],
		[
			"text that is in the start of its block",
			start +
				event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "It snows." } }) +
				stop,
		],
		[
			"a stop reason beside the delta",
			start +
				text +
				event({ type: "message_delta", stop_reason: "end_turn", usage: { output_tokens: 4 } }) +
				event({ type: "message_stop" }),
		],
		[
			"usage in an event of another kind",
			start + event({ type: "billing", usage: { input_tokens: 5, output_tokens: 900 } }) + text + stop,
		],
		[
			"usage beside the message",
			event({ type: "message_start", message: {}, usage: { input_tokens: 31, output_tokens: 1 } }) +
				text +
				stop,
		],
		[
			"Bedrock's metrics",
			event({ type: "message_start", message: {} }) +
				text +
				event({ type: "message_delta", delta: { stop_reason: "end_turn" } }) +
				event({
					type: "message_stop",
					"amazon-bedrock-invocationMetrics": { inputTokenCount: 31, outputTokenCount: 4 },
				}),
		],
		[
			"no end after the stop reason",
			start +
				text +
				event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } }),
		],
		[
			"usage in a stop",
			event({ type: "message_start", message: {} }) +
				text +
				event({ type: "message_delta", delta: { stop_reason: "end_turn" } }) +
				event({ type: "message_stop", usage: { input_tokens: 31, output_tokens: 4 } }),
		],
	])("%s", async (_, body) => {
		expect(await read(body, "anthropic")).toMatchObject(good);
	});
});

describe("Google's responses in further shapes", () => {
	const usageMetadata = { promptTokenCount: 31, candidatesTokenCount: 4, totalTokenCount: 35 };
	const candidate = (more: object = {}) => ({
		content: { role: "model", parts: [{ text: "It snows." }] },
		...more,
	});
	it.each<[what: string, body: string]>([
		[
			"snake case",
			event({
				candidates: [candidate({ finish_reason: "STOP" })],
				usage_metadata: { prompt_token_count: 31, candidates_token_count: 4 },
			}),
		],
		["numbers for words", event({ candidates: [candidate({ finishReason: 1 })], usageMetadata })],
		[
			"a response below response",
			event({ response: { candidates: [candidate({ finishReason: "STOP" })], usageMetadata } }),
		],
		[
			"one part that is no list",
			event({
				candidates: [{ content: { parts: { text: "It snows." } }, finishReason: "STOP" }],
				usageMetadata,
			}),
		],
		[
			"a list of responses",
			JSON.stringify([
				{ candidates: [candidate()] },
				{ candidates: [{ finishReason: "STOP" }], usageMetadata },
			]),
		],
		[
			"an empty last candidate",
			event({ candidates: [candidate({ finishReason: "STOP" })] }) +
				event({ candidates: [{ content: {} }], usageMetadata }),
		],
	])("%s", async (_, body) => {
		expect(await read(body, "google")).toMatchObject(good);
	});
	it.each([3, 8])("a filter's verdict as a number: %i", async (finishReason) => {
		const { finish } = await read(
			event({ candidates: [candidate({ finishReason })], usageMetadata }),
			"google",
		);
		expect(finish).toMatchObject({ finishReason: "content-filter" });
	});
	it("a prompt that is blocked, in snake case", async () => {
		expect(
			(await read(event({ prompt_feedback: { block_reason: "SAFETY" } }), "google")).finish,
		).toMatchObject({ finishReason: "content-filter" });
	});
});

import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { MessagePart } from "../../contract/parts.ts";
import { readAnswer, sse, startStubProvider, wires } from "../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);
beforeEach(() => {
	stub.requests = [];
});

type Kind = keyof typeof wires;

async function send(kind: Kind, messages: readonly ModelMessage[]) {
	stub.answer = sse(wires[kind].begin, wires[kind].end);
	expect(await readAnswer(stub.open({ id: kind, messages }))).toMatchObject({ text: "Hi", error: null });
	return stub.requests[0]?.body ?? {};
}

const base64 = Buffer.from("bytes").toString("base64");
const inline = { type: "inline", base64 } as const;
const image: MessagePart = { type: "image", mediaType: "image/png", source: inline };
const pdf: MessagePart = { type: "file", name: "plan.pdf", mediaType: "application/pdf", source: inline };
const notes: MessagePart = { type: "file", name: "notes.md", mediaType: "text/markdown", source: inline };
const text = (value: string): MessagePart => ({ type: "text", text: value });
const user = (...parts: MessagePart[]): ModelMessage => ({ role: "user", parts });
const thought: MessagePart = { type: "reasoning", text: "Look.", durationMs: 5 };
const cited: MessagePart = {
	type: "citation",
	title: "A page",
	url: "https://a.test",
	fromCharacter: 0,
	toCharacter: 2,
};
const call: MessagePart = { type: "tool-call", callId: "c1", toolName: "weather", input: { city: "Oslo" } };
const result: MessagePart = {
	type: "tool-result",
	callId: "c1",
	toolName: "weather",
	output: { rain: true },
};

/** What a person asked, and an answer for which a model used a tool. */
const conversation: ModelMessage[] = [
	{ role: "system", parts: [text("Be brief.")] },
	user(text("What is this?"), image, pdf, notes),
	{ role: "assistant", parts: [thought, text("Let me see."), call, result, text("It rains."), cited] },
	user(text("Thanks.")),
];
const fileText = "notes.md:\n\nbytes";

describe("a conversation of every kind of part", () => {
	it("is sent to OpenAI's chat completions", async () => {
		expect((await send("openai-compatible", conversation)).messages).toEqual([
			{ role: "system", content: "Be brief." },
			{
				role: "user",
				content: [
					{ type: "text", text: "What is this?" },
					{ type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } },
					{
						type: "file",
						file: { filename: "plan.pdf", file_data: `data:application/pdf;base64,${base64}` },
					},
					{ type: "text", text: fileText },
				],
			},
			{
				role: "assistant",
				content: "Let me see.",
				tool_calls: [
					{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
				],
			},
			{ role: "tool", tool_call_id: "c1", content: '{"rain":true}' },
			{ role: "assistant", content: "It rains." },
			{ role: "user", content: "Thanks." },
		]);
	});

	it("is sent to Anthropic's messages", async () => {
		const body = await send("anthropic", conversation);
		expect(body.system).toEqual([{ type: "text", text: "Be brief." }]);
		expect(body.messages).toEqual([
			{
				role: "user",
				content: [
					{ type: "text", text: "What is this?" },
					{ type: "image", source: { type: "base64", media_type: "image/png", data: base64 } },
					{
						type: "document",
						title: "plan.pdf",
						source: { type: "base64", media_type: "application/pdf", data: base64 },
					},
					{ type: "text", text: fileText },
				],
			},
			{
				role: "assistant",
				content: [
					{ type: "text", text: "Let me see." },
					{ type: "tool_use", id: "c1", name: "weather", input: { city: "Oslo" } },
				],
			},
			{ role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: '{"rain":true}' }] },
			{ role: "assistant", content: [{ type: "text", text: "It rains." }] },
			{ role: "user", content: [{ type: "text", text: "Thanks." }] },
		]);
	});

	it("is sent to Google", async () => {
		expect((await send("google", conversation)).contents).toEqual([
			{
				role: "user",
				parts: [
					{ text: "What is this?" },
					{ inlineData: { mimeType: "image/png", data: base64 } },
					{ inlineData: { mimeType: "application/pdf", data: base64 } },
					{ text: fileText },
				],
			},
			{
				role: "model",
				parts: [{ text: "Let me see." }, { functionCall: { name: "weather", args: { city: "Oslo" } } }],
			},
			{
				role: "user",
				parts: [{ functionResponse: { name: "weather", response: { result: { rain: true } } } }],
			},
			{ role: "model", parts: [{ text: "It rains." }] },
			{ role: "user", parts: [{ text: "Thanks." }] },
		]);
	});

	it("is sent through the AI SDK", async () => {
		const { input } = await send("openai-responses", conversation);
		expect(input).toMatchObject([
			{ role: "system" },
			{
				role: "user",
				content: [
					{ type: "input_text", text: "What is this?" },
					{ type: "input_image", image_url: `data:image/png;base64,${base64}` },
					{ type: "input_file", filename: "plan.pdf" },
					{ type: "input_text", text: fileText },
				],
			},
			{ role: "assistant", content: "Let me see." },
			{ type: "function_call", call_id: "c1", name: "weather", arguments: '{"city":"Oslo"}' },
			{ type: "function_call_output", call_id: "c1" },
			{ role: "assistant", content: "It rains." },
			{ role: "user", content: [{ text: "Thanks." }] },
		]);
	});

	it.each<[kind: Kind, field: string, sent: object]>([
		["openai-compatible", "messages", { role: "tool", tool_call_id: "c1", content: "Error: No such city." }],
		[
			"anthropic",
			"messages",
			{ content: [{ type: "tool_result", tool_use_id: "c1", content: "No such city.", is_error: true }] },
		],
		[
			"google",
			"contents",
			{ parts: [{ functionResponse: { name: "weather", response: { error: "No such city." } } }] },
		],
		[
			"openai-responses",
			"input",
			{ type: "function_call_output", call_id: "c1", output: '{"error":"No such city."}' },
		],
	])("tells a model through %s that a tool failed", async (kind, field, sent) => {
		const failed: MessagePart = { ...result, output: "No such city.", isError: true };
		const body = await send(kind, [user(text("Go.")), { role: "assistant", parts: [call, failed] }]);
		expect(body[field]).toMatchObject([{}, {}, sent]);
	});

	it("keeps the image and the file beside the call of a tool", async () => {
		const asked: ModelMessage = { role: "assistant", parts: [text("Look."), image, pdf, call, result] };
		const { messages } = await send("openai-compatible", [user(text("Go.")), asked]);
		expect(messages).toMatchObject([
			{},
			{
				content: [{ type: "text", text: "Look." }, { type: "image_url" }, { type: "file" }],
				tool_calls: [{ id: "c1" }],
			},
			{ role: "tool" },
		]);
	});
});

describe("a part that cannot be sent", () => {
	const stored: MessagePart = {
		type: "image",
		mediaType: "image/png",
		source: { type: "file", fileId: "0199aaaa-0000-7000-8000-000000000000" },
	};

	it("is refused with a code, and nothing is sent: a stored file whose bytes were not loaded", async () => {
		for (const id of ["openai-compatible", "anthropic", "google", "openai-responses"] as const) {
			const { error } = await readAnswer(stub.open({ id, messages: [user(text("Look."), stored)] }));
			expect(error).toMatchObject({ code: "unsupported_content" });
		}
		expect(stub.requests).toHaveLength(0);
	});
});

describe("a tool that a model wants to be called", () => {
	const sent: Record<Exclude<Kind, "openai" | "openai-responses">, string> = {
		"openai-compatible": [
			{ tool_calls: [{ index: 0, id: "c1", function: { name: "weather", arguments: '{"ci' } }] },
			{ tool_calls: [{ index: 0, function: { arguments: 'ty":"Oslo"}' } }] },
		]
			.map((delta) => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`)
			.concat('data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\n')
			.join(""),
		anthropic: [
			{
				type: "content_block_start",
				index: 1,
				content_block: { type: "tool_use", id: "c1", name: "weather", input: {} },
			},
			{
				type: "content_block_delta",
				index: 1,
				delta: { type: "input_json_delta", partial_json: '{"city":' },
			},
			{ type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '"Oslo"}' } },
			{ type: "message_delta", delta: { stop_reason: "tool_use" } },
		]
			.map((value) => `data: ${JSON.stringify(value)}\n\n`)
			.join(""),
		google: `data: ${JSON.stringify({
			candidates: [
				{
					content: { parts: [{ functionCall: { id: "c1", name: "weather", args: { city: "Oslo" } } }] },
					finishReason: "STOP",
				},
			],
		})}\n\n`,
	};

	it("may have an input that is no JSON, and is cleaned for storage", async () => {
		const inputs = ['{"a\\u0000":"b\\u0000"}', '{"a"', ""];
		const expected = [{ a: "b" }, '{"a"', {}];
		for (const [at, input] of inputs.entries()) {
			const tool_calls = [{ index: 0, id: "c\u00001", function: { name: "t", arguments: input } }];
			stub.answer = sse(`data: ${JSON.stringify({ choices: [{ delta: { tool_calls } }] })}\n\n`);
			const { seen } = await readAnswer(stub.open());
			expect(seen.at(-2)).toEqual({ type: "tool-call", callId: "c1", toolName: "t", input: expected[at] });
		}
	});

	it.each(Object.entries(sent))(
		"is one whole part before the finish, on the wire of %s",
		async (id, body) => {
			stub.answer = sse(body);
			const { seen } = await readAnswer(stub.open({ id }));
			expect(seen.slice(-2)).toMatchObject([
				{ type: "tool-call", callId: "c1", toolName: "weather", input: { city: "Oslo" } },
				{ type: "finish" },
			]);
		},
	);
});

import { afterAll, describe, expect, it } from "vitest";
import { toTextMessage } from "../../../contract/model-message.ts";
import { event, readAnswer, startStubProvider } from "../../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

const read = async (body: string, type = "text/event-stream") => {
	stub.answer = (response) => response.writeHead(200, { "content-type": type }).end(body);
	return readAnswer(stub.open({ id: "anthropic" }));
};

/** Anthropic names each event twice. */
const named = (value: { type: string }) => `event: ${value.type}\n${event(value)}`;
const message = { id: "msg_9", type: "message", role: "assistant", model: "claude-sonnet-5", content: [] };
const start = named({
	type: "message_start",
	message: { ...message, usage: { input_tokens: 40, output_tokens: 1 } },
} as never);
const block = (index: number, content_block: object) =>
	named({ type: "content_block_start", index, content_block } as never);
const delta = (index: number, value: object) =>
	named({ type: "content_block_delta", index, delta: value } as never);
const text = (value: string, index = 0) => delta(index, { type: "text_delta", text: value });
const stopped = named({ type: "content_block_stop", index: 0 } as never);
const ended = (stop_reason: string) =>
	named({ type: "message_delta", delta: { stop_reason }, usage: { output_tokens: 6 } } as never);
const end = ended("end_turn") + named({ type: "message_stop" });
const begun = start + block(0, { type: "text", text: "" }) + text("It ");
const good = {
	text: "It rains.",
	error: null,
	finish: { finishReason: "stop", usage: { inputTokens: 40, outputTokens: 6, source: "provider_final" } },
};

describe("Anthropic's events", () => {
	it.each([
		["a ping", named({ type: "ping" })],
		["an event of an unknown type", named({ type: "vendor_note", n: 1 } as never)],
		["an event without a type", event({ note: "x" })],
		["an empty object", event({})],
		["empty data", "data:\n\n"],
		[
			"a block of an unknown type",
			block(1, { type: "novel", parts: [1] }) + delta(1, { type: "novel_delta", x: 1 }),
		],
		["a signature", delta(1, { type: "signature_delta", signature: "abc" })],
		["a citation", delta(0, { type: "citations_delta", citation: { url: "x" } })],
		["a tool of the server's", block(1, { type: "server_tool_use", id: "t", name: "search", input: {} })],
		["a delta of nothing", delta(0, {}) + named({ type: "content_block_delta" })],
		["no error", event({ type: "note", error: null })],
	])("are read around %s", async (_, odd) => {
		expect(await read(odd + begun + odd + text("rains.") + stopped + odd + end + odd)).toMatchObject(good);
	});

	it.each([
		["without its last event", begun + text("rains.") + stopped + ended("end_turn")],
		["with OpenAI's end mark", `${begun + text("rains.") + stopped + end}data: [DONE]\n\n`],
		[
			"whose blocks begin with their text",
			start + block(0, { type: "text", text: "It " }) + text("rains.") + end,
		],
		["whose last event has no blank line", (begun + text("rains.") + end).trimEnd()],
		["with one line feed between events", (begun + text("rains.") + end).replaceAll("\n\n", "\n")],
	])("are an answer %s", async (_, body) => expect(await read(body)).toMatchObject(good));

	it("may be one whole message", async () => {
		const content = [
			{ type: "thinking", thinking: "Look." },
			{ type: "text", text: "It rains." },
		];
		const usage = { input_tokens: 40, output_tokens: 6 };
		const body = JSON.stringify({ ...message, content, stop_reason: "end_turn", usage });
		expect(await read(body, "application/json")).toMatchObject({ ...good, reasoning: "Look." });
	});

	it("have thoughts apart from text", async () => {
		const thought =
			block(1, { type: "thinking", thinking: "" }) + delta(1, { type: "thinking_delta", thinking: "Look." });
		expect(await read(begun + thought + text("rains.") + end)).toMatchObject({ ...good, reasoning: "Look." });
	});

	it.each([
		["end_turn", "stop"],
		["stop_sequence", "stop"],
		["pause_turn", "stop"],
		["max_tokens", "length"],
		["model_context_window_exceeded", "length"],
		["tool_use", "tool-calls"],
		["refusal", "content-filter"],
		["something_new", "stop"],
	])("end for %s as %s", async (reason, finishReason) => {
		const { finish } = await read(begun + ended(reason) + named({ type: "message_stop" }));
		expect(finish).toMatchObject({ finishReason });
	});

	it.each([
		[
			"of its own type",
			named({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } } as never),
		],
		["without a type", event({ error: { type: "overloaded_error", message: "Overloaded" } })],
		["by its event alone", 'event: error\ndata: {"type":"overloaded_error"}\n\n'],
		["as a bare line", '{"type":"error","error":{"type":"overloaded_error"}}\n'],
	])("report an error %s, unless the answer is settled", async (_, error) => {
		expect((await read(begun + error)).failure).toMatchObject({
			kind: "stream",
			body: expect.stringContaining("overloaded_error"),
		});
		expect(await read(begun + text("rains.") + ended("end_turn") + error)).toMatchObject(good);
	});

	it("distinguish a filter's verdict from a failure", async () => {
		const error = { type: "invalid_request_error", message: "Output blocked by content filtering policy" };
		const { failure } = await read(begun + named({ type: "error", error } as never));
		expect(failure).toMatchObject({ kind: "stream", isContentFilter: true });
	});
});

it("messages alternate and are never empty, whatever the conversation", async () => {
	stub.requests = [];
	stub.answer = (response) => response.writeHead(200).end(begun + end);
	const messages = [
		toTextMessage("system", "Be brief."),
		toTextMessage("user", "One"),
		toTextMessage("assistant", ""),
		toTextMessage("user", "Two"),
	] as const;
	await readAnswer(stub.open({ id: "anthropic", messages }));
	expect(stub.requests[0]?.body).toMatchObject({
		system: [{ type: "text", text: "Be brief." }],
		messages: [{ role: "user", content: [{ text: "One" }, { text: "Two" }] }],
	});
});

import { afterAll, describe, expect, it } from "vitest";
import { event, readAnswer, startStubProvider } from "../../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

/** The answer of a server that imitates OpenAI's. */
const read = async (body: string | readonly Uint8Array[]) => {
	stub.answer = async (response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		for (const part of typeof body === "string" ? [body] : body) response.write(part);
		response.end();
	};
	return readAnswer(stub.open());
};

const chunk = (fields: object, more: object = {}) => ({
	id: "c-9",
	choices: [{ index: 0, ...fields }],
	...more,
});
const said = (text: string) => chunk({ delta: { content: text } });
const ended = chunk({ delta: {}, finish_reason: "stop" });
const counts = { prompt_tokens: 31, completion_tokens: 4, total_tokens: 35 };
const counted = { choices: [], usage: counts };
const done = "data: [DONE]\n\n";
const json = (value: unknown) => JSON.stringify(value);
const good = {
	text: "It snows.",
	reasoning: "",
	error: null,
	finish: { finishReason: "stop", usage: { inputTokens: 31, outputTokens: 4 } },
};

describe("framing that servers and proxies get wrong", () => {
	const events = [said("It "), said("snows."), ended, counted];
	it.each<[what: string, body: string]>([
		[
			"a field name twice",
			`${events.map((one) => `data: data: ${json(one)}\n\n`).join("")}data: data: [DONE]\n\n`,
		],
		["white space before the field", events.map((one) => `  data: ${json(one)}\n\n`).join("") + done],
		["a field name in capitals", events.map((one) => `Data: ${json(one)}\n\n`).join("") + done],
		["no line end between two events", `${events.map((one) => `data: ${json(one)}`).join("")}\n\n${done}`],
		["two objects in one event", `data: ${events.map(json).join("")}\n\n${done}`],
		[
			"an end mark behind the last object",
			`${events.map((one) => `data: ${json(one)}`).join("\n\n")}data: [DONE]\n\n`,
		],
		["objects that are encoded twice", events.map((one) => event(json(one))).join("") + done],
		["an end mark as a JSON string", events.map(event).join("") + event("[DONE]")],
		[
			"not a number",
			events
				.map(
					(one) => `data: ${json(one).replace('"id":"c-9"', '"id":"c-9","score":NaN,"wait":-Infinity')}\n\n`,
				)
				.join("") + done,
		],
		["a byte order mark", `\uFEFF${events.map(event).join("")}${done}`],
		["carriage returns alone", (events.map(event).join("") + done).replaceAll("\n", "\r")],
		[
			"an object of which each line is an event's line",
			events
				.map(
					(one) =>
						`${JSON.stringify(one, null, 1)
							.split("\n")
							.map((line) => `data: ${line}`)
							.join("\n")}\n\n`,
				)
				.join("") + done,
		],
	])("%s", async (_, body) => {
		expect(await read(body)).toMatchObject(good);
	});

	it.each([
		["a tab", "It\tsnows."],
		["a line feed", "It\nsnows."],
		["a backslash that escapes nothing", "It \\alpha snows."],
	])("%s inside of a string", async (_, text) => {
		const raw = `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;
		const answer = await read(raw + event(ended) + event(counted) + done);
		expect(answer).toMatchObject({ ...good, text });
	});

	it("bytes that arrive one by one, also inside of a character and between CR and LF", async () => {
		const body = ([said("É😀 "), said("雪"), ended, counted].map(event).join("") + done).replaceAll(
			"\n",
			"\r\n",
		);
		const bytes = Array.from(Buffer.from(body), (byte) => Uint8Array.of(byte));
		expect(await read(bytes)).toMatchObject({ ...good, text: "É😀 雪" });
	});
});

describe("content in further shapes", () => {
	const rest = event(ended) + event(counted) + done;
	it.each<[what: string, chunks: object[]]>([
		["a delta with text", [chunk({ delta: { text: "It " } }), chunk({ delta: { text: "snows." } })]],
		[
			"a delta with output_text",
			[chunk({ delta: { content: [{ type: "output_text", text: "It snows." }] } })],
		],
		[
			"parts below the content",
			[chunk({ delta: { content: { parts: [{ text: "It " }, { text: "snows." }] } } })],
		],
		["one choice that is no list", [{ choices: { delta: { content: "It snows." } } }]],
		["a chunk below data", [{ data: said("It ") }, { data: said("snows.") }]],
		["a chunk below result", [{ result: said("It snows.") }]],
		["a chunk below response", [{ response: said("It snows.") }]],
		["a whole message below output", [{ output: chunk({ message: { content: "It snows." } }) }]],
		["a list of messages", [chunk({ messages: [{ role: "assistant", content: "It snows." }] })]],
	])("%s", async (_, chunks) => {
		expect(await read(chunks.map(event).join("") + rest)).toMatchObject(good);
	});

	it("numbers", async () => {
		expect(await read(event(chunk({ delta: { content: 42 } })) + rest)).toMatchObject({
			...good,
			text: "42",
		});
	});

	it.each<[what: string, delta: object]>([
		["blocks", { thinking_blocks: [{ type: "thinking", thinking: "Cold.", signature: "x" }] }],
		["an object with content", { reasoning: { content: "Cold." } }],
		["a summary", { reasoning: { summary: [{ type: "summary_text", text: "Cold." }] } }],
		["details", { reasoning_details: [{ type: "reasoning.text", text: "Cold." }] }],
		["a part of the content", { content: [{ type: "reasoning", reasoning: "Cold." }] }],
	])("reasoning as %s", async (_, delta) => {
		const body = event(chunk({ delta })) + event(said("It snows.")) + rest;
		expect(await read(body)).toMatchObject({ ...good, reasoning: "Cold." });
	});
});

describe("finish reasons in further shapes", () => {
	const read1 = (fields: object) =>
		read(event(said("It snows.")) + event(chunk({ delta: {}, ...fields })) + event(counted) + done);
	it.each<[finish: unknown, reason: string]>([
		[{ reason: "endoftext" }, "stop"],
		[{ type: "length" }, "length"],
		[{ reason: "SAFETY" }, "content-filter"],
		["<|im_end|>", "stop"],
		["</s>", "stop"],
		["Completed", "stop"],
		["stop_str", "stop"],
		["MODEL_LENGTH", "length"],
		["max-new-tokens", "length"],
		["content_filtered", "content-filter"],
		["GUARDRAIL_INTERVENED", "content-filter"],
		["ERROR_TOXIC", "content-filter"],
		["model_context_window_exceeded", "length"],
		["tool_use", "tool-calls"],
		["USER_CANCEL", "error"],
		["network_error", "error"],
	])("%j", async (finish_reason, reason) => {
		expect((await read1({ finish_reason })).finish).toMatchObject({ finishReason: reason });
	});
	it.each([
		{ finishReason: "STOP" },
		{ stop_reason: "end_turn" },
		{ done_reason: "stop" },
		{ stopReason: "end_turn" },
	])("%j", async (fields) => {
		expect(await read1(fields)).toMatchObject(good);
	});
	it("beside the choices", async () => {
		expect(
			await read(
				event(said("It snows.")) + event({ choices: [], finish_reason: "stop" }) + event(counted) + done,
			),
		).toMatchObject(good);
	});
});

describe("usage in further shapes", () => {
	it.each<[what: string, usage: object]>([
		["a list", { usage: [counts] }],
		["in the delta", chunk({ delta: { usage: counts } })],
		["in the message", chunk({ message: { usage: counts } })],
		[
			"without the output, which the total has",
			{ usage: { prompt_tokens: 31, completion_tokens: null, total_tokens: 35 } },
		],
		["camel case", { usage: { promptTokens: 31, completionTokens: 4 } }],
		["Ollama's counts", { prompt_eval_count: 31, eval_count: 4 }],
	])("%s", async (_, more) => {
		expect(
			await read(event(said("It snows.")) + event(ended) + event({ choices: [], ...more }) + done),
		).toMatchObject(good);
	});

	it("below data", async () => {
		const body = event(said("It snows.")) + event(ended) + event({ data: counted }) + done;
		expect(await read(body)).toMatchObject(good);
	});

	it("LangChain's details", async () => {
		const usage_metadata = {
			input_tokens: 31,
			output_tokens: 4,
			total_tokens: 35,
			input_token_details: { cache_read: 16, cache_creation: 5 },
			output_token_details: { reasoning: 2 },
		};
		const { finish } = await read(
			event(said("It snows.")) + event(ended) + event({ choices: [], usage_metadata }) + done,
		);
		expect(finish?.usage).toMatchObject({
			inputTokens: 31,
			cachedInputTokens: 16,
			cacheWriteTokens: 5,
			outputTokens: 4,
			reasoningTokens: 2,
		});
	});
});

describe("errors in further shapes, in the stream of a successful response", () => {
	it.each<[what: string, error: unknown]>([
		["msg instead of message", { code: "invalid_request", msg: "It cannot be read." }],
		["a status in words", { status: "error", message: "It broke." }],
		["no success", { success: false, message: "It broke." }],
		[
			"a fault",
			{
				fault: {
					faultstring: "Rate limit quota violation.",
					detail: { errorcode: "policies.ratelimit.QuotaViolation" },
				},
			},
		],
		["MiniMax's status", { base_resp: { status_code: 1004, status_msg: "login fail" } }],
		["an error in capitals", { Error: { Code: "ThrottlingException", Message: "Rate exceeded" } }],
		["an error's message alone", { error_message: "It broke." }],
		["an error below data", { data: { error: { message: "It broke." } } }],
	])("%s", async (_, error) => {
		expect((await read(event(error))).failure).toMatchObject({ kind: "stream" });
	});
	it("MiniMax's status of a success is none", async () => {
		const ok = { base_resp: { status_code: 0, status_msg: "" } };
		expect(
			await read(event({ ...said("It snows."), ...ok }) + event(ended) + event({ ...counted, ...ok }) + done),
		).toMatchObject(good);
	});
});

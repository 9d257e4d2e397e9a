// Longer than other files: one stub of a provider, and everything that it may answer.
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
	chat,
	event,
	readAnswer,
	sent,
	sse,
	started,
	startStubProvider,
	wires,
} from "../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);
beforeEach(() => {
	stub.requests = [];
});

describe("a good answer", () => {
	it("is text in order, then one finish with the provider's own usage", async () => {
		stub.answer = sse(
			chat.delta("Hel"),
			chat.delta("lo"),
			chat.finish(),
			chat.usage({ ...chat.counts, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 } }),
			chat.done,
		);
		const { seen } = await readAnswer(stub.open());
		expect(seen).toEqual([
			{ type: "response-start", providerRequestId: null },
			{ type: "response-start", providerRequestId: "chatcmpl-7" },
			// What arrives together is one part.
			{ type: "text-delta", text: "Hello" },
			{
				type: "finish",
				finishReason: "stop",
				usage: {
					inputTokens: 11,
					cachedInputTokens: 4,
					cacheWriteTokens: 3,
					cacheWrite1hTokens: 0,
					outputTokens: 2,
					reasoningTokens: 0,
					source: "provider_final",
				},
			},
		]);
	});

	it("was asked for with the model id unchanged, an output limit, the key, and usage in the stream", async () => {
		stub.answer = sse(chat.delta("x"), chat.finish(), chat.usage(chat.counts), chat.done);
		await readAnswer(stub.open());
		expect(stub.requests[0]?.url).toBe("/v1/chat/completions");
		expect(stub.requests[0]?.headers.authorization).toBe("Bearer key-of-the-test");
		expect(stub.requests[0]?.body).toMatchObject({
			model: "any/model:x@1, ü=openai-compatible",
			max_tokens: 123,
			stream: true,
			stream_options: { include_usage: true },
			messages: [
				{ role: "system", content: "Be brief." },
				{ role: "user", content: "Hello?" },
			],
		});
	});

	it("starts with the response's headers, before any content, and names the request", async () => {
		const held = Promise.withResolvers<void>();
		stub.answer = async (response) => {
			started(response, { "x-request-id": "req-1" }).flushHeaders();
			await held.promise;
			response.end(chat.delta("late") + chat.finish());
		};
		for (const id of ["openai-compatible", "openai"]) {
			const parts = stub.open({ id })[Symbol.asyncIterator]();
			expect((await parts.next()).value).toEqual({ type: "response-start", providerRequestId: "req-1" });
			held.resolve();
			expect((await parts.next()).value).toEqual({ type: "text-delta", text: "late" });
			await parts.return?.(undefined);
		}
	});

	it.each([
		["openai-compatible", sse(wires["openai-compatible"].begin, wires["openai-compatible"].end)],
		["openai", sse(wires.openai.begin, wires.openai.end)],
		["anthropic", sse(wires.anthropic.begin, wires.anthropic.end)],
		["google", sse(wires.google.begin, wires.google.end)],
	])("sends %s the name of the call", async (id, answer) => {
		stub.answer = answer;
		await readAnswer(stub.open({ id }));
		expect(stub.requests.at(-1)?.headers["x-client-request-id"]).toBe("turn-7-1");
	});

	it("gives reasoning apart from text", async () => {
		stub.answer = sse(
			chat.delta("", { reasoning_content: "Hm. " }),
			chat.delta("", { reasoning: "Yes." }),
			chat.delta("42"),
			chat.finish(),
		);
		expect(await readAnswer(stub.open())).toMatchObject({ reasoning: "Hm. Yes.", text: "42" });
	});

	it.each([
		["stop", "stop"],
		["length", "length"],
		["content_filter", "content-filter"],
		["tool_calls", "tool-calls"],
		["eos", "stop"],
		["SAFETY", "content-filter"],
		["network_error", "error"],
	])("maps the finish reason %s to %s", async (raw, finishReason) => {
		stub.answer = sse(chat.delta("x"), chat.finish(raw), chat.usage(chat.counts), chat.done);
		expect((await readAnswer(stub.open())).finish).toMatchObject({ finishReason });
	});

	it("ends well with an unknown finish reason", async () => {
		stub.answer = sse(chat.delta("x"), chat.finish("drained\u0000"), chat.usage(chat.counts), chat.done);
		expect((await readAnswer(stub.open())).finish).toMatchObject({
			finishReason: "stop",
			usage: { inputTokens: 11, outputTokens: 2 },
		});
		stub.answer = sse(chat.finish("drained"), chat.done);
		expect((await readAnswer(stub.open())).finish).toMatchObject({ finishReason: "unknown" });
	});

	it("without a reason is whole when its provider has both counted and ended it", async () => {
		const begun = chat.delta("x");
		const unknown = { type: "finish", finishReason: "unknown", usage: null };
		const uncounted = chat.usage({ prompt_tokens: 11, completion_tokens: 0 });
		for (const [events, finish] of [
			[begun + chat.usage(chat.counts) + chat.done, { finishReason: "stop", usage: { outputTokens: 2 } }],
			[begun + chat.usage(chat.counts), unknown],
			[begun + chat.done, unknown],
			[begun + uncounted + chat.done, unknown],
			[chat.usage(chat.counts) + chat.done, unknown],
		] as const) {
			stub.answer = sse(events);
			expect((await readAnswer(stub.open())).finish).toMatchObject(finish);
		}
	});

	it("survives empty choices, comments, a doubled [DONE] and text after it", async () => {
		stub.answer = sse(
			": ping\n\n",
			event({ choices: [] }),
			chat.delta("a"),
			": ping\n\n",
			chat.finish(),
			chat.usage(chat.counts),
			chat.done,
			chat.done,
			": end\n\n",
		);
		expect(await readAnswer(stub.open())).toMatchObject({
			text: "a",
			error: null,
			finish: { finishReason: "stop" },
		});
	});

	it("is read in gzip too", async () => {
		stub.answer = (response) => {
			started(response, { "content-encoding": "gzip" });
			response.end(gzipSync(chat.delta("packed") + chat.finish() + chat.usage(chat.counts) + chat.done));
		};
		expect(await readAnswer(stub.open())).toMatchObject({ text: "packed", error: null });
	});

	it("may carry one piece of 1 MB and 20,000 pieces of one character", async () => {
		const large = "ä".repeat(500_000);
		stub.answer = sse(
			chat.delta(large),
			...Array.from({ length: 20_000 }, () => chat.delta("z")),
			chat.finish(),
			chat.done,
		);
		expect((await readAnswer(stub.open())).text).toBe(large + "z".repeat(20_000));
	});

	it("is the same text wherever its bytes are cut", async () => {
		const text = "é😀𝛑漢👩‍👩‍👧";
		const bytes = Buffer.from(chat.delta(text) + chat.finish() + chat.usage(chat.counts) + chat.done);
		for (let at = 1; at < Buffer.byteLength(chat.delta(text)); at += 1) {
			stub.answer = async (response) => {
				started(response);
				response.socket?.setNoDelay(true);
				await sent(response, bytes.subarray(0, at));
				await new Promise(setImmediate);
				response.end(bytes.subarray(at));
			};
			expect(await readAnswer(stub.open())).toMatchObject({ text, error: null });
		}
	});

	it("is well-formed and without U+0000 wherever its characters are cut", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.string({ unit: fc.constantFrom("a", "\u0000", "\ud83d", "\ude00", "é") })),
				async (more) => {
					// Pieces that each begin with all before them would be an answer that is sent whole each time.
					const pieces = ["start:", ...more];
					stub.answer = sse(...pieces.map((piece) => chat.delta(piece)), chat.finish());
					const { text } = await readAnswer(stub.open());
					expect(text).toBe(pieces.join("").replaceAll("\u0000", "").toWellFormed());
				},
			),
			{ numRuns: 60 },
		);
	});
});

describe("usage", () => {
	const reported = (inputTokens: number, outputTokens: number, reasoningTokens = 0) =>
		({
			inputTokens,
			cachedInputTokens: 0,
			cacheWriteTokens: 0,
			cacheWrite1hTokens: 0,
			outputTokens,
			reasoningTokens,
			source: "provider_final",
		}) as const;

	it.each([
		["missing", undefined, null],
		["null", null, null],
		["empty", {}, null],
		["half", { prompt_tokens: 3 }, null],
		["zero", { prompt_tokens: 0, completion_tokens: 0 }, reported(0, 0)],
		["negative", { prompt_tokens: -1, completion_tokens: 5 }, null],
		["not whole", { prompt_tokens: 1.5, completion_tokens: 5 }, null],
		["the largest", { prompt_tokens: 2_147_483_647, completion_tokens: 1 }, reported(2_147_483_647, 1)],
		["too large", { prompt_tokens: 2_147_483_648, completion_tokens: 1 }, null],
		[
			"more reasoning than output",
			{ prompt_tokens: 1, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 9 } },
			reported(1, 11, 9),
		],
	])("that is %s is taken at its word or not at all", async (_name, raw, expected) => {
		stub.answer = sse(chat.delta("x"), chat.finish(), raw === undefined ? "" : chat.usage(raw), chat.done);
		expect((await readAnswer(stub.open())).finish).toEqual({
			type: "finish",
			finishReason: "stop",
			usage: expected,
		});
	});
});

describe("every wire", () => {
	it.each([
		["openai", "/v1/chat/completions", { max_completion_tokens: 123 }],
		["openai-responses", "/v1/responses", { max_output_tokens: 123, store: false }],
		["anthropic", "/v1/messages", { max_tokens: 123, model: "claude-sonnet-5" }],
		["google", "", { generationConfig: { maxOutputTokens: 123 } }],
	] as const)("%s gives the same parts and always gets the output limit", async (id, url, body) => {
		stub.answer = sse(wires[id].begin, wires[id].end);
		const result = await readAnswer(stub.open({ id }));
		expect(result).toMatchObject({ text: "Hi", error: null });
		expect(result.finish).toMatchObject({
			finishReason: "stop",
			usage: { outputTokens: 2, source: "provider_final" },
		});
		expect(stub.requests[0]?.body).toMatchObject(body);
		if (url) expect(stub.requests[0]?.url).toBe(url);
	});

	it("of Anthropic reports an overload inside the stream in its words", async () => {
		stub.answer = sse(
			wires.anthropic.begin,
			event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
		);
		expect((await readAnswer(stub.open({ id: "anthropic" }))).failure).toMatchObject({
			kind: "stream",
			body: expect.stringContaining("overloaded_error"),
		});
	});

	it("of Google reports a blocked prompt as filtered", async () => {
		stub.answer = sse(
			event({
				promptFeedback: { blockReason: "SAFETY" },
				usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
			}),
		);
		expect((await readAnswer(stub.open({ id: "google" }))).finish).toMatchObject({
			finishReason: "content-filter",
		});
	});
});

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ModelPart } from "../turn.ts";
import { createModels, type Models, ProviderError } from "./index.ts";

type Answer = (response: ServerResponse, request: IncomingMessage, body: Record<string, unknown>) => unknown;

const none = {
	openaiApiKey: null,
	openaiBaseUrl: null,
	anthropicApiKey: null,
	anthropicBaseUrl: null,
	googleApiKey: null,
	ollamaBaseUrl: "http://127.0.0.1:9",
};

/** The provider under test answers as each test says; it is a real server on a loopback port. */
let answer: Answer = () => undefined;
let requests: { url: string; headers: IncomingMessage["headers"]; body: Record<string, unknown> }[] = [];
const sockets = new Set<Socket>();
const server = createServer(async (request, response) => {
	let text = "";
	for await (const chunk of request) text += chunk;
	const body = text ? JSON.parse(text) : {};
	requests.push({ url: request.url ?? "", headers: request.headers, body });
	await answer(response, request, body);
}).on("connection", (socket) => {
	sockets.add(socket);
	socket.on("close", () => sockets.delete(socket));
});
let models: Models;

beforeAll(async () => {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
	const kinds = ["openai-compatible", "openai", "anthropic", "google"] as const;
	models = await createModels({
		settings: {
			providers: none,
			defaultModel: null,
			config: {
				providers: kinds.map((kind) => ({ id: kind, kind, baseUrl, apiKey: "key-of-the-test" })),
				models: kinds.map((kind) => ({
					id: kind,
					provider: kind,
					providerModelId: kind === "anthropic" ? "claude-sonnet-5" : `any/model:x@1, ü=${kind}`,
					tier: "small",
					contextWindow: 8_000,
					maxOutputTokens: 500,
					prices: null,
				})),
			},
		},
	});
});

afterAll(async () => {
	await models.close();
	server.closeAllConnections();
	server.close();
});

beforeEach(() => {
	requests = [];
});

function open(options: { id?: string; signal?: AbortSignal } = {}) {
	const model = models.find(options.id ?? "openai-compatible");
	if (!model) throw new Error("no such model");
	const messages = [
		{ role: "system", text: "Be brief." },
		{ role: "user", text: "Hello?" },
	] as const;
	const signal = options.signal ?? new AbortController().signal;
	return models.open({ model, messages, maxOutputTokens: 123, signal });
}

async function read(parts: AsyncIterable<ModelPart>) {
	const seen: ModelPart[] = [];
	let error: unknown = null;
	try {
		for await (const part of parts) seen.push(part);
	} catch (caught) {
		error = caught;
	}
	const joined = (type: "text-delta" | "reasoning-delta") =>
		seen.map((part) => (part.type === type ? part.text : "")).join("");
	const finish = seen.at(-1)?.type === "finish" ? seen.at(-1) : null;
	const failure = error instanceof ProviderError ? error : null;
	return { seen, text: joined("text-delta"), reasoning: joined("reasoning-delta"), finish, error, failure };
}

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const delta = (content: string, more = {}) =>
	event({ id: "chatcmpl-7", choices: [{ index: 0, delta: { content, ...more }, finish_reason: null }] });
const finish = (reason = "stop") =>
	event({ id: "chatcmpl-7", choices: [{ index: 0, delta: {}, finish_reason: reason }] });
const usage = (counts: unknown) => event({ id: "chatcmpl-7", choices: [], usage: counts });
const done = "data: [DONE]\n\n";
const counts = { prompt_tokens: 11, completion_tokens: 2, total_tokens: 13 };

const sse = (...events: string[]): Answer => {
	return (response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.end(events.join(""));
	};
};

const started = (response: ServerResponse, headers = {}) =>
	response.writeHead(200, { "content-type": "text/event-stream", ...headers });

const sent = (response: ServerResponse, text: string | Uint8Array) =>
	new Promise<void>((resolve) => response.write(text, () => resolve()));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a good answer", () => {
	it("is text in order, then one finish with the provider's own usage", async () => {
		answer = sse(
			delta("Hel"),
			delta("lo"),
			finish(),
			usage({ ...counts, prompt_tokens_details: { cached_tokens: 4 } }),
			done,
		);
		const { seen } = await read(open());
		expect(seen).toEqual([
			{ type: "response-start", providerRequestId: null },
			{ type: "response-start", providerRequestId: "chatcmpl-7" },
			{ type: "text-delta", text: "Hel" },
			{ type: "text-delta", text: "lo" },
			{
				type: "finish",
				finishReason: "stop",
				usage: {
					inputTokens: 11,
					cachedInputTokens: 4,
					outputTokens: 2,
					reasoningTokens: 0,
					source: "provider_final",
				},
			},
		]);
	});

	it("was asked for with the model id unchanged, an output limit, the key, and usage in the stream", async () => {
		answer = sse(delta("x"), finish(), usage(counts), done);
		await read(open());
		expect(requests[0]?.url).toBe("/v1/chat/completions");
		expect(requests[0]?.headers.authorization).toBe("Bearer key-of-the-test");
		expect(requests[0]?.body).toMatchObject({
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
		answer = async (response) => {
			started(response, { "x-request-id": "req-1" }).flushHeaders();
			await held.promise;
			response.end(delta("late") + finish());
		};
		for (const id of ["openai-compatible", "openai"]) {
			const parts = open({ id })[Symbol.asyncIterator]();
			expect((await parts.next()).value).toEqual({ type: "response-start", providerRequestId: "req-1" });
			held.resolve();
			expect((await parts.next()).value).toEqual({ type: "text-delta", text: "late" });
			await parts.return?.(undefined);
		}
	});

	it("gives reasoning apart from text", async () => {
		answer = sse(
			delta("", { reasoning_content: "Hm. " }),
			delta("", { reasoning: "Yes." }),
			delta("42"),
			finish(),
		);
		expect(await read(open())).toMatchObject({ reasoning: "Hm. Yes.", text: "42" });
	});

	it.each([
		["stop", "stop"],
		["length", "length"],
		["content_filter", "content-filter"],
		["tool_calls", "tool-calls"],
		["eos", "unknown"],
	])("maps the finish reason %s to %s", async (raw, finishReason) => {
		answer = sse(delta("x"), finish(raw), usage(counts), done);
		expect((await read(open())).finish).toMatchObject({ finishReason });
	});

	it("survives empty choices, comments, a doubled [DONE] and text after it", async () => {
		answer = sse(
			": ping\n\n",
			event({ choices: [] }),
			delta("a"),
			": ping\n\n",
			finish(),
			usage(counts),
			done,
			done,
			": end\n\n",
		);
		expect(await read(open())).toMatchObject({ text: "a", error: null, finish: { finishReason: "stop" } });
	});

	it("is read in gzip too", async () => {
		answer = (response) => {
			started(response, { "content-encoding": "gzip" });
			response.end(gzipSync(delta("packed") + finish() + usage(counts) + done));
		};
		expect(await read(open())).toMatchObject({ text: "packed", error: null });
	});

	it("may carry one piece of 1 MB and 20,000 pieces of one character", async () => {
		const large = "ä".repeat(500_000);
		answer = sse(delta(large), ...Array.from({ length: 20_000 }, () => delta("z")), finish(), done);
		expect((await read(open())).text).toBe(large + "z".repeat(20_000));
	});

	it("is the same text wherever its bytes are cut", async () => {
		const text = "é😀𝛑漢👩‍👩‍👧";
		const bytes = Buffer.from(delta(text) + finish() + usage(counts) + done);
		for (let at = 1; at < Buffer.byteLength(delta(text)); at += 1) {
			answer = async (response) => {
				started(response);
				response.socket?.setNoDelay(true);
				await sent(response, bytes.subarray(0, at));
				await new Promise(setImmediate);
				response.end(bytes.subarray(at));
			};
			expect(await read(open())).toMatchObject({ text, error: null });
		}
	});

	it("is well-formed and without U+0000 wherever its characters are cut", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.string({ unit: fc.constantFrom("a", "\u0000", "\ud83d", "\ude00", "é") })),
				async (pieces) => {
					answer = sse(...pieces.map((piece) => delta(piece)), finish());
					const { text } = await read(open());
					expect(text).toBe(pieces.join("").replaceAll("\u0000", "").toWellFormed());
				},
			),
			{ numRuns: 60 },
		);
	});
});

describe("usage", () => {
	const reported = (inputTokens: number, outputTokens: number, reasoningTokens = 0) =>
		({ inputTokens, cachedInputTokens: 0, outputTokens, reasoningTokens, source: "provider_final" }) as const;

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
			reported(1, 2, 2),
		],
	])("that is %s is taken at its word or not at all", async (_name, raw, expected) => {
		answer = sse(delta("x"), finish(), raw === undefined ? "" : usage(raw), done);
		expect((await read(open())).finish).toEqual({ type: "finish", finishReason: "stop", usage: expected });
	});
});

describe("a broken stream", () => {
	it.each(["openai-compatible", "openai", "google", "anthropic"])(
		"of %s that just ends finishes as unknown",
		async (id) => {
			answer = sse(streams[id]?.begin ?? "");
			const result = await read(open({ id }));
			expect(result).toMatchObject({
				text: "Hi",
				error: null,
				finish: { type: "finish", finishReason: "unknown", usage: null },
			});
		},
	);

	it.each([0, 1, 2, 50])(
		"that is reset after %i chunks is an error of the stream, never a success",
		async (chunks) => {
			for (const id of ["openai-compatible", "openai"]) {
				answer = async (response) => {
					started(response).flushHeaders();
					for (let n = 0; n < chunks; n += 1) await sent(response, delta("x"));
					await pause(30);
					response.socket?.resetAndDestroy();
				};
				const { failure, text, finish } = await read(open({ id }));
				expect(failure).toMatchObject({ kind: "stream" });
				expect(finish).toBeNull();
				expect(text).toBe("x".repeat(chunks));
			}
		},
	);

	it("with an error event says what the provider said", async () => {
		answer = sse(
			delta("x"),
			event({ error: { message: "The server is overloaded", type: "overloaded_error", code: null } }),
		);
		const { failure, text } = await read(open());
		expect(failure).toMatchObject({ kind: "stream", isContentFilter: false });
		expect(failure?.body).toContain("overloaded");
		expect(text).toBe("x");
	});

	it("with an error event before any content names the status that it stands for", async () => {
		answer = sse(
			event({ error: { message: "Slow down", type: "rate_limit_error", code: "rate_limit_exceeded" } }),
		);
		expect((await read(open({ id: "openai" }))).failure).toMatchObject({ kind: "stream", status: 429 });
	});

	it("with a refusal by a content filter is told apart from a failure", async () => {
		answer = sse(delta("x"), event({ error: { message: "Filtered", code: "content_filter" } }));
		expect((await read(open())).failure).toMatchObject({ kind: "stream", isContentFilter: true });
	});

	it("with an error that is only a word is still an error of the stream", async () => {
		answer = sse(event({ error: "overloaded" }));
		expect((await read(open())).failure).toMatchObject({ kind: "stream", body: '{"error":"overloaded"}' });
	});

	it("with broken JSON in it is a parse error", async () => {
		answer = sse(delta("x"), 'data: {"choices": [{\n\n', delta("y"), finish());
		expect((await read(open())).failure).toMatchObject({ kind: "parse" });
	});

	it("that inflates without end is cut", async () => {
		const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, 0x20));
		answer = (response) => {
			started(response, { "content-encoding": "gzip" });
			response.end(bomb);
		};
		expect((await read(open())).failure).toMatchObject({ kind: "stream" });
	}, 20_000);
});

describe("a response that is no stream", () => {
	it("has its status, its headers and the first 2 KB of its body", async () => {
		answer = (response) => {
			response.writeHead(502, {
				"content-type": "text/html",
				"Retry-After": "7",
				"X-RateLimit-Reset-Tokens": "1s",
			});
			response.end(`<html>${"Bad gateway ".repeat(10_000)}`);
		};
		const { failure } = await read(open());
		expect(failure).toMatchObject({
			kind: "http",
			status: 502,
			headers: { "retry-after": "7", "x-ratelimit-reset-tokens": "1s" },
		});
		expect(failure?.body.startsWith("<html>Bad gateway")).toBe(true);
		expect(Buffer.byteLength(failure?.body ?? "")).toBe(2_048);
	});

	it.each([
		["application/json", '{"error":{"message":"No such model"}}'],
		["text/html; charset=utf-8", "<html>Sign in</html>"],
	])("of type %s at 200 is a parse error with its words", async (type, body) => {
		answer = (response) => response.writeHead(200, { "content-type": type }).end(body);
		expect((await read(open())).failure).toMatchObject({ kind: "parse", status: 200, body });
	});

	it("that redirects is refused and the key stays here", async () => {
		answer = (response) => response.writeHead(307, { location: "http://127.0.0.1:9/v1" }).end();
		expect((await read(open())).failure).toMatchObject({ kind: "http", status: 307 });
		expect(requests).toHaveLength(1);
	});

	it("but a content filter's refusal is one", async () => {
		answer = (response) =>
			response
				.writeHead(400, { "content-type": "application/json" })
				.end('{"error":{"code":"content_filter","message":"..."}}');
		expect((await read(open())).failure).toMatchObject({ kind: "http", status: 400, isContentFilter: true });
	});

	it("but a reset is a failure to connect", async () => {
		answer = (response) => response.socket?.resetAndDestroy();
		expect((await read(open())).failure).toMatchObject({ kind: "connect", status: null });
	});

	it("but a body that never comes costs two seconds at most", async () => {
		answer = (response) => {
			response.writeHead(500, { "content-length": "100" });
			response.write("half");
		};
		expect((await read(open())).failure).toMatchObject({ kind: "http", status: 500, body: "half" });
	}, 8_000);
});

describe("leaving", () => {
	/** An answer that never ends; resolves when its connection is closed. */
	function endless() {
		const closed = Promise.withResolvers<void>();
		answer = async (response) => {
			response.on("close", () => closed.resolve());
			started(response);
			while (!response.destroyed) {
				await sent(response, delta("x"));
				await pause(5);
			}
		};
		return closed.promise;
	}

	it.each(["openai-compatible", "openai"])(
		"by abort rejects with the signal's reason and closes the connection of %s",
		async (id) => {
			const closed = endless();
			const stop = new AbortController();
			const reason = new Error("stopped by a person");
			setTimeout(() => stop.abort(reason), 60);
			const { error, text } = await read(open({ id, signal: stop.signal }));
			expect(error).toBe(reason);
			expect(text.length).toBeGreaterThan(0);
			await closed;
		},
	);

	it("by abort while the headers are awaited rejects at once", async () => {
		answer = () => undefined;
		const stop = new AbortController();
		setTimeout(() => stop.abort("no longer"), 40);
		expect((await read(open({ signal: stop.signal }))).error).toBe("no longer");
	});

	it("before it began never calls the provider", async () => {
		expect((await read(open({ signal: AbortSignal.abort("early") }))).error).toBe("early");
		expect(requests).toHaveLength(0);
	});

	it.each(["openai-compatible", "openai", "google"])(
		"in mid-answer closes the connection of %s",
		async (id) => {
			const closed = id === "google" ? endlessGoogle() : endless();
			for await (const part of open({ id })) if (part.type === "text-delta") break;
			await closed;
		},
	);

	function endlessGoogle() {
		const closed = Promise.withResolvers<void>();
		answer = async (response) => {
			response.on("close", () => closed.resolve());
			await sent(started(response), streams.google?.begin ?? "");
		};
		return closed.promise;
	}

	it("does not leave listeners on the caller's signal", async () => {
		answer = sse(delta("x"), finish());
		const stop = new AbortController();
		let listeners = 0;
		const { addEventListener, removeEventListener } = stop.signal;
		stop.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
			listeners += 1;
			addEventListener.apply(stop.signal, args);
		};
		stop.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
			listeners -= 1;
			removeEventListener.apply(stop.signal, args);
		};
		await read(open({ signal: stop.signal }));
		expect(listeners).toBe(0);
	});

	it("after a whole answer keeps the connection for the next one", async () => {
		answer = sse(delta("x"), finish(), done);
		server.closeAllConnections();
		for (let n = 0; n < 5; n += 1) await read(open());
		expect(sockets.size).toBeLessThanOrEqual(2);
	});
});

/** The other two wires, as their providers document them. */
const anthropicBegin = [
	event({
		type: "message_start",
		message: {
			id: "msg_1",
			type: "message",
			role: "assistant",
			model: "claude",
			content: [],
			usage: { input_tokens: 9, output_tokens: 1 },
		},
	}),
	event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
	event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } }),
].join("");

const streams: Record<string, { begin: string; end: string }> = {
	"openai-compatible": { begin: delta("Hi"), end: finish() + usage(counts) + done },
	openai: { begin: delta("Hi"), end: finish() + usage(counts) + done },
	anthropic: {
		begin: anthropicBegin,
		end:
			event({ type: "content_block_stop", index: 0 }) +
			event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }) +
			event({ type: "message_stop" }),
	},
	google: {
		begin: event({
			responseId: "g-1",
			candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] } }],
		}),
		end: event({
			candidates: [{ content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP" }],
			usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 },
		}),
	},
};

describe("every wire", () => {
	it.each([
		["openai", "/v1/chat/completions", { max_tokens: 123 }],
		["anthropic", "/v1/messages", { max_tokens: 123, model: "claude-sonnet-5" }],
		["google", "", { generationConfig: { maxOutputTokens: 123 } }],
	])("%s gives the same parts and is always told the output limit", async (id, url, body) => {
		answer = sse((streams[id]?.begin ?? "") + (streams[id]?.end ?? ""));
		const result = await read(open({ id }));
		expect(result).toMatchObject({ text: "Hi", error: null });
		expect(result.finish).toMatchObject({
			finishReason: "stop",
			usage: { outputTokens: 2, source: "provider_final" },
		});
		expect(requests[0]?.body).toMatchObject(body);
		if (url) expect(requests[0]?.url).toBe(url);
	});

	it("of Anthropic reports an overload inside the stream with its status", async () => {
		answer = sse(
			anthropicBegin,
			event({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
		);
		expect((await read(open({ id: "anthropic" }))).failure).toMatchObject({ kind: "stream", status: 529 });
	});

	it("of Google reports a blocked prompt as filtered", async () => {
		answer = sse(
			event({
				promptFeedback: { blockReason: "SAFETY" },
				usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
			}),
		);
		expect((await read(open({ id: "google" }))).finish).toMatchObject({ finishReason: "content-filter" });
	});
});

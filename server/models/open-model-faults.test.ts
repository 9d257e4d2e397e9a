import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
	chat,
	createModelsAt,
	event,
	pause,
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

describe("a broken stream", () => {
	it.each(["openai-compatible", "openai", "google", "anthropic"] as const)(
		"of %s that just ends finishes as unknown",
		async (id) => {
			stub.answer = sse(wires[id].begin);
			const result = await readAnswer(stub.open({ id }));
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
				stub.answer = async (response) => {
					started(response).flushHeaders();
					for (let n = 0; n < chunks; n += 1) await sent(response, chat.delta("x"));
					await pause(30);
					response.socket?.resetAndDestroy();
				};
				const { failure, text, finish } = await readAnswer(stub.open({ id }));
				expect(failure).toMatchObject({ kind: "stream" });
				expect(finish).toBeNull();
				expect(text).toBe("x".repeat(chunks));
			}
		},
	);

	it("with an error event says what the provider said", async () => {
		stub.answer = sse(
			chat.delta("x"),
			event({ error: { message: "The server is overloaded", type: "overloaded_error", code: null } }),
		);
		const { failure, text } = await readAnswer(stub.open());
		expect(failure).toMatchObject({ kind: "stream", isContentFilter: false });
		expect(failure?.body).toContain("overloaded");
		expect(text).toBe("x");
	});

	it.each(["openai-compatible", "openai", "openai-responses"])(
		"with an error event before any content of %s says what the provider said",
		async (id) => {
			const error = { message: "Slow down", type: "rate_limit_error", code: "rate_limit_exceeded" };
			stub.answer = sse(event({ type: "error", sequence_number: 0, error }));
			const { failure } = await readAnswer(stub.open({ id }));
			expect(failure).toMatchObject({ kind: "stream" });
			expect(failure?.body).toContain("rate_limit_exceeded");
		},
	);

	it("with a refusal by a content filter is distinguished from a failure", async () => {
		stub.answer = sse(chat.delta("x"), event({ error: { message: "Filtered", code: "content_filter" } }));
		expect((await readAnswer(stub.open())).failure).toMatchObject({ kind: "stream", isContentFilter: true });
	});

	it("with an error that is only a word is still an error of the stream", async () => {
		stub.answer = sse(event({ error: "overloaded" }));
		expect((await readAnswer(stub.open())).failure).toMatchObject({
			kind: "stream",
			body: '{"error":"overloaded"}',
		});
	});

	it("with broken JSON in it is a parse error", async () => {
		stub.answer = sse(chat.delta("x"), 'data: {"choices": [{\n\n', chat.delta("y"), chat.finish());
		expect((await readAnswer(stub.open())).failure).toMatchObject({ kind: "parse" });
	});

	it("that inflates without end is cut", async () => {
		const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, 0x20));
		stub.answer = (response) => {
			started(response, { "content-encoding": "gzip" });
			response.end(bomb);
		};
		expect((await readAnswer(stub.open())).failure).toMatchObject({ kind: "stream" });
	}, 20_000);
});

describe("a response that is no stream", () => {
	it("has its status, its headers and the first 2 KB of its body", async () => {
		stub.answer = (response) => {
			response.writeHead(502, {
				"content-type": "text/html",
				"Retry-After": "7",
				"X-RateLimit-Reset-Tokens": "1s",
			});
			response.end(`<html>${"Bad gateway ".repeat(10_000)}`);
		};
		const { failure } = await readAnswer(stub.open());
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
		stub.answer = (response) => response.writeHead(200, { "content-type": type }).end(body);
		expect((await readAnswer(stub.open())).failure).toMatchObject({ kind: "parse", status: 200, body });
	});

	it("because the port is closed is a failure to connect, with its code", async () => {
		const closed = await createModelsAt("http://127.0.0.1:9/v1");
		const call = { messages: [], maxOutputTokens: 1, signal: new AbortController().signal };
		const { failure } = await readAnswer(closed.open({ ...call, model: closed.default() }));
		expect(failure).toMatchObject({ kind: "connect", status: null });
		expect(failure?.message).toContain("ECONNREFUSED");
		await closed.close();
	});

	it("that redirects is refused and the key stays here", async () => {
		stub.answer = (response) => response.writeHead(307, { location: "http://127.0.0.1:9/v1" }).end();
		expect((await readAnswer(stub.open())).failure).toMatchObject({ kind: "http", status: 307 });
		expect(stub.requests).toHaveLength(1);
	});

	it("but a content filter's refusal is one", async () => {
		stub.answer = (response) =>
			response
				.writeHead(400, { "content-type": "application/json" })
				.end('{"error":{"code":"content_filter","message":"..."}}');
		expect((await readAnswer(stub.open())).failure).toMatchObject({
			kind: "http",
			status: 400,
			isContentFilter: true,
		});
	});

	it("but a reset is a failure to connect", async () => {
		stub.answer = (response) => response.socket?.resetAndDestroy();
		expect((await readAnswer(stub.open())).failure).toMatchObject({ kind: "connect", status: null });
	});

	it.each([
		["one header of 1 MB", { "x-debug": "x".repeat(1024 * 1024) }],
		["5,000 headers", Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`x-h${n}`, "y"]))],
	])("because it has %s is a failure to connect", async (_, headers) => {
		stub.answer = (response) => started(response, headers).end(chat.delta("x") + chat.finish());
		const { failure, text } = await readAnswer(stub.open());
		expect(failure).toMatchObject({ kind: "connect", status: null });
		expect(failure?.message).toContain("HPE_HEADER_OVERFLOW");
		expect(text).toBe("");
	});

	it("but a body that never comes costs two seconds at most", async () => {
		stub.answer = (response) => {
			response.writeHead(500, { "content-length": "100" });
			response.write("half");
		};
		expect((await readAnswer(stub.open())).failure).toMatchObject({
			kind: "http",
			status: 500,
			body: "half",
		});
	}, 8_000);
});

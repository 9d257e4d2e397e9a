import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type ModelPart, toTextMessage } from "../contract/model-message.ts";
import { createModels, type Models, type ModelsSettings } from "./index.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
	for (const close of closers.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<string> {
	const server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	closers.push(
		() => server.close(),
		() => server.closeAllConnections(),
	);
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function create(
	providers: Partial<ModelsSettings["providers"]>,
	rest: Partial<ModelsSettings> = {},
): Promise<Models> {
	const none = {
		openaiApiKey: null,
		openaiBaseUrl: null,
		anthropicApiKey: null,
		anthropicBaseUrl: null,
		googleApiKey: null,
	};
	const settings = { config: { providers: [], models: [] }, defaultModel: null, ...rest };
	const models = await createModels({
		settings: { ...settings, providers: { ...none, ollamaBaseUrl: "http://127.0.0.1:9", ...providers } },
	});
	closers.push(models.close);
	return models;
}

const toJson = (value: unknown): RequestListener => {
	return (_request, response) =>
		response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
};

const ids = (models: Models) => models.list().map((model) => model.id);

describe("the models room", () => {
	it("lists what an OpenAI-compatible endpoint serves, asked with the key, ids unchanged", async () => {
		let authorization: string | undefined;
		const odd = "vendor/model:7b@q4, a=b ü";
		const base = await serve((request, response) => {
			authorization = request.headers.authorization;
			if (request.url !== "/v1/models") response.writeHead(404).end();
			toJson({
				data: [
					{ id: odd, max_model_len: 8_192 },
					{ id: "text-embedding-3-small" },
					{ id: 7 },
					{ id: "bad\u0000id" },
				],
			})(request, response);
		});
		const models = await create({ openaiBaseUrl: `${base}/v1`, openaiApiKey: "secret" });
		expect(ids(models)).toEqual([odd]);
		expect(models.find(odd)).toMatchObject({ providerModelId: odd, contextWindow: 8_192, prices: null });
		expect(models.default().id).toBe(odd);
		expect(authorization).toBe("Bearer secret");
	});

	it("finds Ollama's models", async () => {
		const base = await serve((request, response) =>
			toJson(
				request.url === "/api/tags"
					? { models: [{ name: "llama3.2:3b" }, { name: "nomic-embed-text:latest" }] }
					: {},
			)(request, response),
		);
		expect(ids(await create({ ollamaBaseUrl: base }))).toEqual(["llama3.2:3b"]);
	});

	it.each([
		["refuses", "http://127.0.0.1:9/v1"],
		["is no such endpoint", null],
	])("starts when the endpoint %s, with the test model until refresh finds more", async (_name, address) => {
		let isUp = false;
		const base = await serve((request, response) => {
			if (isUp) toJson({ data: [{ id: "late" }] })(request, response);
			else response.writeHead(502, { "content-type": "text/html" }).end("<html>");
		});
		const models = await create({ openaiBaseUrl: address ?? `${base}/v1` });
		expect(ids(models)).toEqual(["test-model"]);
		isUp = true;
		await models.refresh();
		expect(ids(models)).toEqual([address ? "test-model" : "late"]);
	});

	it("keeps the models of an endpoint that has gone away", async () => {
		let isUp = true;
		const base = await serve((request, response) => {
			if (isUp) toJson({ data: [{ id: "m" }] })(request, response);
			else response.destroy();
		});
		const models = await create({ openaiBaseUrl: `${base}/v1` });
		isUp = false;
		await models.refresh();
		expect(ids(models)).toEqual(["m"]);
	});

	it("does not wait longer than two seconds for a list", async () => {
		const base = await serve(() => undefined);
		const startedAtMs = performance.now();
		expect(ids(await create({ openaiBaseUrl: `${base}/v1` }))).toEqual(["test-model"]);
		expect(performance.now() - startedAtMs).toBeLessThan(4_000);
	}, 8_000);

	it("does not know a model by another spelling", async () => {
		const models = await create({});
		expect(models.find("Test-Model")).toBeUndefined();
		expect(models.find("constructor")).toBeUndefined();
	});

	it("uses a fetch that it is given for lists and answers", async () => {
		const asked: string[] = [];
		const fake: typeof fetch = async (input) => {
			asked.push(String(input));
			if (String(input).endsWith("/models")) return Response.json({ data: [{ id: "m" }] });
			const body = 'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n';
			return new Response(body, { headers: { "content-type": "text/event-stream" } });
		};
		const providers = { openaiApiKey: null, openaiBaseUrl: "http://g.test/v1", anthropicApiKey: null };
		const none = { anthropicBaseUrl: null, googleApiKey: null, ollamaBaseUrl: "http://127.0.0.1:9" };
		const models = await createModels({
			settings: {
				providers: { ...providers, ...none },
				config: { providers: [], models: [] },
				defaultModel: null,
			},
			fetch: fake,
		});
		closers.push(models.close);
		expect(await models.check("m")).toMatchObject({ ok: true });
		expect(asked).toEqual([
			"http://g.test/v1/models",
			"http://127.0.0.1:9/api/tags",
			"http://g.test/v1/chat/completions",
		]);
	});
});

describe("check", () => {
	it("says why a model does not answer, in one line", async () => {
		const base = await serve((request, response) => {
			if (request.url === "/v1/models") return void toJson({ data: [{ id: "m" }] })(request, response);
			response
				.writeHead(401, { "content-type": "application/json" })
				.end('{"error":{"message":"Wrong\\nkey"}}');
		});
		const models = await create({ openaiBaseUrl: `${base}/v1` });
		expect(await models.check("m")).toMatchObject({
			ok: false,
			error: expect.stringMatching(/^The provider answered with HTTP 401\. .*Wrong/),
		});
		expect(await models.check("other")).toMatchObject({ ok: false, error: "There is no such model." });
	});

	it("accepts the test model", async () => {
		expect(await (await create({})).check("test-model")).toMatchObject({ ok: true });
	});
});

describe("the test model", () => {
	async function ask(text: string, options: { maxOutputTokens?: number; signal?: AbortSignal } = {}) {
		const models = await create({});
		const { maxOutputTokens = 4_096, signal = new AbortController().signal } = options;
		const parts: ModelPart[] = [];
		const startedAtMs = performance.now();
		for await (const part of models.open({
			model: models.default(),
			messages: [toTextMessage("user", text)],
			maxOutputTokens,
			signal,
		})) {
			parts.push(part);
		}
		const answer = parts.map((part) => (part.type === "text-delta" ? part.text : "")).join("");
		return { answer, parts, finish: parts.at(-1), durationMs: performance.now() - startedAtMs };
	}

	it("says what it is, gives the question back, and shows every kind of Markdown", async () => {
		const { answer, finish } = await ask("What is ``` a fence?");
		expect(answer.split("\n")[0]).toMatch(/built-in test model.*OPENAI_API_KEY/);
		for (const sign of ["## ", "1. **", "```ts", "|---|", "$$", "````text\nWhat is ``` a fence?\n````"])
			expect(answer).toContain(sign);
		expect(finish).toMatchObject({ finishReason: "stop", usage: { inputTokens: 5, source: "estimate" } });
	}, 15_000);

	it("streams about 60 tokens a second, the same every time", async () => {
		const [one, two] = await Promise.all([
			ask("Same?", { maxOutputTokens: 60 }),
			ask("Same?", { maxOutputTokens: 60 }),
		]);
		expect(one.parts).toEqual(two.parts);
		expect(one.finish).toMatchObject({ finishReason: "length", usage: { outputTokens: 60 } });
		expect(one.durationMs).toBeGreaterThan(800);
	});

	it("stops with the reason when it is aborted", async () => {
		const stop = new AbortController();
		const reason = new Error("enough");
		setTimeout(() => stop.abort(reason), 50);
		await expect(ask("Long?", { signal: stop.signal })).rejects.toBe(reason);
	});
});

import { mkdtempSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startUpstream, type Upstream } from "./index.ts";
import { probe, readAnswer } from "./testing/probe.ts";

const recordings = [
	{ id: "a/1", prompt: "What is red?", outputs: { cheap: "A colour.", dear: "A colour of long waves." } },
	{
		id: "b/1",
		turns: ["Name a fruit.", "Another one."],
		answers: { cheap: ["Apple.", "Pear."], dear: ["An apple.", "A pear."] },
	},
	{ id: "b/2", turns: ["Name a tree.", "Another one."], answers: { cheap: ["Oak.", "Elm."] } },
];
const prices = { cheap: { inputUsdPerMTok: "1", cachedInputUsdPerMTok: "0.25", outputUsdPerMTok: "3" } };
const user = (content: unknown) => ({ role: "user", content });

let upstream: Upstream;
beforeAll(async () => {
	const file = join(mkdtempSync(join(tmpdir(), "upstream-")), "recordings.jsonl");
	writeFileSync(file, recordings.map((entry) => JSON.stringify(entry)).join("\n"));
	upstream = await startUpstream({ recordings: [file], prices });
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
	probe({ url: upstream.url, path, body, headers });
const ask = async (body: object, headers?: Record<string, string>) => {
	const seen = await post(
		"/v1/chat/completions",
		{ model: "cheap", messages: [user("Hi")], ...body },
		headers,
	);
	return { status: seen.status, body: JSON.parse(seen.text) };
};
const stream = async (body: object, headers?: Record<string, string>) =>
	readAnswer(
		(
			await post(
				"/v1/chat/completions",
				{ model: "cheap", messages: [user("Hi")], stream: true, ...body },
				headers,
			)
		).text,
	);
const say = async (model: string, messages: object[]) =>
	(await ask({ model, messages })).body.choices[0].message.content;
const get = async (path: string) => JSON.parse((await probe({ url: upstream.url, path })).text);

describe("recorded answers", () => {
	it("are found by the last user message, each model's own", async () => {
		expect(await say("cheap", [user("Earlier."), user(" What is red? ")])).toBe("A colour.");
		expect(await say("dear", [user("What is red?")])).toBe("A colour of long waves.");
		expect(await say("unheard-of", [user([{ type: "text", text: "What is red?" }])])).toBe("A colour.");
	});

	it("of a second turn are found by both turns", async () => {
		expect(await say("cheap", [user("Name a fruit."), user("Another one.")])).toBe("Pear.");
		expect(await say("cheap", [user("Name a tree."), user("Another one.")])).toBe("Elm.");
		expect(await say("dear", [user("Name a fruit.")])).toBe("An apple.");
	});

	it("are made up for any other prompt, always the same", async () => {
		const first = await say("cheap", [user("Nobody asked this before")]);
		expect(first.length).toBeGreaterThan(100);
		expect(await say("cheap", [user("Nobody asked this before")])).toBe(first);
	});

	it("come whole through a stream", async () => {
		const messages = [user("Write a long article about queues in software.")];
		const whole = await say("cheap", messages);
		const streamed = await stream({ messages });
		expect(streamed.text).toBe(whole);
		expect(streamed.deltas.length).toBeGreaterThan(1000);
		expect(streamed).toMatchObject({ finishReason: "stop", doneMarks: 1, usage: undefined });
	});
});

describe("the API", () => {
	it("honours max_tokens and says so", async () => {
		for (const limit of [{ max_tokens: 5 }, { max_completion_tokens: 5, max_tokens: 9 }]) {
			const answer = await stream({ ...limit, stream_options: { include_usage: true } });
			expect(answer.deltas).toHaveLength(5);
			expect(answer).toMatchObject({
				finishReason: "length",
				usage: { prompt_tokens: 1, completion_tokens: 5 },
			});
		}
	});

	it("streams reasoning first and counts it as output", async () => {
		const answer = await stream(
			{ stream_options: { include_usage: true } },
			{ "x-sim": "reasoning=4,tokens=2,cached=1" },
		);
		expect(answer.usage).toEqual({
			prompt_tokens: 1,
			completion_tokens: 6,
			total_tokens: 7,
			prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
			completion_tokens_details: { reasoning_tokens: 4 },
		});
	});

	it("reports what is written to a cache, as far as there is prompt, and bills it by how long it is kept", async () => {
		const content = "word ".repeat(16);
		const answer = await stream(
			{ stream_options: { include_usage: true }, messages: [user(content)] },
			{ "x-sim": "cached=5,written=99,written1h=4,tokens=1,text=words" },
		);
		expect(answer.usage).toMatchObject({
			prompt_tokens: 20,
			prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 15, ephemeral_1h_input_tokens: 4 },
		});
		expect(upstream.invoice().at(-1)).toMatchObject({
			inputTokens: 20,
			cachedInputTokens: 5,
			cacheWriteTokens: 11,
			cacheWrite1hTokens: 4,
		});
	});

	it("writes marks that say when each token was sent", async () => {
		const answer = await stream({ model: "gateway/sim:text=marks,tokens=3,itl=10" });
		expect(answer.deltas[0]).toMatch(/^~[0-9a-z]+\.[0-9a-z]+~ $/);
		const sent = answer.deltas.map((delta) => Number.parseInt(delta.slice(1), 36));
		const received = Number.parseInt(answer.deltas[0]?.split(".")[1] ?? "", 36);
		expect((sent[2] ?? 0) - received).toBeGreaterThanOrEqual(20_000);
		expect(answer.deltas[1]).toMatch(/^~[0-9a-z]+~ $/);
	});

	it("answers over the responses API as well", async () => {
		const body = { model: "cheap", input: "What is red?" };
		const whole = JSON.parse((await post("/v1/responses", body)).text);
		expect(whole).toMatchObject({ status: "completed", output: [{ content: [{ text: "A colour." }] }] });
		const { text } = await post("/v1/responses", { ...body, stream: true });
		expect(text).toContain("event: response.completed");
		const deltas = Array.from(text.matchAll(/"delta":"(.*?)"\}/g), (match) => match[1]);
		expect(deltas.join("")).toBe("A colour.");
	});

	it("embeds texts as unit vectors that depend on the text alone", async () => {
		const body = { model: "cheap", input: ["red", "blue", "red"], dimensions: 64 };
		const { data } = JSON.parse((await post("/v1/embeddings", body)).text);
		expect(data[0].embedding).toEqual(data[2].embedding);
		expect(data[0].embedding).not.toEqual(data[1].embedding);
		expect(Math.hypot(...data[1].embedding)).toBeCloseTo(1, 10);
	});

	it("lists its models", async () => {
		const ids = (await get("/v1/models")).data.map(({ id }: { id: string }) => id);
		expect(ids).toEqual(["sim-small", "sim-large", "cheap", "dear"]);
	});

	it.each([
		["{", "The body is not JSON."],
		[{ model: "cheap" }, "messages"],
		[{ model: "sim:colour=red", messages: [user("Hi")] }, 'unknown key "colour"'],
		[{ model: "sim:fault=rain", messages: [user("Hi")] }, 'unknown fault "rain"'],
	])("answers %o with 400 in the shape of an error", async (body, words) => {
		const input =
			typeof body === "string" ? { method: "POST", body } : { method: "POST", body: JSON.stringify(body) };
		const response = await fetch(`${upstream.url}/v1/chat/completions`, input);
		expect(response.status).toBe(400);
		expect((await response.json()).error.message).toContain(words);
	});

	it.each(["//", "/v1/models/%zz", "/v1/none"])("answers GET %s with an error and lives on", async (path) => {
		const status = await new Promise((resolve) => {
			request({ port: upstream.port, path, agent: false }, (response) =>
				resolve(response.resume().statusCode),
			).end();
		});
		expect(status).toBeGreaterThanOrEqual(400);
		expect((await get("/sim/stats")).active).toBe(0);
	});

	it("names a request in each answer, and the same one in the body and in the record", async () => {
		const seen = await post("/v1/chat/completions", { model: "cheap", messages: [user("Hi")] });
		expect(seen.headers["x-request-id"]).toBe(JSON.parse(seen.text).id);
		expect(seen.headers["x-request-id"]).toBe(upstream.requests()[0]?.id);
		expect((await probe({ url: upstream.url, path: "/v1/models" })).headers["x-request-id"]).toMatch(/^req_/);
	});
});

describe("selection", () => {
	it("prefers the header to the model's name to the message to the standard, key by key", async () => {
		const messages = [user("[[sim tokens=1,cached=1]] What is red?")];
		const length = async (body: object, headers?: Record<string, string>) =>
			(await stream({ messages, ...body }, headers)).deltas.length;
		expect(await length({})).toBe(1);
		expect(await length({ model: "sim:tokens=2" })).toBe(2);
		expect(await length({ model: "sim:tokens=2" }, { "x-sim": "tokens=3" })).toBe(3);
		expect(await length({ model: "sim:ttft=1" }, { "x-sim": "itl=1" })).toBe(1);
		expect(upstream.requests().every(({ cachedTokens }) => cachedTokens === 1)).toBe(true);
	});

	it("strips the message's directive before the answer is looked up", async () => {
		expect(await say("cheap", [user("What is red? [[sim ttft=1]]")])).toBe("A colour.");
	});

	it("times= counts by the exact wording, or by key= across wordings", async () => {
		const status = async (model: string) => (await ask({ model })).status;
		expect(await status("sim:fault=500,times=1")).toBe(500);
		expect(await status("sim:fault=500,times=1")).toBe(200);
		expect(await status("sim:fault=503,times=1")).toBe(503);
		expect(await status("sim:fault=500,times=1,key=k")).toBe(500);
		expect(await status("sim:fault=503,times=1,key=k")).toBe(200);
	});

	it("window= refuses what is too long and answers the rest", async () => {
		expect((await ask({ model: "sim:window=1" })).status).toBe(200);
		const long = await ask({ model: "sim:window=1", messages: [user("Hello there")] });
		expect(long.body.error.code).toBe("context_length_exceeded");
	});
});

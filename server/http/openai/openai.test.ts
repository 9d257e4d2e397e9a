import OpenAI, { type APIError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;
type Person = Awaited<ReturnType<Parley["signIn"]>>;

let parley: Parley;
let person: Person;
let openai: OpenAI;
beforeAll(async () => {
	parley = await startTestParley({
		models: {
			small: "sim-small",
			down: "sim:fault=500",
			breaks: "sim:fault=reset@20",
			filters: "sim:fault=filter-response@20",
		},
	});
	person = await parley.signIn();
	openai = await connect();
});
afterAll(() => parley?.close());

/** The official client, as an app uses it: with another address and another key. */
async function connect(more: object = {}, owner = person, maxRetries = 0) {
	const { key } = await owner.client.keys.create.mutate({ name: "an app", ...more });
	return new OpenAI({ baseURL: `${parley.url}/api/v1`, apiKey: key, maxRetries });
}
const say = (content: string) => [{ role: "user" as const, content }];
const ask = (content: string, client = openai) =>
	client.chat.completions.create({ model: "small", messages: say(content) });
const refusal = async (call: Promise<unknown>) => {
	const { status, code, param, type, error, headers } = (await call.then(
		() => ({}),
		(failed: unknown) => failed,
	)) as APIError;
	return { status, code, param, type, parley: (error as { x_parley?: object })?.x_parley, headers };
};
/** What the model was sent, rendered from what is stored. */
async function sentFor(id: string) {
	const hex = id.replace("chatcmpl-", "");
	const turnId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
	const { calls } = await person.client.chat.context.query({ turnId });
	const { messages } = await person.client.chat.sentMessages.query({
		turnId,
		callId: calls[0]?.callId ?? "",
	});
	return messages.map(({ role, text }) => [role, text]);
}
const turnOf = async (id: string) => {
	const [turn] = await parley.db.sql<{ status: string; keyId: string; origin: string }[]>`
		select status, key_id as "keyId", origin from turns join threads on threads.id = thread_id
		where replace(turns.id::text, '-', '') = ${id.replace("chatcmpl-", "")}`;
	return turn;
};

describe("the official client", () => {
	it("gets a whole answer, with usage, cost and the model that answered", async () => {
		const { data, response } = await openai.chat.completions
			.create({
				model: "auto",
				messages: [
					{ role: "developer", content: "Be brief." },
					{ role: "user", content: "[[sim tokens=1]] Hi" },
					{ role: "assistant", content: "Hello." },
					{ role: "user", content: [{ type: "text", text: "[[sim tokens=7,text=words]] And?" }] },
				],
				max_tokens: 50,
				temperature: 1,
				user: "someone",
			})
			.withResponse();
		expect(data).toMatchObject({
			object: "chat.completion",
			model: "small",
			choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", refusal: null } }],
			usage: { completion_tokens: 7, prompt_tokens_details: { cached_tokens: 0 } },
			x_parley: { status: "complete", usage_source: "provider_final", model: "small", attempts: 1 },
		});
		expect(data.choices[0]?.message.content).not.toBe("");
		expect(Math.abs(data.created - Date.now() / 1_000)).toBeLessThan(600);
		expect(response.headers.get("x-request-id")).toMatch(/^req_/);
		expect(response.headers.get("x-parley-model")).toBe("small");
		expect(Number(response.headers.get("x-parley-cost-usd"))).toBeGreaterThan(0);
		expect(await sentFor(data.id)).toEqual([
			["system", "Be brief."],
			["user", "[[sim tokens=1]] Hi"],
			["assistant", "Hello."],
			["user", "[[sim tokens=7,text=words]] And?"],
		]);
	});

	it("streams: the role first, pieces of text, one reason of the end, and usage where it was asked for", async () => {
		const stream = await openai.chat.completions.create({
			model: "small",
			messages: say("[[sim tokens=30,text=words]] Hi"),
			stream: true,
			stream_options: { include_usage: true },
		});
		const chunks = [];
		for await (const chunk of stream) chunks.push(chunk);
		expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
		const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
		const turn = await turnOf(chunks[0]?.id ?? "");
		const [message] = await parley.db.sql`
			select text from messages where role = 'assistant' and text = ${text}`;
		expect(message?.text).toBe(text);
		expect(turn).toMatchObject({ status: "complete", origin: "api" });
		expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(["stop"]);
		expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 30 } });
		expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1);
		const plain = await openai.chat.completions.create({ model: "small", messages: say("Hi"), stream: true });
		for await (const chunk of plain) expect(chunk.usage).toBeUndefined();
	});

	it("is told when an answer was cut at the tokens that it allowed", async () => {
		const { choices } = await openai.chat.completions.create({
			model: "small",
			messages: say("[[sim tokens=300]] Hi"),
			max_completion_tokens: 20,
		});
		expect(choices[0]?.finish_reason).toBe("length");
	});

	it("lists the models and finds one", async () => {
		const ids = [];
		for await (const { id } of openai.models.list()) ids.push(id);
		expect(ids).toEqual(["auto", "small", "down", "breaks", "filters"]);
		expect(await openai.models.retrieve("small")).toMatchObject({
			id: "small",
			object: "model",
			owned_by: "sim",
		});
		expect(await refusal(openai.models.retrieve("none"))).toMatchObject({
			status: 404,
			code: "model_not_found",
		});
	});

	it("pays like a person: the call is in the owner's usage and ledger, and in no list or search", async () => {
		const before = await person.client.threads.list.query({});
		const { id } = await ask("[[sim tokens=5]] a word like xylophone");
		const [entry] = await parley.db.sql`
			select -sum(amount_nano_usd)::bigint as charged from ledger
			where user_id = ${person.userId} and replace(turn_id::text, '-', '') = ${id.replace("chatcmpl-", "")}`;
		expect(Math.abs(Number(entry?.charged))).toBeGreaterThan(0);
		expect(await person.client.threads.list.query({})).toEqual(before);
		expect((await person.client.threads.search.query({ query: "xylophone" })).hits).toEqual([]);
		const [thread] = await parley.db.sql`
			select thread_id from turns where replace(id::text, '-', '') = ${id.replace("chatcmpl-", "")}`;
		const threadId = thread?.thread_id;
		await expect(person.client.threads.get.query({ threadId })).rejects.toThrow();
		await expect(person.client.chat.send.mutate({ threadId, text: "and?" })).rejects.toThrow();
	});

	it("that asks twice under one name gets one answer, paid once", async () => {
		const options = { headers: { "idempotency-key": crypto.randomUUID() } };
		const body = { model: "small", messages: say("[[sim tokens=9,text=words]] once") };
		const [one, other] = await Promise.all([
			openai.chat.completions.create(body, options),
			openai.chat.completions.create(body, options),
		]);
		expect(other).toEqual(one);
		const changed = { ...body, messages: say("[[sim tokens=9]] another") };
		expect(await refusal(openai.chat.completions.create(changed, options))).toMatchObject({ status: 422 });
	});
});

describe("a client that leaves", () => {
	it("in mid-stream does not stop the turn, which is kept and charged in full", async () => {
		const stream = await openai.chat.completions.create({
			model: "small",
			messages: say("[[sim tokens=60,itl=20]] long"),
			stream: true,
		});
		let id = "";
		for await (const chunk of stream) {
			id = chunk.id;
			break;
		}
		stream.controller.abort();
		await expect.poll(async () => (await turnOf(id))?.status, { timeout: 60_000 }).toBe("complete");
		const [row] = await parley.db.sql`
			select receipt #>> '{usage,outputTokens}' as tokens from turns
			where replace(id::text, '-', '') = ${id.replace("chatcmpl-", "")}`;
		expect(row?.tokens).toBe("60");
	});
});

describe("errors have OpenAI's shape:", () => {
	it("no key, garbage, a revoked key, a session alone", async () => {
		const none = await fetch(`${parley.url}/api/v1/models`);
		expect(none.status).toBe(401);
		expect(await none.json()).toMatchObject({
			error: {
				type: "authentication_error",
				code: "invalid_api_key",
				param: null,
				message: expect.any(String),
			},
		});
		const cookie = await fetch(`${parley.url}/api/v1/models`, { headers: { cookie: person.cookie } });
		expect(cookie.status).toBe(401);
		const garbage = new OpenAI({ baseURL: `${parley.url}/api/v1`, apiKey: "sk-nothing", maxRetries: 2 });
		expect(await refusal(ask("Hi", garbage))).toMatchObject({ status: 401, code: "invalid_api_key" });
		const { key, keyId } = await person.client.keys.create.mutate({ name: "ends" });
		await person.client.keys.revoke.mutate({ keyId });
		const revoked = new OpenAI({ baseURL: `${parley.url}/api/v1`, apiKey: key, maxRetries: 0 });
		expect(await refusal(ask("Hi", revoked))).toMatchObject({
			status: 401,
			code: "invalid_api_key",
			parley: { code: "unauthorized", reason: "key_revoked" },
		});
	});

	it("a scope that is missing", async () => {
		const reader = await connect({ scopes: ["usage:read"] });
		expect(await refusal(ask("Hi", reader))).toMatchObject({
			status: 403,
			type: "permission_error",
			code: "key_scope",
		});
	});

	it("an unknown model", async () => {
		const call = openai.chat.completions.create({ model: "gpt-none", messages: say("Hi") });
		expect(await refusal(call)).toMatchObject({ status: 404, code: "model_not_found" });
	});

	it("a rate, with the time to wait", async () => {
		const slow = await connect({ requestsPerMinute: 1 });
		await ask("[[sim tokens=1]] Hi", slow);
		const { status, code, headers } = await refusal(ask("Hi", slow));
		expect([status, code, headers?.get("x-should-retry")]).toEqual([429, "rate_limit_exceeded", "true"]);
		expect(Number(headers?.get("retry-after"))).toBeGreaterThan(0);
	});

	it("a limit of money, which waiting does not lift: the client does not repeat it", async () => {
		const poor = await connect({ nanoUsdPerMonth: "10" }, person, 5);
		const { status, code, type, parley: more, headers } = await refusal(ask("Hi", poor));
		expect([status, code, type]).toEqual([429, "insufficient_quota", "insufficient_quota"]);
		expect(headers?.get("x-should-retry")).toBe("false");
		expect(more).toMatchObject({ code: "quota_exceeded", limit: "key_budget" });
	});

	it("a conversation that is longer than the model reads is refused, never cut", async () => {
		const { status, code } = await refusal(
			openai.chat.completions.create({
				model: "small",
				messages: Array.from({ length: 9 }, (_, index) => ({
					role: index % 2 ? ("assistant" as const) : ("user" as const),
					content: "word ".repeat(3_000),
				})),
			}),
		);
		expect([status, code]).toEqual([400, "context_length_exceeded"]);
	});

	it("a model that fails before its first word has a status, also for a stream; after it, the stream ends with an error", async () => {
		const down = { model: "down", messages: say("Hi") };
		expect(await refusal(openai.chat.completions.create(down))).toMatchObject({
			status: 502,
			type: "server_error",
		});
		expect(await refusal(openai.chat.completions.create({ ...down, stream: true }))).toMatchObject({
			status: 502,
		});
		const stream = await openai.chat.completions.create({
			model: "breaks",
			messages: say("[[sim tokens=60]] Hi"),
			stream: true,
		});
		let text = "";
		const reading = (async () => {
			for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
		})();
		expect(await refusal(reading)).toMatchObject({ code: "stream_interrupted" });
		expect(text).not.toBe("");
	});

	it("an answer that a filter cut ends with content_filter", async () => {
		const { choices } = await openai.chat.completions.create({
			model: "filters",
			messages: say("[[sim tokens=60]] Hi"),
		});
		expect(choices[0]?.finish_reason).toBe("content_filter");
	});
});

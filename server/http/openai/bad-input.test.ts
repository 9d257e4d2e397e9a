import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let key: string;
beforeAll(async () => {
	parley = await startTestParley();
	const person = await parley.signIn();
	({ key } = await person.client.keys.create.mutate({ name: "an app" }));
});
afterAll(() => parley?.close());

async function post(body: unknown, { query = "", ...headers }: Record<string, string> = {}) {
	const answer = await fetch(`${parley.url}/api/v1/chat/completions${query}`, {
		method: "POST",
		body: typeof body === "string" ? body : JSON.stringify(body),
		headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
	});
	const { error } = await answer.json();
	return { status: answer.status, ...error, headers: answer.headers };
}
const hello = [{ role: "user", content: "[[sim tokens=2]] Hi" }];
const call = { model: "small", messages: hello };
const tool = { type: "function", function: { name: "f" } };
const png = "data:image/png;base64,iVBORw0KGgo=";

describe("what is not passed on is refused by its name:", () => {
	it.each([
		["n", 2],
		["tools", [tool]],
		["tool_choice", "required"],
		["functions", [{ name: "f" }]],
		["response_format", { type: "json_schema", json_schema: { name: "x", schema: {} } }],
		["response_format", { type: "json_object" }],
		["logprobs", true],
		["logit_bias", { 50256: -100 }],
		["seed", 7],
		["stop", ["END"]],
		["temperature", 0.2],
		["top_p", 0.5],
		["reasoning_effort", "high"],
		["modalities", ["text", "audio"]],
		["audio", { voice: "x", format: "wav" }],
		["store", true],
		["service_tier", "priority"],
	])("%s", async (name, value) => {
		expect(await post({ ...call, [name]: value })).toMatchObject({
			status: 400,
			type: "invalid_request_error",
			param: name,
			code: "unsupported_parameter",
		});
	});

	it.each([
		["a made-up parameter", { ...call, tempreature: 1 }, "tempreature", "unknown_parameter"],
		["no model", { messages: hello }, "model", "missing_required_parameter"],
		["no messages", { model: "small" }, "messages", "missing_required_parameter"],
		["an empty list", { ...call, messages: [] }, "messages", "invalid_value"],
		[
			"an answer at the end",
			{ ...call, messages: [...hello, { role: "assistant", content: "x" }] },
			"messages",
			"invalid_value",
		],
		[
			"a tool's message",
			{ ...call, messages: [{ role: "tool", content: "x" }] },
			"messages[0].role",
			"unsupported_value",
		],
		[
			"a role",
			{ ...call, messages: [{ role: "__proto__", content: "x" }] },
			"messages[0].role",
			"invalid_value",
		],
		[
			"calls of tools",
			{ ...call, messages: [{ role: "assistant", content: "x", tool_calls: [{}] }, ...hello] },
			"messages[0].tool_calls",
			"unsupported_parameter",
		],
		[
			"a name",
			{ ...call, messages: [{ ...hello[0], name: "Ada" }] },
			"messages[0].name",
			"unsupported_parameter",
		],
		[
			"an empty text",
			{ ...call, messages: [{ role: "user", content: " " }] },
			"messages[0].content",
			"invalid_value",
		],
		[
			"half a surrogate",
			{ ...call, messages: [{ role: "user", content: "\ud800" }] },
			"messages[0].content",
			"invalid_value",
		],
		[
			"sound",
			{ ...call, messages: [{ role: "user", content: [{ type: "input_audio" }] }] },
			"messages[0].content[0].type",
			"unsupported_value",
		],
		[
			"an image by address",
			{
				...call,
				messages: [
					{ role: "user", content: [{ type: "image_url", image_url: { url: "http://169.254.169.254/" } }] },
				],
			},
			"messages[0].content[0].image_url.url",
			"unsupported_value",
		],
		["tokens", { ...call, max_tokens: 0 }, "max_tokens", "invalid_value"],
		["a stream", { ...call, stream: "yes" }, "stream", "invalid_type"],
		[
			"options without a stream",
			{ ...call, stream_options: { include_usage: true } },
			"stream_options",
			"invalid_value",
		],
	])("%s", async (_, body, param, code) => {
		expect(await post(body)).toMatchObject({ status: 400, type: "invalid_request_error", param, code });
	});

	it("an image where the model reads none", async () => {
		const content = [{ type: "image_url", image_url: { url: png } }];
		expect(await post({ ...call, messages: [{ role: "user", content }] })).toMatchObject({
			status: 400,
			code: "unsupported_content",
		});
	});
});

it("what says the same as nothing is taken", async () => {
	const same = {
		n: 1,
		temperature: 1,
		top_p: 1,
		tools: [],
		stop: null,
		store: false,
		logprobs: false,
		response_format: { type: "text" },
	};
	const answer = await post({ ...call, ...same, metadata: { a: "b" } });
	expect(answer.status).toBe(200);
});

describe("no effect and a typed refusal have", () => {
	it("a key in the address", async () => {
		expect(await post(call, { query: `?api_key=${key}` })).toMatchObject({ status: 400, code: "key_in_url" });
	});

	it("a body of 50 MB, one that is no JSON, a list, and a form of another site", async () => {
		expect(await post("x".repeat(50 * 1024 * 1024))).toMatchObject({
			status: 413,
			type: "invalid_request_error",
		});
		expect(await post("{")).toMatchObject({ status: 400, code: "invalid_request" });
		expect(await post([])).toMatchObject({ status: 400, code: "invalid_request" });
		const form = { "content-type": "application/x-www-form-urlencoded" };
		expect(await post("a=b", form)).toMatchObject({ status: 400 });
	});

	it("a page of another site: no header lets it read an answer, and no preflight is granted", async () => {
		const origin = { origin: "https://other.example" };
		const asked = await fetch(`${parley.url}/api/v1/chat/completions`, {
			method: "OPTIONS",
			headers: { ...origin, "access-control-request-method": "POST" },
		});
		expect(asked.ok).toBe(false);
		const answers = [
			asked,
			await fetch(`${parley.url}/api/v1/models`, { headers: { ...origin, authorization: `Bearer ${key}` } }),
		];
		for (const { headers } of answers) expect(headers.get("access-control-allow-origin")).toBeNull();
	});

	it("a path or a method that does not exist", async () => {
		const answer = await fetch(`${parley.url}/api/v1/completions`, {
			headers: { authorization: `Bearer ${key}` },
		});
		expect(answer.status).toBe(404);
		expect(await answer.json()).toMatchObject({
			error: { type: "invalid_request_error", code: "not_found" },
		});
	});
});

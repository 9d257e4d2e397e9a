import { describe, expect, it } from "vitest";
import { ProviderError } from "../../models/index.ts";
import { classify, type FailureClass, rules } from "../index.ts";

const nowMs = Date.parse("2026-11-24T12:00:00Z");
const at = (status: number, body: unknown, headers = {}) =>
	classify(
		new ProviderError("http", "x", {
			status,
			headers,
			body: typeof body === "string" ? body : JSON.stringify(body),
		}),
		false,
		nowMs,
	);
const asEvent = (body: unknown) =>
	classify(new ProviderError("stream", "x", { body: JSON.stringify(body) }), false, nowMs);

const of = (message: string, more: object = {}) => ({ error: { message, ...more } });

/** Bodies of the kinds that providers send: class | HTTP status | what it is | body. */
const cases = `
context_length | 400 | a server with a small window | {"error":{"message":"request (9001 tokens) exceeds the available context size (8192 tokens)","type":"exceed_context_size_error","code":400}}
context_length | 400 | vLLM | {"object":"error","message":"The input (9001 tokens) is longer than the model's context length (8192 tokens).","type":"BadRequestError","code":400}
context_length | 400 | Bedrock | {"message":"Input is too long for requested model."}
context_length | 422 | TGI | {"error":"Input validation error: \`inputs\` tokens + \`max_new_tokens\` must be <= 4096. Given: 5000 \`inputs\` tokens and 100 \`max_new_tokens\`","error_type":"validation"}
context_length | 400 | xAI | {"code":"invalid-argument","error":"This model's maximum prompt length is 131072 but the request contains 200000 tokens."}
context_length | 400 | Moonshot | {"error":{"message":"Invalid request: Your request exceeded model token limit: 8192","type":"invalid_request_error"}}
context_length | 400 | Alibaba | {"error":{"message":"Range of input length should be [1, 30720]","type":"invalid_request_error","code":"invalid_parameter_error"}}
context_length | 400 | Cohere | {"message":"too many tokens: total number of tokens in the prompt exceeds the limit of 4081"}
context_length | 500 | a gateway that quotes its provider | {"error":{"message":"{\\"error\\":{\\"code\\":\\"context_length_exceeded\\",\\"message\\":\\"x\\"}}"}}
context_length | 429 | a request above the limit per minute, which no wait makes fit | {"error":{"message":"Request too large for m on tokens per min (TPM): Limit 6000, Requested 9000.","code":"rate_limit_exceeded"}}
context_length | 413 | a body above the cap, as a page | <html><head><title>413 Request Entity Too Large</title></head></html>
context_length | 400 | in Chinese | {"error":{"message":"Prompt 超长","code":"1261"}}
context_length | 422 | TGI, before it counts | {"error":"Input validation error: \`inputs\` must have less than 4096 tokens. Given: 5120","error_type":"validation"}
context_length | 400 | a length without an article | {"error":{"message":"Prompt exceeds max length","code":"1261"}}
context_length | 400 | TensorRT | {"error":{"message":"The sum of prompt length (9000.0), query length (0) should not exceed max_num_tokens (8192)"}}
context_length | 400 | a limit of the input | {"error":{"message":"The input exceeds the model's max input limit of 8192."}}
context_length | 400 | Google's payload | {"error":{"message":"Request payload size exceeds the limit: 20971520 bytes.","status":"INVALID_ARGUMENT"}}
context_length | 400 | what the model supports | {"detail":"This model only supports 8192 tokens, your messages resulted in 9000 tokens"}
bad_request | 400 | a limit of the output | {"error":{"message":"max_tokens exceeds max output tokens of this model"}}
no_credit | 400 | an account that is not active | {"error":{"message":"Your account is not active, please check your billing details on our website."}}
throttled | 400 | Bedrock's type alone | {"__type":"ThrottlingException","message":"Rate exceeded"}
throttled | 500 | a gateway, in Chinese | {"error":{"message":"当前分组上游负载已饱和，请稍后再试"}}
not_found | 400 | Bedrock's model | {"message":"The provided model identifier is invalid."}
no_credit | 429 | an empty account behind 429 | {"error":{"message":"Your account o1 is suspended due to insufficient balance, please recharge","type":"exceeded_current_quota_error"}}
no_credit | 400 | an overdue account behind 400 | {"error":{"message":"Access denied, please check your account.","code":"Arrearage","type":"Arrearage"}}
no_credit | 403 | an account without a first payment | {"code":"permission-denied","error":"Your newly created team doesn't have any credits yet."}
no_credit | 429 | a spent month | {"error":"Your team has either used all available credits or reached its monthly spending limit."}
no_credit | 403 | a gateway's own quota | {"error":{"message":"user quota is not enough","type":"new_api_error","code":"insufficient_user_quota"}}
no_credit | 412 | a suspended account with open invoices | {"error":{"message":"Account a is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices"}}
no_credit | 401 | behind 401 | {"error":{"message":"You have run out of funds","type":"insufficient_quota","code":401}}
no_credit | 429 | in Chinese | {"error":{"message":"余额不足或无可用资源包,请充值。","code":"1113"}}
throttled | 498 | a status of its own | {"error":{"message":"Flex tier capacity exceeded","code":"capacity_exceeded"}}
throttled | 429 | a type that says something else | {"object":"error","message":"Service tier capacity exceeded for this model.","type":"invalid_request_error","code":null}
throttled | 400 | Bedrock, behind 400 | {"__type":"ThrottlingException","type":"ThrottlingException","message":"Too many requests"}
throttled | 429 | Cerebras | {"message":"We're experiencing high traffic right now!","type":"too_many_requests_error","code":"queue_exceeded"}
throttled | 503 | Google's overload | {"error":{"message":"The model is overloaded. Please try again later.","code":503,"status":"UNAVAILABLE"}}
throttled | 503 | Ollama's queue | {"error":"server busy, please try again.  maximum pending requests exceeded"}
throttled | 500 | an overload behind 500 | {"error":{"message":"x","type":"engine_overloaded_error"}}
throttled | 429 | a page of Cloudflare | <!DOCTYPE html><title>Access denied | used Cloudflare to restrict access</title>
filtered_request | 403 | a 403 about the text | {"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Team: t, API key ID: k, Failed check: SAFETY_CHECK_TYPE_X"}
filtered_request | 500 | a 500 about the text | {"error":{"message":"The response was blocked by our content policy."}}
filtered_request | 403 | a 403 of a moderation | {"error":{"message":"The model requires moderation. Your input was flagged for \\"x\\". No credits were charged.","code":403,"metadata":{"reasons":["x"]}}}
filtered_request | 400 | Google, with a reason | {"error":{"message":"Prohibited content","status":"INVALID_ARGUMENT","details":[{"reason":"prohibited_content"}]}}
filtered_request | 400 | Volcengine | {"error":{"message":"The request failed because the input text may contain sensitive information.","code":"InputTextSensitiveContentDetected"}}
filtered_request | 400 | Alibaba | {"error":{"message":"Input data may contain inappropriate content.","code":"data_inspection_failed"}}
filtered_request | 400 | DeepSeek | {"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}
filtered_request | 400 | OpenAI's safety system | {"error":{"message":"Your request was rejected as a result of our safety system."}}
filtered_request | 400 | a flagged prompt | {"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","code":"invalid_prompt"}}
filtered_request | 400 | an acceptable use policy | {"error":{"message":"This request appears to violate our Acceptable Use Policy"}}
filtered_request | 422 | Bedrock's guardrail | {"message":"Blocked by the guardrail","type":"guardrail_intervened"}
filtered_request | 500 | a gateway that quotes its provider | {"error":{"message":"{\\"error\\":{\\"code\\":\\"content_policy_violation\\"}}"}}
filtered_request | 400 | in Chinese | {"error":{"message":"系统检测到输入或生成内容可能包含不安全或敏感内容","code":"1301"}}
filtered_request | 451 | legal reasons | {"error":{"message":"x","code":"content_blocked"}}
filter_outage | 500 | Azure | {"error":{"message":"x","code":"content_filter_error"}}
auth | 401 | a wrong key | {"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}
auth | 403 | a disabled organisation | {"error":{"message":"This organization has been disabled for violating our usage policies.","type":"permission_error"}}
auth | 400 | a deactivated account | {"error":{"message":"The OpenAI account associated with this API key has been deactivated."}}
auth | 403 | a 403 that says nothing | 
auth | 403 | a plain word | Forbidden
auth | 401 | a page about a missing key | <html><title>401 Authorization Required</title></html>
server | 403 | a challenge page behind 403 | <!DOCTYPE html><html><head><title>Just a moment...</title></head></html>
server | 503 | a challenge page behind 503 | <!DOCTYPE html><html><head><title>Just a moment...</title></head></html>
server | 403 | Cloudflare's short form | error code: 1010
server | 403 | a proxy's own 403 | <html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>
server | 500 | a 500 that says nothing | {}
server | 502 | a number of its own | {"error":{"message":"Provider disconnected","code":502}}
not_found | 404 | Ollama | {"error":{"message":"model \\"m\\" not found, try pulling it first","type":"api_error"}}
not_found | 403 | OpenAI, behind 403 | {"error":{"message":"Project \`p\` does not have access to model \`m\`","code":"model_not_found"}}
not_found | 400 | OpenRouter | {"error":{"message":"m is not a valid model ID","code":400}}
not_found | 404 | a wrong address | <html><title>404 Not Found</title></html>
not_found | 405 | an address for other methods | 
bad_request | 400 | an unknown parameter | {"error":{"message":"Unsupported parameter: 'max_tokens'","code":"unsupported_parameter"}}
bad_request | 400 | too many tokens to write | {"error":{"message":"max_tokens is too large: 8192. This model supports at most 4096 completion tokens.","param":"max_tokens","code":"invalid_value"}}
bad_request | 422 | a form that is not accepted | {"detail":[{"type":"extra_forbidden","loc":["body","x"],"msg":"Extra inputs are not permitted","input":true}]}
bad_request | 400 | an empty message | {"error":{"message":"messages: text content blocks must be non-empty","type":"invalid_request_error"}}
`
	.trim()
	.split("\n")
	.map((line) => {
		const [name = "", status, what = "", ...body] = line.split(" | ");
		return { name, status: Number(status), what, body: body.join(" | ") };
	});
/** Classes that an event of a stream can tell by its body alone. */
const told = ["context_length", "no_credit", "throttled", "filtered_request", "filter_outage", "not_found"];

describe("a provider's error", () => {
	it.each(cases)("$what, $status: $name", ({ name, status, body }) => {
		expect(at(status, body).class).toBe(name);
	});

	it.each(
		cases.filter(({ name, status, body }) => told.includes(name) && status < 500 && body.startsWith("{")),
	)("as an event of a stream, $what: $name", ({ name, status, body }) => {
		expect(asEvent({ ...JSON.parse(body), status_code: status }).class).toBe(name);
	});

	it.each<[what: string, body: unknown, FailureClass]>([
		[
			"vLLM's length",
			{
				object: "error",
				message: "This model's maximum context length is 4096 tokens.",
				type: "BadRequestError",
				code: 400,
			},
			"context_length",
		],
		[
			"a text within a text",
			{
				error: {
					code: "error",
					message: "Stream error",
					value: { error_message: '{"error":{"message":"maximum context length is 40960 tokens"}}' },
				},
			},
			"context_length",
		],
		[
			"an overload",
			{ error: { type: "service_unavailable_error", code: "server_is_overloaded" } },
			"throttled",
		],
		["a word about an overload", { error: "The engine is currently overloaded" }, "throttled"],
		["an array", [{ error: { code: 429, status: "RESOURCE_EXHAUSTED" } }], "throttled"],
		["a server's number", { error: { code: 502, message: "x" } }, "server"],
		["nothing", {}, "error_before_content"],
	])("as an event: %s", (_, body, expected) => {
		expect(asEvent(body).class).toBe(expected);
	});

	it("is read as far as a body goes that is cut off anywhere", () => {
		const whole = JSON.stringify(of("x".repeat(40), { code: "insufficient_quota", param: "y".repeat(60) }));
		const codeEnds = whole.indexOf("quota") + "quota".length;
		for (let length = codeEnds; length < whole.length; length++)
			expect(at(429, whole.slice(0, length)).class).toBe("no_credit");
	});
});

describe("the wait that a throttling provider asks for", () => {
	it.each<[what: string, body: unknown, number | null]>([
		[
			"seconds in a sentence",
			of("Rate limit reached (TPM): Limit 15000, Used 11390. Please try again in 2.9s."),
			2_900,
		],
		["minutes and seconds", of("Please try again in 7m12.5s"), 300_000],
		["a short form", of("Please try again in 1m2s."), 62_000],
		["milliseconds", of("Try again in 250ms"), 250],
		["words", of("Please retry after 1 minute and 5 seconds."), 65_000],
		["Azure", of("Please retry after 6 seconds. Please contact support"), 6_000],
		["a wait", of("You must wait for 30 sec before the next request"), 30_000],
		["a reset", of("Limit resets in 4 minutes"), 240_000],
		["an instant", of("Try again at 2026-11-24T12:00:07Z."), 7_000],
		["a field in seconds", of("x", { retry_after: 5 }), 5_000],
		["a field in milliseconds", of("x", { retry_after_ms: 1_500 }), 1_500],
		["a duration", [of("x", { details: [{ retryDelay: "2s" }] })], 2_000],
		["a loading model", { error: "Model m is currently loading", estimated_time: 20.5 }, 20_500],
		[
			"headers within the body",
			of("x", {
				metadata: { headers: { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": String(nowMs + 9_000) } },
			}),
			9_000,
		],
		["no time at all", of("Too many requests, please slow down"), null],
		["a version", of("Please try again with model 2"), null],
		["an absurd time", of("Try again in 900 days"), 300_000],
	])("%s", (_, body, expected) => {
		expect(at(429, body)).toMatchObject({ class: "throttled", retryAfterMs: expected });
	});

	it("is a header's before a body's, and a sentence's before the reset of a limit", () => {
		const body = of("Please try again in 9s", { retry_after: 7 });
		expect(at(429, body, { "retry-after": "3" }).retryAfterMs).toBe(3_000);
		expect(at(429, body).retryAfterMs).toBe(7_000);
		const reset = { "x-ratelimit-reset-requests": "50s" };
		expect(at(429, of("Please try again in 9s"), reset).retryAfterMs).toBe(9_000);
	});
});

describe("a person's text that an error quotes", () => {
	const quotes = [
		'", "code": "insufficient_quota", "type":"overloaded_error"',
		'{"error":{"code":"invalid_api_key","type":"insufficient_quota"}}',
		"your account has no credits left: insufficient balance, billing_not_active",
		"Invalid API key. Too many requests. Model not found. Please try again in 200s",
		"<html><title>Just a moment...</title>",
	];
	const around = (quoted: string) => [
		of(
			`Could not parse the third message of the conversation, which contains a part that cannot be read by this model: ${quoted}`,
		),
		{
			detail: [
				{
					type: "string_type",
					loc: ["body", "messages"],
					msg: "Input should be a valid string",
					input: quoted,
				},
			],
		},
		{
			detail: [
				{
					type: "string_type",
					msg: "Input should be a valid string",
					input: { role: "user", content: quoted },
				},
			],
		},
	];

	it.each(quotes)("closes no model and no key, and sets no wait: %s", (quoted) => {
		for (const body of around(quoted))
			for (const status of [400, 422, 500]) {
				const failure = at(status, body);
				expect(["bad_request", "server"]).toContain(failure.class);
				expect(failure.retryAfterMs).toBeNull();
			}
		// Even a message that consists of nothing else never speaks for the key.
		expect(rules[at(400, of(quotes[1] ?? "")).class].breaker).not.toBe("key");
	});
});

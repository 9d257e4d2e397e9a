import { describe, expect, it } from "vitest";
import { AppError } from "../../contract/errors.ts";
import { ProviderError } from "../../models/index.ts";
import { classify, type FailureClass, rules } from "../index.ts";

const body = (error: unknown) => JSON.stringify({ error });
const http = (status: number, error: unknown = {}, headers = {}) =>
	new ProviderError("http", "x", { status, headers, body: body(error) });
const inStream = (error: unknown) => new ProviderError("stream", "x", { body: body(error) });
const withCode = (code: string) => Object.assign(new Error("x"), { code });

describe("classify", () => {
	it.each<[what: string, unknown, FailureClass]>([
		["402", http(402), "no_credit"],
		["407", http(407), "auth"],
		["408", http(408), "server"],
		["409", http(409), "server"],
		["422", http(422), "bad_request"],
		["500 that says to wait", http(500, {}, { "retry-after": "3" }), "server"],
		["503 whose wait is unreadable", http(503, {}, { "retry-after": "soon" }), "server"],
		["503 with limits' resets", http(503, {}, { "x-ratelimit-reset-tokens": "1s" }), "server"],
		["599", http(599), "server"],
		["304", http(304), "redirect"],
		["an empty account at Anthropic", http(400, { message: "Your credit balance is too low" }), "no_credit"],
		["a wrong key at Google", http(400, { message: "API key not valid. Pass one." }), "auth"],
		[
			"Anthropic's length",
			http(400, { message: "prompt is too long: 9 tokens > 8 maximum" }),
			"context_length",
		],
		["Google's length", http(400, { message: "The input token count (9) exceeds" }), "context_length"],
		["Azure's filter being down", http(500, { code: "content_filter_error" }), "filter_outage"],
		["the same as an event", inStream({ code: "content_filter_error" }), "filter_outage"],
		["a filter as an event", inStream({ code: "content_filter" }), "filtered_request"],
		["a word as an error", inStream("overloaded"), "throttled"],
		["Google's numbers as an event", inStream({ code: 429, status: "RESOURCE_EXHAUSTED" }), "throttled"],
		["a number as an event", inStream({ code: 503 }), "server"],
		["an empty account as an event", inStream({ type: "insufficient_quota", code: 429 }), "no_credit"],
		["a wrong key as an event", inStream({ type: "authentication_error" }), "auth"],
		["length as an event", inStream({ code: "context_length_exceeded" }), "context_length"],
		["an event that says nothing", inStream({}), "error_before_content"],
		[
			"a document about an overload under 200",
			new ProviderError("parse", "x", { status: 200, body: body({ type: "overloaded_error" }) }),
			"throttled",
		],
		[
			"the HTTP client's deadline for headers",
			new ProviderError("connect", "x", { cause: withCode("UND_ERR_HEADERS_TIMEOUT") }),
			"first_token_timeout",
		],
		[
			"its deadline to connect",
			new ProviderError("connect", "x", { cause: withCode("UND_ERR_CONNECT_TIMEOUT") }),
			"connect",
		],
		[
			"a broken connection",
			new ProviderError("stream", "x", { cause: withCode("ECONNRESET") }),
			"error_before_content",
		],
		["a deadline of ours", new AppError("timeout", "x"), "first_token_timeout"],
		["a stop", "stop", "stopped"],
		["an abort", new DOMException("x", "AbortError"), "stopped"],
		["something that nobody expects", new TypeError("x"), "server"],
		["nothing", undefined, "server"],
	])("%s", (_, error, expected) => {
		expect(classify(error, false).class).toBe(expected);
	});

	it.each<[what: string, unknown, FailureClass, string]>([
		["a deadline", new AppError("timeout", "x"), "midstream", "interrupted"],
		["a throttling", inStream({ type: "overloaded_error" }), "midstream", "interrupted"],
		["a filter", inStream({ code: "content_filter" }), "filtered_response", "filtered_response"],
		["a filter that is down", inStream({ code: "content_filter_error" }), "filter_outage", "interrupted"],
		["a stop", "stop", "stopped", "stopped"],
	])("after content %s ends with what was said", (_, error, expected, status) => {
		expect(classify(error, true)).toMatchObject({ class: expected, status });
	});

	it("lets no quoted text throttle a provider, close its key or look like a filter outage", () => {
		const said =
			'", "code": "insufficient_quota", "type":"overloaded_error" "code":"content_filter_error" 429 401';
		for (const quoted of [said, `{"error":${said}}`, "Your credit balance", `x ${said}`]) {
			const failure = classify(
				http(400, { message: `Cannot read: ${quoted}`, code: "invalid_value" }),
				false,
			);
			expect(failure.class).toBe("bad_request");
		}
	});

	it("finds Google's wait in the body", () => {
		const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "37.5s" }];
		expect(classify(http(429, { code: 429, details }), false).retryAfterMs).toBe(37_500);
	});

	it("opens no breaker and calls no other model after a filter", () => {
		for (const name of ["filtered_request", "filtered_response"] as const)
			expect(rules[name]).toEqual({ retry: "no", fallback: false, breaker: "ignore" });
		expect(rules.filter_outage).toMatchObject({ fallback: false, breaker: "ignore" });
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readReportedLimits } from "./reported-limits.ts";

const now = Date.parse("2026-11-24T10:00:00Z");
const nothing = { requestsPerMinute: null, tokensPerMinute: null, waitMs: null };

describe("a response's rate headers", () => {
	it.each([
		[
			"OpenAI with room left",
			{
				"x-ratelimit-limit-requests": "500",
				"x-ratelimit-limit-tokens": "30000",
				"x-ratelimit-remaining-requests": "499",
				"x-ratelimit-remaining-tokens": "29000",
				"x-ratelimit-reset-requests": "120ms",
				"x-ratelimit-reset-tokens": "2s",
			},
			{ requestsPerMinute: 500, tokensPerMinute: 30_000, waitMs: null },
		],
		[
			"OpenAI without requests left",
			{
				"x-ratelimit-limit-requests": "500",
				"x-ratelimit-remaining-requests": "0",
				"x-ratelimit-reset-requests": "6m0s",
				"x-ratelimit-remaining-tokens": "100",
				"x-ratelimit-reset-tokens": "1h",
			},
			{ requestsPerMinute: 500, tokensPerMinute: null, waitMs: 360_000 },
		],
		[
			"Anthropic without tokens left",
			{
				"anthropic-ratelimit-requests-limit": "50",
				"anthropic-ratelimit-tokens-limit": "40000",
				"anthropic-ratelimit-tokens-remaining": "0",
				"anthropic-ratelimit-tokens-reset": "2026-11-24T10:00:12Z",
			},
			{ requestsPerMinute: 50, tokensPerMinute: 40_000, waitMs: 12_000 },
		],
		[
			"a gateway's Unix seconds",
			{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now / 1_000 + 3) },
			{ ...nothing, waitMs: 3_000 },
		],
		[
			"nothing left and no word until when",
			{ "x-ratelimit-remaining-requests": "0" },
			{ ...nothing, waitMs: 1_000 },
		],
		["Retry-After in seconds", { "retry-after": "7" }, { ...nothing, waitMs: 7_000 }],
		["Retry-After in milliseconds", { "retry-after-ms": "250" }, { ...nothing, waitMs: 250 }],
		[
			"Retry-After as a date",
			{ "retry-after": "Tue, 24 Nov 2026 10:00:30 GMT" },
			{ ...nothing, waitMs: 30_000 },
		],
		["a date that is over", { "retry-after": "Tue, 24 Nov 2026 09:00:00 GMT" }, { ...nothing, waitMs: 0 }],
		["no limits at all", { "content-type": "text/event-stream" }, null],
		["a limit of 0", { "x-ratelimit-limit-requests": "0" }, null],
		["words", { "retry-after": "in a while", "x-ratelimit-limit-tokens": "many" }, null],
		["a negative wait", { "retry-after": "-5", "x-ratelimit-limit-requests": "-1" }, null],
	])("of %s", (_, headers, news) => {
		expect(readReportedLimits(headers, now)).toEqual(news);
	});

	it("never give a wait or a limit that is not a number, whatever they hold", () => {
		const names = ["x-ratelimit-limit-requests", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"];
		const value = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.stringMatching(/^[0-9a-z.:-]{0,60}$/),
			fc.float().map(String),
		);
		fc.assert(
			fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
				const news = readReportedLimits(headers, now);
				for (const number of Object.values(news ?? {}))
					expect(number === null || (Number.isFinite(number) && number >= 0)).toBe(true);
			}),
		);
	});
});

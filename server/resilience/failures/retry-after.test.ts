import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toRetryAfterMs } from "./retry-after.ts";

const nowMs = Date.parse("2026-11-24T12:00:00Z");

describe("toRetryAfterMs", () => {
	it.each<[Record<string, string>, number | null]>([
		[{ "retry-after": "7" }, 7_000],
		[{ "retry-after": " 1.5 " }, 1_500],
		[{ "retry-after": "0" }, 0],
		[{ "retry-after": "Tue, 24 Nov 2026 12:00:09 GMT" }, 9_000],
		[{ "retry-after": "Tuesday, 24-Nov-26 12:00:09 GMT" }, 9_000],
		[{ "retry-after": "Tue Nov 24 12:00:09 2026" }, 9_000],
		[{ "retry-after": "Tue, 24 Nov 2026 11:00:00 GMT" }, 0],
		[{ "retry-after": "Tue, 24 Nov 2026 10:00:09 GMT", date: "Tue, 24 Nov 2026 10:00:00 GMT" }, 9_000],
		[{ "retry-after-ms": "250", "retry-after": "7" }, 250],
		[{ "retry-after-ms": "soon", "retry-after": "7" }, 7_000],
		// Absurd: capped. Negative or unreadable: not there.
		[{ "retry-after": "315360000" }, 300_000],
		[{ "retry-after": "9999999999999999" }, 300_000],
		[{ "retry-after": "Sun, 24 Nov 2526 12:00:00 GMT" }, 300_000],
		[{ "retry-after": "-5" }, null],
		[{ "retry-after": "1e9" }, null],
		[{ "retry-after": "0x10" }, null],
		[{ "retry-after": "Infinity" }, null],
		[{ "retry-after": "" }, null],
		[{ "retry-after": "in a while" }, null],
		[{ "retry-after": "Tue, 99 Nov 2026 12:00:09 GMT" }, null],
		[{ "retry-after": "99999999999999999999999" }, null],
		[{}, null],
		// The state of limits.
		[{ "x-ratelimit-reset-requests": "1m2s" }, 62_000],
		[{ "x-ratelimit-reset-tokens": "250ms" }, 250],
		[{ "x-ratelimit-reset-tokens": "1h" }, 300_000],
		[{ "x-ratelimit-reset-tokens": "6m0s" }, 300_000],
		[{ "x-ratelimit-reset-tokens": "1.5s" }, 1_500],
		[{ "x-ratelimit-reset-tokens": "s" }, null],
		[{ "x-ratelimit-reset-tokens": "-1s" }, null],
		[{ "ratelimit-reset": "5", "ratelimit-remaining": "0" }, 5_000],
		[{ "x-ratelimit-reset": String(nowMs / 1_000 + 3) }, 3_000],
		[{ "x-ratelimit-reset": String(nowMs + 3_500) }, 3_500],
		[{ "x-ratelimit-reset": String(nowMs / 1_000 - 3) }, 0],
		[{ "anthropic-ratelimit-tokens-reset": "2026-11-24T12:00:04Z" }, 4_000],
		[{ "anthropic-ratelimit-tokens-reset": "2026-11-24T14:00:04.5+02:00" }, 4_500],
		[{ "anthropic-ratelimit-tokens-reset": "tomorrow" }, null],
		// The limit that is used up decides, not the others.
		[
			{
				"x-ratelimit-remaining-requests": "0",
				"x-ratelimit-reset-requests": "2s",
				"x-ratelimit-remaining-tokens": "149984",
				"x-ratelimit-reset-tokens": "6ms",
			},
			2_000,
		],
		[
			{
				"anthropic-ratelimit-requests-remaining": "0",
				"anthropic-ratelimit-requests-reset": "2026-11-24T12:00:01Z",

				"anthropic-ratelimit-tokens-remaining": "0",
				"anthropic-ratelimit-tokens-reset": "2026-11-24T12:00:08Z",
			},
			8_000,
		],
		[{ "x-ratelimit-reset-requests": "20s", "x-ratelimit-reset-tokens": "3s" }, 3_000],
		// What was said about this request counts first.
		[
			{ "retry-after": "1", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "40s" },
			1_000,
		],
		[{ "retry-after": "-5", "x-ratelimit-reset-requests": "4s" }, 4_000],
	])("%j: %s", (headers, expected) => expect(toRetryAfterMs(headers, nowMs)).toBe(expected));

	it("is null or a whole number from 0 to five minutes, whatever the header says", () => {
		const name = fc.constantFrom(
			...[
				"retry-after",
				"retry-after-ms",
				"date",
				"x-ratelimit-reset-tokens",
				"anthropic-ratelimit-tokens-reset",
			],
		);
		const value = fc.oneof(
			fc.string({ unit: "binary" }),
			fc.double().map(String),
			fc.bigInt().map(String),
			fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
			fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
			fc.stringMatching(/^(\d{1,12}(ms|s|m|h|d)){1,4}$/),
		);
		fc.assert(
			fc.property(fc.dictionary(name, value, { maxKeys: 3 }), (headers) => {
				const waitMs = toRetryAfterMs(headers, nowMs);
				if (waitMs === null) return;
				expect(Number.isInteger(waitMs)).toBe(true);
				expect(waitMs).toBeGreaterThanOrEqual(0);
				expect(waitMs).toBeLessThanOrEqual(300_000);
			}),
			{ numRuns: 300 },
		);
	});

	it("reads a header of a megabyte in no time", () => {
		const startedAt = performance.now();
		for (const value of ["1s".repeat(500_000), "1".repeat(1e6), "Tue, ".repeat(2e5), " ".repeat(1e6)])
			toRetryAfterMs({ "retry-after": value, "x-ratelimit-reset-tokens": value }, nowMs);
		expect(performance.now() - startedAt).toBeLessThan(500);
	});
});

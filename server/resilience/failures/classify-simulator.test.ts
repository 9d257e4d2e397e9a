import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toTextMessage } from "../../contract/model-message.ts";
import { startUpstream, type Upstream } from "../../simulator/index.ts";
import { createModelsAt, readAnswer } from "../../testing/servers/stub-provider.ts";
import { classify, type FailureClass, withDeadlines } from "../index.ts";

let upstream: Upstream;
let models: Awaited<ReturnType<typeof createModelsAt>>;
beforeAll(async () => {
	upstream = await startUpstream();
	models = await createModelsAt(`${upstream.url}/v1`);
});
afterAll(async () => {
	await models?.close();
	await upstream?.close();
});

/** What a call that met this fault is called, over real HTTP. */
async function meet(fault: string, { retry = "retry=2,", id = "openai-compatible", waitMs = 1_500 } = {}) {
	const model = models.find(id) ?? models.default();
	const text = `[[sim tokens=10,text=words,${retry}fault=${fault}]] Hello`;
	const call = { model, messages: [toTextMessage("user", text)], maxOutputTokens: 100 };
	const open = withDeadlines(models.open, {
		headersMs: waitMs,
		firstContentMs: waitMs,
		gapMs: 300,
		wholeMs: 15_000,
	});
	const { error, text: said } = await readAnswer(open({ ...call, signal: new AbortController().signal }));
	expect(error, fault).not.toBeNull();
	return classify(error, said !== "");
}

const table: [fault: string, FailureClass, retryAfterMs?: [min: number, max: number]][] = [
	["429", "throttled", [2_000, 2_000]],
	["429-date", "throttled", [1_000, 4_000]],
	["429-ms", "throttled", [2_000, 2_000]],
	["429-reset", "throttled", [2_000, 2_000]],
	["429-reset-epoch", "throttled", [1_000, 4_000]],
	["429-reset-instant", "throttled", [1_000, 4_000]],
	["429-garbage", "throttled"],
	["429-none", "throttled"],
	["429-quota", "no_credit"],
	["500", "server"],
	["503", "server"],
	["503-retry", "throttled", [2_000, 2_000]],
	["529", "throttled"],
	["400", "bad_request"],
	["401", "auth"],
	["403", "auth"],
	["404", "not_found"],
	["413", "context_length"],
	["context-length", "context_length"],
	["filter-request", "filtered_request"],
	["filter-outage-error", "filter_outage"],
	["html-502", "server"],
	["html-200", "server"],
	["json-error-200", "server"],
	["redirect", "redirect"],
	["reset-before-headers", "connect"],
	["hang", "first_token_timeout"],
	["pings", "first_token_timeout"],
	["late@3000", "first_token_timeout"],
	["error-first", "error_before_content"],
	["error-first-throttled", "throttled"],
	["error-first-overloaded", "throttled"],
	["reset@0", "error_before_content"],
	["bad-json@0", "error_before_content"],
	["reset@1", "midstream"],
	["reset@last", "midstream"],
	["error@3", "midstream"],
	["stall@3", "midstream"],
	["bad-json@3", "midstream"],
];

describe("a failure over real HTTP has its class, and the wait that the provider asks for", () => {
	it.each(table)("%s: %s", async (fault, expected, wait) => {
		const failure = await meet(fault);
		expect(failure.class).toBe(expected);
		if (wait === undefined) return expect(failure.retryAfterMs).toBeNull();
		expect(failure.retryAfterMs).toBeGreaterThanOrEqual(wait[0]);
		expect(failure.retryAfterMs).toBeLessThanOrEqual(wait[1]);
	});

	it.each([
		["429-past", 0],
		["429-absurd", 300_000],
		["429-negative", null],
	])("%s asks for %s ms", async (fault, expected) => {
		expect(await meet(fault, { retry: "" })).toMatchObject({ class: "throttled", retryAfterMs: expected });
	});

	it("a gzip bomb is cut and named like any stream that breaks before content", async () => {
		expect((await meet("gzip-bomb@128", { waitMs: 10_000 })).class).toBe("error_before_content");
	});

	it("and the same one through the AI SDK", async () => {
		for (const [fault, expected] of [
			["429", "throttled"],
			["500", "server"],
			["401", "auth"],
			["redirect", "redirect"],
		] as const)
			expect((await meet(fault, { id: "openai" })).class).toBe(expected);
	});

	it("is a failure to connect when no server listens", async () => {
		expect((await meet("refuse@300")).class).toBe("connect");
		expect((await meet("500")).class).toBe("connect");
		await expect.poll(async () => (await meet("500")).class, { timeout: 3_000 }).toBe("server");
	});
});

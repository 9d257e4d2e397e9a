import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startUpstream, type Upstream } from "../index.ts";
import { probe, readAnswer } from "../testing/probe.ts";

const prices = { cheap: { inputUsdPerMTok: "1", cachedInputUsdPerMTok: "0.25", outputUsdPerMTok: "3" } };
const user = (content: string) => ({ role: "user", content });

let upstream: Upstream;
beforeAll(async () => {
	upstream = await startUpstream({ prices });
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const ask = (body: object, headers?: Record<string, string>) =>
	probe({ url: upstream.url, body: { model: "cheap", messages: [user("Hi")], ...body }, headers });
const stream = (body: object, headers?: Record<string, string>) => ask({ stream: true, ...body }, headers);
const get = async (path: string) => JSON.parse((await probe({ url: upstream.url, path })).text);

describe("the record", () => {
	it("bills exactly what was used, line by line", async () => {
		await ask({ messages: [user("What is red?")] }, { "x-sim": "cached=2,text=words,tokens=3" });
		await stream(
			{ model: "cheap", messages: [user("x".repeat(401))] },
			{ "x-sim": "tokens=1000,reasoning=10" },
		);
		const [first, second] = upstream.invoice();
		expect(first).toMatchObject({
			model: "cheap",
			inputTokens: 3,
			cachedInputTokens: 2,
			costNanoUsd: `${1000 + 500 + 3 * 3000}`,
		});
		expect(second).toMatchObject({ inputTokens: 101, outputTokens: 1010, reasoningTokens: 10 });
		expect(second?.costNanoUsd).toBe(`${101_000 + 1010 * 3000}`);
		expect(await get("/sim/invoice")).toEqual(upstream.invoice());
	});

	it("bills who leaves for what was generated until then", async () => {
		const body = { model: "cheap", messages: [user("Hi")], stream: true };
		const seen = await probe({
			url: upstream.url,
			body,
			headers: { "x-sim": "itl=20,tokens=500" },
			leaveAfterMs: 200,
		});
		await expect.poll(() => upstream.requests()[0]?.outcome).toBe("aborted_by_client");
		const record = upstream.requests()[0];
		expect(record?.tokensSent).toBeGreaterThanOrEqual(readAnswer(seen.text).deltas.length);
		expect(record?.tokensSent).toBeLessThan(100);
		expect(upstream.invoice()).toMatchObject([{ inputTokens: 1, outputTokens: record?.tokensSent }]);
		expect(upstream.stats()).toMatchObject({ requests: 1, active: 0, peak: 1, aborted: 1, completed: 0 });
	});

	it("bills who leaves an unstreamed answer the tokens that were due", async () => {
		const body = { model: "cheap", messages: [user("Hi")] };
		await probe({ url: upstream.url, body, headers: { "x-sim": "itl=20,tokens=500" }, leaveAfterMs: 200 });
		await expect.poll(() => upstream.invoice()[0]?.outputTokens ?? 0).toBeGreaterThan(0);
		expect(upstream.invoice()[0]?.outputTokens).toBeLessThan(100);
	});

	it("bills a filtered answer nothing, unless the usage says otherwise", async () => {
		await stream({}, { "x-sim": "fault=filter-response@3" });
		await stream({ stream_options: { include_usage: true } }, { "x-sim": "fault=filter-response@3" });
		expect(upstream.invoice().map(({ outputTokens }) => outputTokens)).toEqual([0, 3]);
	});

	it("lists requests since a number, with messages when asked, and never a key", async () => {
		await ask(
			{ messages: [user("What is red?")] },
			{ authorization: "Bearer sk-secret", "idempotency-key": "k1" },
		);
		await ask({});
		const [first, second] = await get("/sim/requests?bodies=1");
		expect(first).toMatchObject({
			outcome: "completed",
			status: 200,
			messages: [{ role: "user", text: "What is red?" }],
		});
		expect(first.headers).toMatchObject({ "idempotency-key": "k1", authorizationDigest: expect.any(String) });
		expect(JSON.stringify(first)).not.toContain("sk-secret");
		expect(first.messagesDigest).not.toBe(second.messagesDigest);
		expect((await get(`/sim/requests?since=${first.seq}`)).map(({ id }: { id: string }) => id)).toEqual([
			second.id,
		]);
	});
});

describe("faults without streaming", () => {
	const askWithFault = (fault: string) =>
		probe({
			url: upstream.url,
			body: { model: "cheap", messages: [user("What is red?")] },
			headers: { "x-sim": `fault=${fault}` },
			leaveAfterMs: 150,
		});

	it.each([
		["reset", null, "ECONNRESET"],
		["stall", null, "left"],
		["pings", null, "left"],
		["endless", null, "left"],
		["error", 500, "end"],
		["split-bytes", 200, "end"],
		["eof", 200, "end"],
	])("%s answers %s and then %s", async (fault, status, ending) => {
		expect(await askWithFault(fault)).toMatchObject({ status, ending });
	});

	it.each(["eof", "bad-json"])("%s leaves a body that is not JSON", async (fault) => {
		const { text } = await askWithFault(fault);
		expect(() => JSON.parse(text)).toThrow();
	});
});

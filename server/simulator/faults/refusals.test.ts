import { createGunzip } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { faults, startUpstream, type Upstream } from "../index.ts";
import { probe, type SeenResponse } from "../testing/probe.ts";
import { createFaultTrials } from "../testing/try-fault.ts";

let upstream: Upstream;
beforeAll(async () => {
	upstream = await startUpstream({ sim: "text=words,tokens=60" });
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const { tryFault, tried } = createFaultTrials(() => upstream);

const secondsUntil = (instant: string) => (Date.parse(instant) - Date.now()) / 1000;

describe("refusals", () => {
	const header = (seen: SeenResponse, name: string) => String(seen.headers[name]);
	const retry = (seen: SeenResponse) => seen.headers["retry-after"];
	const statuses: [fault: string, status: number, code: string, check?: (seen: SeenResponse) => void][] = [
		["429", 429, "rate_limit_exceeded", (seen) => expect(retry(seen)).toBe("1")],
		[
			"429-date",
			429,
			"rate_limit_exceeded",
			(seen) => expect(secondsUntil(header(seen, "retry-after"))).toBeGreaterThan(0),
		],
		[
			"429-past",
			429,
			"rate_limit_exceeded",
			(seen) => expect(secondsUntil(header(seen, "retry-after"))).toBeLessThan(-3000),
		],
		["429-ms", 429, "rate_limit_exceeded", (seen) => expect(header(seen, "retry-after-ms")).toBe("1000")],
		[
			"429-reset",
			429,
			"rate_limit_exceeded",
			(seen) => expect(header(seen, "x-ratelimit-reset-requests")).toBe("1s"),
		],
		[
			"429-reset-epoch",
			429,
			"rate_limit_exceeded",
			(seen) => expect(Number(header(seen, "x-ratelimit-reset")) * 1000).toBeGreaterThan(Date.now()),
		],
		[
			"429-reset-instant",
			429,
			"rate_limit_exceeded",
			(seen) =>
				expect(header(seen, "anthropic-ratelimit-requests-reset")).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
		],
		["429-absurd", 429, "rate_limit_exceeded", (seen) => expect(retry(seen)).toBe("315360000")],
		["429-negative", 429, "rate_limit_exceeded", (seen) => expect(retry(seen)).toBe("-5")],
		["429-garbage", 429, "rate_limit_exceeded", (seen) => expect(retry(seen)).toBe("in a while")],
		[
			"429-none",
			429,
			"rate_limit_exceeded",
			(seen) => expect(JSON.stringify(seen.headers)).not.toMatch(/retry|reset/),
		],
		["429-quota", 429, "insufficient_quota"],
		["500", 500, "server_error"],
		["503", 503, "service_unavailable", (seen) => expect(retry(seen)).toBeUndefined()],
		["503-retry", 503, "service_unavailable", (seen) => expect(retry(seen)).toBe("1")],
		["529", 529, "overloaded_error"],
		["400", 400, "invalid_value"],
		["401", 401, "invalid_api_key"],
		["403", 403, "model_not_allowed"],
		["404", 404, "model_not_found"],
		["413", 413, "request_too_large"],
		["context-length", 400, "context_length_exceeded"],
		["filter-request", 400, "content_filter"],
		["filter-outage-error", 500, "content_filter_error"],
	];
	it.each(statuses)("%s answers %i with code %s, unbilled", async (fault, status, code, check) => {
		const { seen, record } = await tryFault(fault);
		expect(seen).toMatchObject({ status, ending: "end" });
		expect(JSON.parse(seen.text)).toMatchObject({
			error: { code, type: expect.any(String), message: expect.any(String) },
		});
		expect(seen.headers["x-request-id"]).toBe(record.id);
		expect(record).toMatchObject({ outcome: "faulted", fault, status });
		expect(upstream.invoice()).toEqual([]);
		check?.(seen);
	});

	it("retry= decides how long a refusal asks to wait", async () => {
		expect((await tryFault("429", { sim: "retry=7" })).seen.headers["retry-after"]).toBe("7");
		expect(
			(await tryFault("429-reset", { sim: "retry=1.5" })).seen.headers["x-ratelimit-reset-requests"],
		).toBe("1.5s");
	});

	it("500-twice fails two requests and answers the third", async () => {
		const statuses = [];
		for (let round = 0; round < 3; round += 1) statuses.push((await tryFault("500-twice")).seen.status);
		expect(statuses).toEqual([500, 500, 200]);
	});

	it("flapping fails about every second request, the same ones for the same seed", async () => {
		const round = async () => {
			upstream.reset();
			const statuses = [];
			for (let at = 0; at < 40; at += 1)
				statuses.push((await tryFault("flapping", { sim: "tokens=1" })).seen.status);
			return statuses;
		};
		const first = await round();
		const failures = first.filter((status) => status === 500).length;
		expect(failures).toBeGreaterThan(10);
		expect(failures).toBeLessThan(30);
		expect(await round()).toEqual(first);
	});

	it.each([
		["html-502", 502, "text/html", /^<!doctype html>/],
		["html-200", 200, "text/html", /^<!doctype html>/],
		["json-error-200", 200, "application/json", /^\{"error":/],
	])("%s answers %i with %s", async (fault, status, type, body) => {
		const { seen } = await tryFault(fault);
		expect(seen.status).toBe(status);
		expect(seen.headers["content-type"]).toContain(type);
		expect(seen.text).toMatch(body);
	});

	it("redirect leads to another host name and counts those who follow with their key", async () => {
		const { seen } = await tryFault("redirect");
		expect(seen.status).toBe(307);
		expect(seen.headers.location).toBe(`http://localhost:${upstream.port}/sim/redirected`);
		await probe({
			url: upstream.url,
			path: "/sim/redirected",
			body: {},
			headers: { authorization: "Bearer key" },
		});
		expect(upstream.stats()).toMatchObject({ redirectsFollowed: 1, redirectsWithKey: 1 });
	});

	it("gzip-bomb is small on the wire and huge when unpacked", async () => {
		const { seen } = await tryFault("gzip-bomb");
		expect(seen.headers["content-encoding"]).toBe("gzip");
		expect(seen.body.length).toBeLessThan(1.2 * 1024 * 1024);
		const small = await tryFault("gzip-bomb@8");
		let bytes = 0;
		for await (const part of createGunzip().end(small.seen.body)) bytes += (part as Buffer).length;
		expect(bytes).toBeGreaterThan(8 * 1024 * 1024);
		expect(seen.body.length / small.seen.body.length).toBeGreaterThan(100);
	});
});

describe("connections", () => {
	it("reset-before-headers drops the connection without a byte", async () => {
		expect((await tryFault("reset-before-headers")).seen).toMatchObject({
			status: null,
			ending: "ECONNRESET",
		});
	});

	it("refuse closes the port for a while", async () => {
		expect((await tryFault("refuse@500")).seen).toMatchObject({ status: null, ending: "ECONNRESET" });
		expect((await probe({ url: upstream.url, path: "/v1/models" })).ending).toBe("ECONNREFUSED");
		await expect
			.poll(async () => (await probe({ url: upstream.url, path: "/v1/models" })).status, { timeout: 3000 })
			.toBe(200);
	});

	it("hang never sends a header", async () => {
		const { seen } = await tryFault("hang", { leaveAfterMs: 150 });
		expect(seen).toMatchObject({ status: null, ending: "left" });
	});
});

it("every fault that refuses is tried here", () => {
	const names = Object.keys(faults).filter((name) => faults[name]?.refuse !== undefined);
	expect(names.filter((name) => !tried.has(name))).toEqual([]);
});

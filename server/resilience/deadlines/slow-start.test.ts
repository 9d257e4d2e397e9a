import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ModelPart } from "../../contract/model-message.ts";
import { ProviderError } from "../../models/index.ts";
import { answerDeadlines, extendForLoad } from "./deadlines.ts";
import { type CallPart, withDeadlines } from "./with-deadlines.ts";

interface Call {
	readonly signal: AbortSignal;
}
const word: ModelPart = { type: "text-delta", text: "word" };
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const remote = { isReasoning: false, loadMs: 0 };
const local = { isReasoning: false, loadMs: 300_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Reads a call to its end, in time that passes at once, and says what came when. */
async function read(
	open: (call: Call) => AsyncGenerator<ModelPart>,
	model: typeof local,
	{ signal = new AbortController().signal, forMs = 700_000 } = {},
) {
	const startedAt = Date.now();
	const seen: [type: CallPart["type"], atMs: number][] = [];
	const reading = (async () => {
		for await (const { type } of withDeadlines(open, answerDeadlines(model))({ signal }))
			seen.push([type, Date.now() - startedAt]);
	})();
	const ended = reading.then(
		() => null,
		(error: unknown) => ({ error, atMs: Date.now() - startedAt }),
	);
	await vi.advanceTimersByTimeAsync(forMs);
	return { seen, ended: await ended };
}

describe("a model that its server has to load", () => {
	const slow = (ms: number) =>
		async function* () {
			await pause(ms);
			yield word;
			await pause(1_000);
			yield word;
		};

	it("has minutes to its first content, and says once after ten seconds that it is waited for", async () => {
		const { seen, ended } = await read(slow(290_000), local);
		expect(ended).toBeNull();
		expect(vi.getTimerCount()).toBe(0);
		expect(seen).toEqual([
			["model-load", 10_000],
			["text-delta", 290_000],
			["text-delta", 291_000],
		]);
	});

	it("is given up after these minutes", async () => {
		const { seen, ended } = await read(slow(310_000), local);
		expect(seen).toEqual([["model-load", 10_000]]);
		expect(ended).toMatchObject({ atMs: 300_000, error: { code: "timeout" } });
	});

	it("says nothing of loading when it is quick, or when it is always loaded", async () => {
		expect((await read(slow(9_000), local)).seen).toHaveLength(2);
		const { seen, ended } = await read(slow(30_000), remote);
		expect(seen).toEqual([]);
		expect(ended).toMatchObject({ atMs: 15_000, error: { message: "The model sent no headers for 15 s." } });
	});

	it("has 300 s for its answer after a long load", async () => {
		async function* open() {
			await pause(290_000);
			for (let second = 0; second < 280; second++) {
				yield word;
				await pause(1_000);
			}
		}
		expect((await read(open, local)).ended).toBeNull();
	});

	it("passes on an error that came between the notice and the next part", async () => {
		async function* open(): AsyncGenerator<ModelPart> {
			await pause(10_000);
			yield await Promise.reject(new Error("gone"));
		}
		expect((await read(open, local)).ended).toMatchObject({ error: { message: "gone" } });
	});

	it("is stopped at once", async () => {
		const stop = new AbortController();
		setTimeout(() => stop.abort("stop"), 20_000);
		const { ended } = await read(slow(200_000), local, { signal: stop.signal, forMs: 20_000 });
		expect(ended).toMatchObject({ atMs: 20_000, error: "stop" });
	});
});

describe("a server that answers 503 while it loads", () => {
	const refusal = (message: string) =>
		new ProviderError("http", "x", {
			status: 503,
			body: JSON.stringify({ error: { code: 503, message, type: "unavailable_error" } }),
		});

	function createServer(loadsForMs: number, message = "Loading model") {
		const startedAt = Date.now();
		const calls = { made: 0 };
		async function* open(): AsyncGenerator<ModelPart> {
			calls.made += 1;
			if (Date.now() - startedAt < loadsForMs) throw refusal(message);
			yield word;
		}
		return { open, calls };
	}

	it("is asked again every two seconds until it answers", async () => {
		const { open, calls } = createServer(60_000);
		const { seen, ended } = await read(open, local);
		expect(ended).toBeNull();
		expect(seen.at(-1)).toEqual(["text-delta", 60_000]);
		expect(calls.made).toBe(31);
	});

	it("is given up with a timeout when the load takes too long", async () => {
		const { open } = createServer(400_000);
		expect((await read(open, local)).ended).toMatchObject({ atMs: 300_000, error: { code: "timeout" } });
	});

	it.each([
		["it is no server that loads", remote, "Loading model"],
		["the 503 says something else", local, "The service is unavailable"],
	])("is not asked again when %s", async (_, model, message) => {
		const { open, calls } = createServer(60_000, message);
		expect((await read(open, model)).ended).toMatchObject({ atMs: 0, error: { status: 503 } });
		expect(calls.made).toBe(1);
	});
});

describe("the deadlines of an answer", () => {
	const usual = { headersMs: 15_000, firstContentMs: 20_000, gapMs: 20_000, wholeMs: 300_000 };
	const load = { headersMs: 300_000, firstContentMs: 300_000, wholeMs: 600_000, loadNoticeMs: 10_000 };
	const short = { headersMs: 30_000, firstContentMs: 30_000, loadNoticeMs: 10_000 };
	it.each([
		["a model", { isReasoning: false, loadMs: 0 }, usual],
		["a reasoning model", { isReasoning: true, loadMs: 0 }, { ...usual, firstContentMs: 40_000 }],
		["a model that loads for minutes", { isReasoning: false, loadMs: 300_000 }, { ...usual, ...load }],
		["a model that loads for a moment", { isReasoning: false, loadMs: 30_000 }, { ...usual, ...short }],
		[
			"one that reasons, too",
			{ isReasoning: true, loadMs: 30_000 },
			{ ...usual, ...short, firstContentMs: 40_000 },
		],
	])("of %s", (_, model, deadlines) => {
		expect(answerDeadlines(model)).toEqual(deadlines);
	});
});

describe("a turn's time", () => {
	const limits = { expiresAt: 45_000, endsAt: 298_000 };
	it.each([
		["is kept for a model that is always loaded", 0, limits],
		["is kept for a short load", 30_000, limits],
		[
			"grows by a load of minutes, and by an answer after it",
			300_000,
			{ expiresAt: 302_000, endsAt: 602_000 },
		],
	])("%s", (_, loadMs, expected) => {
		expect(extendForLoad({ isReasoning: false, loadMs }, limits, 2_000)).toEqual(expected);
	});
});

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ModelPart } from "../../contract/model-message.ts";
import { type CallPart, withDeadlines } from "./with-deadlines.ts";

interface Call {
	signal: AbortSignal;
}
const deadlines = { headersMs: 700, firstContentMs: 1_000, gapMs: 500, wholeMs: 3_000 };

/** A model that says one word after each wait, and honours its signal as a socket does. */
function createModel(waitsMs: readonly number[], sendsHeaders: boolean) {
	const seen = { aborted: false };
	async function* open({ signal }: Call): AsyncGenerator<ModelPart> {
		if (sendsHeaders) yield { type: "response-start", providerRequestId: null };
		for (const ms of waitsMs) {
			await new Promise<void>((resolve, reject) => {
				const timer = setTimeout(resolve, ms);
				signal.addEventListener("abort", () => {
					clearTimeout(timer);
					seen.aborted = true;
					reject(signal.reason);
				});
			});
			yield { type: "text-delta", text: "word " };
		}
	}
	return { open, seen };
}

async function read(
	waitsMs: readonly number[],
	{ signal = new AbortController().signal, sendsHeaders = true } = {},
) {
	const { open, seen } = createModel(waitsMs, sendsHeaders);
	const parts: CallPart[] = [];
	const reading = (async () => {
		for await (const part of withDeadlines(open, deadlines)({ signal }))
			if (part.type !== "response-start") parts.push(part);
	})();
	const ended = reading.then(
		() => null,
		(error: unknown) => error,
	);
	await vi.advanceTimersByTimeAsync(10_000);
	return { parts, error: await ended, seen };
}

describe("withDeadlines", () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());

	it("passes an answer in time on unchanged", async () => {
		const { parts, error } = await read([900, 400, 400]);
		expect(error).toBeNull();
		expect(parts).toHaveLength(3);
	});

	it.each([
		["no first word", [1_100], 0],
		["a pause between words", [100, 600], 1],
		["an answer that never ends", [400, 400, 400, 400, 400, 400, 400, 400, 400], 7],
	])("ends %s as a timeout, upstream included", async (_, waits, words) => {
		const { parts, error, seen } = await read(waits);
		expect(error).toMatchObject({ code: "timeout" });
		expect(seen.aborted).toBe(true);
		expect(parts).toHaveLength(words);
	});

	it("does not wait for content when no headers came", async () => {
		const late = await read([900], { sendsHeaders: false });
		expect(late.error).toMatchObject({ code: "timeout", message: "The model sent no headers for 0.7 s." });
		expect(late.seen.aborted).toBe(true);
		expect((await read([600], { sendsHeaders: false })).error).toBeNull();
	});

	it("does not blame a provider whose content arrived while this process was suspended", async () => {
		vi.useRealTimers();
		const provider = new Worker(
			"setTimeout(() => require('node:worker_threads').parentPort.postMessage('word'), 100)",
			{ eval: true },
		);
		async function* open({ signal }: Call): AsyncGenerator<ModelPart> {
			yield { type: "text-delta", text: "word " };
			const late = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
			await Promise.race([once(provider, "message"), late]);
			yield { type: "text-delta", text: "word " };
		}
		const parts: CallPart[] = [];
		const quick = { ...deadlines, gapMs: 250 };
		for await (const part of withDeadlines(open, quick)({ signal: new AbortController().signal })) {
			parts.push(part);
			// The second word comes before the deadline, and both long before this process wakes up.
			if (parts.length === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_400);
		}
		expect(parts).toHaveLength(2);
	});

	it("passes on why the caller stopped", async () => {
		const stop = new AbortController();
		setTimeout(() => stop.abort("stop"), 150);
		const { error, parts } = await read([100, 100, 100], { signal: stop.signal });
		expect(error).toBe("stop");
		expect(parts).toHaveLength(1);
	});

	it.each(["before the first part", "between two parts"])(
		"does not wait for a model that ignores its signal, %s",
		async (when) => {
			async function* open(): AsyncGenerator<ModelPart> {
				if (when !== "before the first part") yield { type: "text-delta", text: "word " };
				await new Promise(() => undefined);
			}
			const readOn = async (signal: AbortSignal) => {
				for await (const part of withDeadlines(open, deadlines)({ signal }))
					expect(part.type).toBe("text-delta");
			};
			const stop = new AbortController();
			setTimeout(() => stop.abort("stop"), 150);
			const stopped = expect(readOn(stop.signal)).rejects.toBe("stop");
			const late = expect(readOn(new AbortController().signal)).rejects.toMatchObject({ code: "timeout" });
			await vi.advanceTimersByTimeAsync(5_000);
			await Promise.all([stopped, late]);
			await expect(readOn(stop.signal)).rejects.toBe("stop");
			expect(vi.getTimerCount()).toBe(0);
		},
		2_000,
	);

	it("leaves no timer behind", async () => {
		await read([100]);
		expect(vi.getTimerCount()).toBe(0);
	});
});

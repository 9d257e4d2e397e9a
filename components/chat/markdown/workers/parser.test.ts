import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TopBlock } from "../parse/tree";
import type { ParseReply, ParseRequest } from "./parse-messages";
import { Parser } from "./parser";

/** A worker that answers when the test says so. */
class FakeWorker {
	readonly requests: ParseRequest[] = [];
	isTerminated = false;
	#listener: (event: Event) => void = () => undefined;

	postMessage(request: ParseRequest): void {
		this.requests.push(request);
	}
	terminate(): void {
		this.isTerminated = true;
	}
	addEventListener(type: string, listener: unknown): void {
		if (type === "message") this.#listener = listener as (event: Event) => void;
	}
	say(reply: ParseReply): void {
		this.#listener({ data: reply } as MessageEvent<ParseReply>);
	}
	/** Answers the last request with one block that holds its text. */
	answer(): void {
		const { answer, text } = this.requests.at(-1) as ParseRequest;
		this.say({ type: "blocks", answer, text, same: 0, blocks: [toPlain(text)] });
	}
}

const toPlain = (text: string): TopBlock => ({
	start: 0,
	end: text.length,
	weight: 1,
	block: { type: "plain", text },
});

const request = (text: string, isGrowing = false) => ({ text, isGrowing, switches: [] });

describe("the page's side of the Markdown worker", () => {
	let workers: FakeWorker[] = [];
	const start = () => {
		const worker = new FakeWorker();
		workers.push(worker);
		queueMicrotask(() => worker.say({ type: "ready" }));
		return worker as unknown as Worker;
	};
	const latest = () => workers.at(-1) as FakeWorker;

	beforeEach(() => {
		workers = [];
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	it("asks for one text at a time, and of a text that grows for the newest only", async () => {
		const seen: string[] = [];
		const answer = new Parser(start).open((parsed) => seen.push(parsed?.text ?? "plain"));
		for (const text of ["a", "ab", "abc"]) answer.parse(request(text, true));
		await Promise.resolve();
		latest().answer();
		latest().answer();
		expect(latest().requests.map(({ text }) => text)).toEqual(["a", "abc"]);
		expect(seen).toEqual(["a", "abc"]);
	});

	it("tells nothing of an older text once the blocks of the newest are known, and goes on with the next one", async () => {
		const seen: string[] = [];
		const parser = new Parser(start);
		const answer = parser.open((parsed) => seen.push(parsed?.text ?? "plain"));
		answer.parse(request("a", true));
		await Promise.resolve();
		answer.parse(request("ab", true));
		answer.settle();
		latest().answer();
		await vi.advanceTimersByTimeAsync(3_000);
		expect(seen).toEqual([]);
		expect(latest().requests.map(({ text }) => text)).toEqual(["a"]);
		answer.parse(request("abcd"));
		latest().answer();
		expect(seen).toEqual(["abcd"]);
	});

	it("ends a worker that is stuck and asks again in parts, without the part that stops it", async () => {
		const seen: (string | null)[] = [];
		const answer = new Parser(start).open((parsed) => seen.push(parsed?.text ?? null));
		answer.parse(request("hostile"));
		await Promise.resolve();
		await vi.advanceTimersByTimeAsync(3_000);
		expect(workers[0]?.isTerminated).toBe(true);
		expect(latest().requests[0]?.plainChunks).toEqual([]);
		latest().say({ type: "chunk", answer: latest().requests[0]?.answer ?? 0, index: 4 });
		await vi.advanceTimersByTimeAsync(3_000);
		expect(latest().requests[0]?.plainChunks).toEqual([4]);
		latest().answer();
		expect(seen).toEqual(["hostile"]);
		expect(workers).toHaveLength(3);
	});

	it("shows a growing text that stops the worker as plain text until it has come to its end", async () => {
		const seen: (string | null)[] = [];
		const answer = new Parser(start).open((parsed) => seen.push(parsed?.text ?? null));
		answer.parse(request("hostile", true));
		await Promise.resolve();
		await vi.advanceTimersByTimeAsync(3_000);
		answer.parse(request("hostile and more", true));
		expect(seen).toEqual([null]);
		expect(workers).toHaveLength(1);
		answer.parse(request("hostile and more"));
		expect(latest().requests.at(-1)?.text).toBe("hostile and more");
	});

	it("goes on with the other answers after one that is given up", async () => {
		const parser = new Parser(start);
		const seen: string[] = [];
		parser.open(() => undefined).parse(request("hostile", true));
		parser.open((parsed) => seen.push(parsed?.text ?? "plain")).parse(request("friendly"));
		await Promise.resolve();
		await vi.advanceTimersByTimeAsync(3_000);
		await Promise.resolve();
		latest().answer();
		expect(seen).toEqual(["friendly"]);
	});

	it("gives nothing up because the machine is busy: only ticks that come on time count", async () => {
		const answer = new Parser(start).open(() => undefined);
		answer.parse(request("slow"));
		await Promise.resolve();
		let nowMs = performance.now();
		vi.spyOn(performance, "now").mockImplementation(() => {
			nowMs += 1_000;
			return nowMs;
		});
		await vi.advanceTimersByTimeAsync(20_000);
		expect(workers[0]?.isTerminated).toBe(false);
		vi.restoreAllMocks();
	});

	it("leaves answers plain when the worker cannot be started", async () => {
		const silent: FakeWorker[] = [];
		const parser = new Parser(() => {
			const worker = new FakeWorker();
			silent.push(worker);
			return worker as unknown as Worker;
		});
		const answer = parser.open(() => undefined);
		answer.parse(request("text"));
		for (let start = 0; start < 6; start++) await vi.advanceTimersByTimeAsync(31_000);
		expect(silent.length).toBeLessThanOrEqual(4);
	});
});

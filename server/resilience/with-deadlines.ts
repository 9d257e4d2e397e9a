import { AppError } from "../contract/errors.ts";
import type { ModelPart } from "../contract/turn.ts";

/** Milliseconds. Reasoning deltas count as content; pings do not. */
export interface Deadlines {
	/** Until the response begins: a provider that has not even said so much is not thinking. */
	readonly headersMs: number;
	readonly firstContentMs: number;
	readonly gapMs: number;
	readonly wholeMs: number;
}

/** 15 s to the headers, 20 s to the first content (40 s for reasoning models), 20 s between two, 300 s in all. */
export const answerDeadlines = (model: { isReasoning: boolean }): Deadlines => ({
	headersMs: 15_000,
	firstContentMs: model.isReasoning ? 40_000 : 20_000,
	gapMs: 20_000,
	wholeMs: 300_000,
});

type Open<Call> = (call: Call) => AsyncIterable<ModelPart>;

/**
 * Wraps a model call of its own shape: ends it, upstream included, with AppError `timeout` when it is late, and when its signal
 * says so, also where upstream does not listen. Neither a generator nor a timer nor a race of its own for every part: an answer
 * has thousands.
 */
export function withDeadlines<Call extends { readonly signal: AbortSignal }>(
	open: Open<Call>,
	deadlines: Deadlines,
): Open<Call> {
	return (call) => ({
		[Symbol.asyncIterator]() {
			const attempt = new AbortController();
			const watch = createWatch(deadlines, (reason) => attempt.abort(reason));
			const follow = () => attempt.abort(call.signal.reason);
			if (call.signal.aborted) follow();
			call.signal.addEventListener("abort", follow, { once: true });
			const parts = open({ ...call, signal: attempt.signal })[Symbol.asyncIterator]();
			const end = () => {
				watch.end();
				call.signal.removeEventListener("abort", follow);
			};
			const see = ({ type }: ModelPart) => {
				if (type === "response-start") watch.begin();
				else if (type === "text-delta" || type === "reasoning-delta") watch.see();
			};
			return leaveOnAbort(parts, attempt.signal, { see, end });
		},
	});
}

/** Reads on until the signal aborts, also where whoever makes the parts does not listen to it. */
function leaveOnAbort(
	parts: AsyncIterator<ModelPart>,
	signal: AbortSignal,
	{ see, end }: { see(part: ModelPart): void; end(): void },
): AsyncIterator<ModelPart> {
	let resolve: (result: IteratorResult<ModelPart>) => void;
	let reject: (error: unknown) => void;
	let isLeft = signal.aborted;
	const pass = (result: IteratorResult<ModelPart>) => {
		if (result.done) end();
		else if (!isLeft) see(result.value);
		resolve(result);
	};
	const fail = (error: unknown) => {
		end();
		reject?.(error);
	};
	const read = (onResult: typeof resolve, onError: typeof reject) => {
		resolve = onResult;
		reject = onError;
		if (isLeft) fail(signal.reason);
		else parts.next().then(pass, fail);
	};
	const leave = () => {
		isLeft = true;
		fail(signal.reason);
		void parts.return?.().catch(() => undefined);
	};
	signal.addEventListener("abort", leave, { once: true });
	return {
		next: () => new Promise(read),
		async return() {
			end();
			await parts.return?.();
			return { done: true, value: undefined };
		},
	};
}

/**
 * Content only leaves a mark, and a timer looks for marks: a clock that is read for every part costs as much as the rest. A pause
 * is noticed at most a twentieth of it late.
 */
const looksPerGap = 20;

/** Calls `expire` once when the response or its content is late, or when everything takes too long. */
function createWatch(deadlines: Deadlines, expire: (reason: AppError) => void) {
	const { headersMs, firstContentMs, gapMs, wholeMs } = deadlines;
	const tooLate = (what: string, ms: number) =>
		expire(new AppError("timeout", `The model ${what} for ${ms / 1_000} s.`));
	const endWhole = setDeadline(wholeMs, () => tooLate("was not done", wholeMs));
	const endHeaders = setDeadline(headersMs, () => tooLate("sent no headers", headersMs));
	let endWait = setDeadline(firstContentMs, () => tooLate("said nothing", firstContentMs));
	let isSeen = false;
	let quietLooks: number | null = null;
	const look = () => {
		quietLooks = isSeen ? 0 : (quietLooks ?? 0) + 1;
		isSeen = false;
		if (quietLooks === looksPerGap) tooLate("paused", gapMs);
		else endWait = setDeadline(gapMs / looksPerGap, look);
	};
	return {
		begin: endHeaders,
		see() {
			isSeen = true;
			if (quietLooks !== null) return;
			endHeaders();
			endWait();
			look();
		},
		end() {
			endWhole();
			endHeaders();
			endWait();
		},
	};
}

/** A timer that comes so late was held up by this process, which says nothing about the provider. */
const sleptMs = 1_000;

/**
 * A timer of a process that may have slept, as a suspended machine does: what arrived meanwhile is read before anybody is blamed.
 * Returns what takes it back.
 */
function setDeadline(ms: number, expire: () => void): () => void {
	const dueAtMs = performance.now() + ms;
	let timer = setTimeout(() => {
		if (performance.now() - dueAtMs < sleptMs) expire();
		else timer = setTimeout(expire, sleptMs);
	}, ms);
	return () => clearTimeout(timer);
}

import { AppError } from "../contract/errors.ts";
import type { ModelPart } from "../contract/model-message.ts";

/** Milliseconds. Reasoning deltas count as content; pings do not. */
export interface Deadlines {
	/** Until the response headers. */
	readonly headersMs: number;
	readonly firstContentMs: number;
	readonly gapMs: number;
	readonly wholeMs: number;
}

/** 15 s to the headers, 20 s to the first content (40 s for reasoning models), 20 s between two pieces, 300 s in all. */
export const answerDeadlines = (model: { isReasoning: boolean }): Deadlines => ({
	headersMs: 15_000,
	firstContentMs: model.isReasoning ? 40_000 : 20_000,
	gapMs: 20_000,
	wholeMs: 300_000,
});

type Open<Call> = (call: Call) => AsyncIterable<ModelPart>;

/**
 * Wraps a function that calls a model. The call ends, its upstream request too, with AppError `timeout` when a deadline passes and
 * with the signal's reason when its signal aborts, also when `open` ignores the signal. Written without a generator, a timer or a
 * race per part, because an answer has thousands of parts.
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
			const onPart = ({ type }: ModelPart) => {
				if (type === "response-start") watch.noteHeaders();
				else if (type === "text-delta" || type === "reasoning-delta") watch.noteContent();
			};
			return endOnAbort(parts, attempt.signal, { onPart, end });
		},
	});
}

/** The same parts, but rejects as soon as the signal aborts, also when the source does not. */
function endOnAbort(
	parts: AsyncIterator<ModelPart>,
	signal: AbortSignal,
	{ onPart, end }: { onPart(part: ModelPart): void; end(): void },
): AsyncIterator<ModelPart> {
	let resolve: (result: IteratorResult<ModelPart>) => void;
	let reject: (error: unknown) => void;
	let isEnded = signal.aborted;
	const pass = (result: IteratorResult<ModelPart>) => {
		if (result.done) end();
		else if (!isEnded) onPart(result.value);
		resolve(result);
	};
	const fail = (error: unknown) => {
		end();
		reject?.(error);
	};
	const read = (onResult: typeof resolve, onError: typeof reject) => {
		resolve = onResult;
		reject = onError;
		if (isEnded) fail(signal.reason);
		else parts.next().then(pass, fail);
	};
	const onAbort = () => {
		isEnded = true;
		fail(signal.reason);
		void parts.return?.().catch(() => undefined);
	};
	signal.addEventListener("abort", onAbort, { once: true });
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
 * Content sets a flag, and a timer polls the flag so many times per gap: reading a clock for every part would cost as much as all
 * the rest. A pause is noticed late by at most a twentieth of the gap.
 */
const pollsPerGap = 20;

/** Calls `expire` when a deadline passes. */
function createWatch(deadlines: Deadlines, expire: (reason: AppError) => void) {
	const { headersMs, firstContentMs, gapMs, wholeMs } = deadlines;
	const tooLate = (what: string, ms: number) =>
		expire(new AppError("timeout", `The model ${what} for ${ms / 1_000} s.`));
	const endWhole = setDeadline(wholeMs, () => tooLate("did not finish", wholeMs));
	const endHeaders = setDeadline(headersMs, () => tooLate("sent no headers", headersMs));
	let endWait = setDeadline(firstContentMs, () => tooLate("sent no content", firstContentMs));
	let hasNewContent = false;
	let quietPolls: number | null = null;
	const poll = () => {
		quietPolls = hasNewContent ? 0 : (quietPolls ?? 0) + 1;
		hasNewContent = false;
		if (quietPolls === pollsPerGap) tooLate("paused", gapMs);
		else endWait = setDeadline(gapMs / pollsPerGap, poll);
	};
	return {
		noteHeaders: endHeaders,
		noteContent() {
			hasNewContent = true;
			if (quietPolls !== null) return;
			endHeaders();
			endWait();
			poll();
		},
		end() {
			endWhole();
			endHeaders();
			endWait();
		},
	};
}

/** A timer that fires so late was delayed by this process itself, so it says nothing about the provider. */
const sleptMs = 1_000;

/**
 * A timer for a process that may have been suspended: after a late wake-up it waits once more, so that data that arrived in the
 * meantime is read first. Returns a function that cancels it.
 */
function setDeadline(ms: number, expire: () => void): () => void {
	const dueAtMs = performance.now() + ms;
	let timer = setTimeout(() => {
		if (performance.now() - dueAtMs < sleptMs) expire();
		else timer = setTimeout(expire, sleptMs);
	}, ms);
	return () => clearTimeout(timer);
}

import { AppError } from "../../contract/errors.ts";
import type { ModelPart } from "../../contract/model-message.ts";
import type { Deadlines } from "./deadlines.ts";
import { waitForLoad } from "./wait-for-load.ts";

/** The server has sent no content yet, and may be loading the model. At most once in a call. */
export interface LoadNotice {
	readonly type: "model-load";
}

export type CallPart = ModelPart | LoadNotice;

/**
 * Wraps a function that calls a model. The call ends, its upstream request too, with AppError `timeout` when a deadline passes and
 * with the signal's reason when its signal aborts, also when `open` ignores the signal. Written without a generator, a timer or a
 * race per part, because an answer has thousands of parts.
 */
export function withDeadlines<Call extends { readonly signal: AbortSignal }>(
	open: (call: Call) => AsyncIterable<ModelPart>,
	deadlines: Deadlines,
): (call: Call) => AsyncIterable<CallPart> {
	const openLoaded = deadlines.loadNoticeMs === undefined ? open : waitForLoad(open);
	return (call) => ({
		[Symbol.asyncIterator]() {
			const attempt = new AbortController();
			const reader = createReader(attempt.signal);
			const watch = createWatch(deadlines, {
				expire: (reason) => attempt.abort(reason),
				notify: reader.notify,
			});
			const follow = () => attempt.abort(call.signal.reason);
			if (call.signal.aborted) follow();
			call.signal.addEventListener("abort", follow, { once: true });
			const parts = openLoaded({ ...call, signal: attempt.signal })[Symbol.asyncIterator]();
			return reader.read(parts, {
				onPart({ type }) {
					if (type === "response-start") watch.noteHeaders();
					else if (type === "text-delta" || type === "reasoning-delta") watch.noteContent();
				},
				onEnd() {
					watch.end();
					call.signal.removeEventListener("abort", follow);
				},
			});
		},
	});
}

interface Listener {
	onPart(part: ModelPart): void;
	onEnd(): void;
}

/** Passes on the parts of a call, and a notice between them. Rejects as soon as the signal aborts, also when the source does not. */
function createReader(signal: AbortSignal) {
	/** Of the consumer that waits for a part; null while none waits. */
	let resolve: ((result: IteratorResult<CallPart>) => void) | null = null;
	let reject: (error: unknown) => void;
	/** The source is asked for a part. After a notice it still is, while no consumer waits. */
	let isAsked = false;
	/** What the source gave while no consumer waited. */
	let early: Promise<IteratorResult<CallPart>> | null = null;
	let isEnded = false;

	function read(parts: AsyncIterator<ModelPart>, { onPart, onEnd }: Listener): AsyncIterator<CallPart> {
		const pass = (result: IteratorResult<ModelPart>) => {
			isAsked = false;
			if (isEnded) return;
			if (result.done) onEnd();
			else onPart(result.value);
			if (resolve === null) early = Promise.resolve(result);
			else resolve(result);
			resolve = null;
		};
		const fail = (error: unknown) => {
			isAsked = false;
			onEnd();
			if (resolve !== null) reject(error);
			else if (!isEnded) {
				early = Promise.reject(error);
				early.catch(() => undefined);
			}
			resolve = null;
		};
		const end = () => {
			isEnded = true;
			fail(signal.reason);
			void parts.return?.().catch(() => undefined);
		};
		const ask = (onResult: NonNullable<typeof resolve>, onError: typeof reject) => {
			resolve = onResult;
			reject = onError;
			if (isEnded) fail(signal.reason);
			else if (!isAsked) {
				isAsked = true;
				parts.next().then(pass, fail);
			}
		};
		isEnded = signal.aborted;
		signal.addEventListener("abort", end, { once: true });
		return {
			next() {
				const given = isEnded ? null : early;
				early = null;
				return given ?? new Promise(ask);
			},
			async return() {
				onEnd();
				await parts.return?.();
				return { done: true, value: undefined };
			},
		};
	}

	return {
		read,
		/** Gives the notice to a consumer that waits for the source. */
		notify() {
			if (!isAsked) return;
			resolve?.({ done: false, value: { type: "model-load" } });
			resolve = null;
		},
	};
}

/**
 * Content sets a flag, and a timer polls the flag so many times per gap: reading a clock for every part would cost as much as all
 * the rest. A pause is noticed late by at most a twentieth of the gap.
 */
const pollsPerGap = 20;

/** Calls `expire` when a deadline passes, and `notify` when there is no content at the time of the notice. */
function createWatch(
	deadlines: Deadlines,
	{ expire, notify }: { expire(reason: AppError): void; notify(): void },
) {
	const { headersMs, firstContentMs, gapMs, wholeMs, loadNoticeMs } = deadlines;
	const tooLate = (what: string, ms: number) =>
		expire(new AppError("timeout", `The model ${what} for ${ms / 1_000} s.`));
	const endWhole = setDeadline(wholeMs, () => tooLate("did not finish", wholeMs));
	const endHeaders = setDeadline(headersMs, () => tooLate("sent no headers", headersMs));
	const notice = loadNoticeMs === undefined ? undefined : setTimeout(notify, loadNoticeMs);
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
			clearTimeout(notice);
			poll();
		},
		end() {
			endWhole();
			endHeaders();
			endWait();
			clearTimeout(notice);
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

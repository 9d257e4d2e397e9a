import { AppError } from "../errors.ts";
import type { ModelPart } from "../turn.ts";

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

/** Wraps a model call of its own shape: ends it, upstream included, with AppError `timeout` when it is late. */
export function withDeadlines<Call extends { readonly signal: AbortSignal }>(
	open: Open<Call>,
	deadlines: Deadlines,
): Open<Call> {
	return async function* (call) {
		const attempt = new AbortController();
		const expire = (what: string, ms: number) => () =>
			attempt.abort(new AppError("timeout", `The model ${what} for ${ms / 1_000} s.`));
		const follow = () => attempt.abort(call.signal.reason);
		if (call.signal.aborted) follow();
		call.signal.addEventListener("abort", follow, { once: true });
		const whole = setTimeout(expire("was not done", deadlines.wholeMs), deadlines.wholeMs);
		const headers = setTimeout(expire("sent no headers", deadlines.headersMs), deadlines.headersMs);
		let wait = setTimeout(expire("said nothing", deadlines.firstContentMs), deadlines.firstContentMs);
		let hasContent = false;
		try {
			for await (const part of open({ ...call, signal: attempt.signal })) {
				clearTimeout(headers);
				if (part.type === "text-delta" || part.type === "reasoning-delta") {
					if (hasContent) wait.refresh();
					else {
						clearTimeout(wait);
						wait = setTimeout(expire("paused", deadlines.gapMs), deadlines.gapMs);
						hasContent = true;
					}
				}
				yield part;
			}
		} finally {
			clearTimeout(whole);
			clearTimeout(headers);
			clearTimeout(wait);
			call.signal.removeEventListener("abort", follow);
		}
	};
}

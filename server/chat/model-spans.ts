import type { ModelSpan, Receipt } from "../contract/turn.ts";
import type { Attempt } from "./attempt.ts";

/** Who wrote which part of a turn's answer; a call that added nothing wrote none. */
export function toModelSpans(attempts: readonly Attempt[], textBefore: string): ModelSpan[] {
	const modelSpans: ModelSpan[] = [];
	let fromCharacter = textBefore.length;
	for (const { call, text } of attempts) {
		if (text.length > fromCharacter) modelSpans.push({ modelId: call.modelId, fromCharacter });
		fromCharacter = text.length;
	}
	return modelSpans;
}

/** What people are told of a failure, beside its code; undefined when there was none. */
export function toReceiptFailure(
	{ class: failureClass, retryAfterMs }: Attempt["ending"],
	nowMs: number,
): Receipt["failure"] {
	if (failureClass === undefined || failureClass === "stopped") return undefined;
	const retryAt = retryAfterMs ? new Date(nowMs + retryAfterMs).toISOString() : null;
	return { class: failureClass, retryAt };
}

import { isAppError } from "../contract/errors.ts";
import type { EndRequest, Receipt } from "../contract/turn.ts";
import { type Ending, hasContent, type MadeCall, toFailure } from "../resilience/index.ts";
import type { TurnOutcome } from "../turns/index.ts";
import type { Screen } from "./show.ts";
import type { TurnTime } from "./turn-time.ts";

export function toOutcome(
	ending: Ending,
	of: { time: TurnTime; screen: Screen; savedNanoUsd?: bigint | null },
): TurnOutcome {
	const { status, code } = ending;
	return {
		status,
		...(code && { code }),
		failure: toReceiptFailure(ending, of.time),
		durationMs: of.time.durationMs(),
		reasoningMs: of.screen.reasoningMs,
		savedNanoUsd: of.savedNanoUsd ?? null,
	};
}

/** What the receipt says of a failure, beside its code; undefined when there was none. */
function toReceiptFailure({ class: failureClass, retryAfterMs }: Ending, time: TurnTime): Receipt["failure"] {
	if (failureClass === undefined || failureClass === "stopped") return undefined;
	return { class: failureClass, retryAt: retryAfterMs ? time.toInstant(retryAfterMs) : null };
}

/** The ending of a turn that failed before any model was called, or whose storage gave way between two calls. */
export function toFailedEnding(error: unknown, made: readonly MadeCall[]): Ending {
	if (hasContent(made)) return toFailure("midstream");
	return { status: "failed", code: isAppError(error) ? error.code : "internal" };
}

/** The ending of a turn whose end was requested. */
export function toRequestedEnding(request: EndRequest): Ending {
	return request === "stop" ? { status: "stopped" } : { status: "interrupted", code: "stream_interrupted" };
}

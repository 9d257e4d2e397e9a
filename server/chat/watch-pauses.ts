import type { Clock } from "../kernel/clock.ts";
import type { AcceptedTurn } from "../turns/index.ts";

/** How long it may be acted on that spending was not paused: within this time a pause stops every further call. */
const freshMs = 1_000;

/**
 * Answers before each call of a turn whether spending on its model is paused. The reservation has just checked that for the model
 * of the quote, so that the usual call costs no query; fallbacks, retries after a wait and calls that waited in a queue do.
 */
export function watchPauses(
	{ modelId: quotedModelId }: Pick<AcceptedTurn, "modelId">,
	clock: Pick<Clock, "elapsed">,
	isPaused: (modelId: string) => Promise<boolean>,
): (modelId: string) => Promise<boolean> {
	const seenOpenAt = new Map<string, number>();
	if (quotedModelId !== null) seenOpenAt.set(quotedModelId, clock.elapsed());
	return async (modelId) => {
		const askedAt = clock.elapsed();
		const seenAt = seenOpenAt.get(modelId);
		if (seenAt !== undefined && askedAt - seenAt < freshMs) return false;
		if (await isPaused(modelId)) return true;
		seenOpenAt.set(modelId, askedAt);
		return false;
	};
}

import type { UserId } from "../contract/ids.ts";
import type { Clock } from "../kernel/clock.ts";
import type { AcceptedTurn } from "../turns/index.ts";

/** How long it may be acted on that spending was not paused: within this time a pause stops every further call. */
const freshMs = 1_000;

export interface PauseRooms {
	readonly clock: Clock;
	/** Whether a pause forbids what this person would spend on a model. */
	isSpendingPaused(by: { readonly userId: UserId; readonly modelId: string }): Promise<boolean>;
}

/**
 * Tells before each call of a turn whether spending on its model is paused. The reservation has just asked that for the
 * chosen model, so that the usual call costs no look; fallbacks, retries after a wait and calls that stood in line do.
 */
export function watchPauses(
	{ userId, epoch }: Pick<AcceptedTurn, "userId" | "epoch">,
	chosenModelId: string,
	{ clock, isSpendingPaused }: PauseRooms,
): (modelId: string) => Promise<boolean> {
	const seenOpenAt = new Map<string, number>();
	// What another process accepted may be half a minute old.
	if (epoch === 1) seenOpenAt.set(chosenModelId, clock.elapsed());
	return async (modelId) => {
		const askedAt = clock.elapsed();
		const seenAt = seenOpenAt.get(modelId);
		if (seenAt !== undefined && askedAt - seenAt < freshMs) return false;
		if (await isSpendingPaused({ userId, modelId })) return true;
		seenOpenAt.set(modelId, askedAt);
		return false;
	};
}

import { createHash } from "node:crypto";
import type { RouteRoad } from "../../contract/kinds.ts";
import type { Receipt } from "../../contract/turn.ts";

/** The models of the two answers that are compared. */
export interface Pair {
	readonly policyVersion: number;
	readonly road: RouteRoad;
	readonly cheapModelId: string;
	readonly strongModelId: string;
	/** The person's answer is the strong model's. */
	readonly isStrongShown: boolean;
}

/**
 * Whose answer a person got, and the model on the other side of it: the one that the policy would have asked, or the one whose draft was not
 * accepted. Null when a policy did not decide, several models wrote the answer, or the other side has no model that could have.
 */
export function toPair(
	{ route, modelSpans = [] }: Pick<Receipt, "route" | "modelSpans">,
	strong: readonly string[],
): Pair | null {
	const [shown, ...more] = modelSpans;
	if (!route || !shown || more.length > 0 || shown.fromCharacter > 0) return null;
	const isStrong = (id: string) => strong.includes(id);
	const isStrongShown = isStrong(shown.modelId);
	const other = [route.otherModelId, route.draft?.modelId ?? null]
		.filter((id) => id !== null)
		.find((id) => isStrong(id) !== isStrongShown);
	if (other === undefined) return null;
	const [cheapModelId, strongModelId] = isStrongShown ? [other, shown.modelId] : [shown.modelId, other];
	return { policyVersion: route.policyVersion, road: route.road, cheapModelId, strongModelId, isStrongShown };
}

/** What a turn's id decides, the same in every process: whether it is in a sample of that share, and which answer a judge reads first. */
export function drawTurn(turnId: string, share: number): { isSampled: boolean; isCheapFirst: boolean } {
	const digest = createHash("sha256").update(`shadow of ${turnId}`).digest();
	return { isSampled: digest.readUInt32BE(0) < share * 2 ** 32, isCheapFirst: digest.readUInt8(4) % 2 === 0 };
}

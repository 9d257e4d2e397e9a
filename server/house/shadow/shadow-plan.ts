import type { TurnId, UserId } from "../../contract/ids.ts";

/** A turn that Auto has answered. */
export interface ShadowedTurn {
	readonly turnId: TurnId;
	readonly userId: UserId;
}

/** What the policy in force for a person wants of shadow mode. */
export interface ShadowPlan {
	readonly policyVersion: number;
	/** Catalogue ids. */
	readonly strong: readonly string[];
	readonly judge: string;
	/** Of all answers such a share, 0 to 1. */
	readonly share: number;
	/** What all calls of shadow mode may cost in a day (UTC). */
	readonly dayCapNanoUsd: bigint;
}

import type { TerminalStatus } from "../../contract/turn-status.ts";

/** What a call cost, and who pays it. */
export interface SettledCall {
	readonly costNanoUsd: bigint;
	/** Of that, what the person pays; the server pays the rest. */
	readonly chargedNanoUsd: bigint;
}

interface PricedCall {
	readonly outcome: TerminalStatus | string;
	readonly costNanoUsd: bigint;
	/** Some of the answer reached the person. */
	readonly isDelivered: boolean;
	/** The cost follows from what the provider reported, not from an estimate. */
	readonly isReported: boolean;
}

/**
 * What the person pays of a turn's calls: all of them, in order, but never more than was reserved. A call that failed before any of
 * its text was delivered costs the person nothing; a filtered message costs nothing unless the provider reports what it used.
 */
export function toSettlement(calls: readonly PricedCall[], reservedNanoUsd: bigint): SettledCall[] {
	let left = reservedNanoUsd;
	return calls.map((call) => {
		const owed = isOwed(call) ? call.costNanoUsd : 0n;
		const chargedNanoUsd = owed < left ? owed : left;
		left -= chargedNanoUsd;
		return { costNanoUsd: call.costNanoUsd, chargedNanoUsd };
	});
}

function isOwed({ outcome, isDelivered, isReported }: PricedCall): boolean {
	if (outcome === "failed") return isDelivered;
	if (outcome === "filtered_request" || outcome === "filtered_response") return isReported;
	return true;
}

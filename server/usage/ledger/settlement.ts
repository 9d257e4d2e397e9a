import type { TerminalStatus } from "../../contract/turn.ts";

/** A call with what it cost, as it enters the books. */
export interface SettledCall {
	readonly costNanoUsd: bigint;
	/** Of that, what the person owes; the house bears the rest. */
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
 * What a turn's calls cost the person: all of them, in order, but never more than was reserved. A provider's failure without a
 * word delivered costs the person nothing, and a filtered message nothing unless the provider reports what it used.
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

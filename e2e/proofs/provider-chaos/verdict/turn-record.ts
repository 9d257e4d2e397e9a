import type { Prices } from "../../../../server/usage/prices/prices.ts";

/** One request as the provider saw it. */
export interface UpstreamCall {
	/** The model that was asked: the row's own, or one of its stand-ins. */
	readonly to: "own" | "peer" | "wide" | "twin";
	readonly atMs: number;
	/** Our name for it: the turn's id and the attempt's number. */
	readonly name: string;
	/** What the provider charges for it. */
	readonly invoicedNanoUsd: bigint;
}

/** One attempt as the product recorded it. */
export interface RecordedCall {
	readonly name: string;
	readonly modelId: string;
	readonly outcome: string;
	readonly source: string;
	readonly prices: Prices;
	readonly costNanoUsd: bigint;
}

/** Everything that is known of one message after a provider failure: what the person saw, what is stored, what the provider saw. */
export interface TurnRecord {
	/** Why nothing else is known: the message was refused, or its reader never saw an end. */
	readonly problem: string | null;
	readonly status: string;
	readonly code: string | null;
	/** The words under the answer; empty under one that is complete. */
	readonly words: string;
	readonly receiptModelId: string | null;
	/** What the model was asked to repeat. */
	readonly answer: string;
	readonly shownText: string;
	readonly storedText: string;
	readonly storedStatus: string;
	readonly ends: number;
	readonly firstMs: number;
	readonly totalMs: number;
	/** Tokens of what was sent, as OpenAI counts them. */
	readonly inputTokens: number;
	readonly upstream: readonly UpstreamCall[];
	readonly recorded: readonly RecordedCall[];
	readonly personNanoUsd: bigint;
	readonly houseNanoUsd: bigint;
	readonly reservedNanoUsd: bigint;
}

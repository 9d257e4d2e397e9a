import type { TurnQuote } from "../turns/index.ts";

/** A turn that costs next to nothing, for tests that accept one below the procedures. */
export const smallQuote: TurnQuote = {
	modelId: "small",
	tier: "small",
	inputTokens: 10,
	inputNanoUsd: 10n,
	outputNanoUsdPerMTok: 600_000_000n,
	maxOutputTokens: 1_000,
	siteNanoUsd: null,
	conversationTokensMax: 100_000,
	routing: null,
};

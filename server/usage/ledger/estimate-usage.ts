import { countTokens } from "../../context/index.ts";
import type { TokenUsage } from "../../contract/turn.ts";

/**
 * The usage of a call that sent no report that can be billed, as calls do that were cut: what was sent and what was said is
 * counted here, and marked as an estimate. The one estimate for a call, whichever process writes its entry.
 */
export function estimateUsage(call: {
	/** Of what was sent; 0 for a call that was refused before it said anything, or that was never sent. */
	readonly inputTokens: number;
	/** All that the model said, reasoning included, as far as it is known. */
	readonly received: string;
}): TokenUsage {
	return {
		inputTokens: call.inputTokens,
		cachedInputTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens: call.received === "" ? 0 : countTokens(call.received),
		reasoningTokens: 0,
		source: "estimate",
	};
}

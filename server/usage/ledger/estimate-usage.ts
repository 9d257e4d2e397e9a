import {
	countContentTokens,
	countTextTokens,
	toInputTokens,
	toOutputTokens,
	toTokenProfile,
} from "../../context/index.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { TokenUsage } from "../../contract/turn.ts";

/** A call whose provider has sent no report that can be billed, as calls are that were cut. */
interface UnreportedCall {
	/** The provider's name of the model, which says how it counts. */
	readonly providerModelId: string;
	/** Of what was sent; 0 for a call that was refused before it said anything, or that was never sent. */
	readonly inputTokens: number;
	/** All that the model said, reasoning included, as far as it is known. */
	readonly received: string;
	/** The part of it that was reasoning, which may have a price of its own; absent: none. */
	readonly reasoning?: string;
}

/**
 * The usage of a call without a report: what was sent and what was said, marked as an estimate. What was said is counted as the model's
 * provider counts it, without a margin. The one estimate for a call, whichever process writes its entry.
 */
export async function estimateUsage(call: UnreportedCall): Promise<TokenUsage> {
	const profile = toTokenProfile(call.providerModelId);
	const count = async (text: string) => (text === "" ? 0 : await countTextTokens(text, profile.encoding));
	const outputTokens = toOutputTokens(profile, await count(call.received));
	const reasoningTokens = Math.round(profile.factor * (await count(call.reasoning ?? "")));
	return {
		inputTokens: call.inputTokens,
		cachedInputTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens,
		reasoningTokens: Math.min(reasoningTokens, outputTokens),
		source: "estimate",
	};
}

/** What a provider bills for the messages of a request, counted as it counts, without a margin. */
export async function countSentTokens(
	messages: readonly ModelMessage[],
	providerModelId: string,
): Promise<number> {
	const profile = toTokenProfile(providerModelId);
	const counts: number[] = [];
	for (const { parts } of messages) counts.push(await countContentTokens(parts, profile.encoding));
	return toInputTokens(profile, counts);
}

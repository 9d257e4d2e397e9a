import type { ModelMessage } from "../../contract/model-message.ts";
import type { TokenUsage } from "../../contract/turn.ts";
import { toBillableUsage } from "../prices/billable-usage.ts";
import { countSentTokens, estimateUsage } from "./estimate-usage.ts";

/** A call that has ended, as far as its usage depends on it. */
interface EndedCall {
	/** What the provider said of it. */
	readonly reported: TokenUsage | null;
	readonly model: { readonly providerModelId: string };
	readonly sent: readonly ModelMessage[];
	/** All that the model said. */
	readonly received: string;
	/** The part of it that was reasoning. */
	readonly reasoning: string;
	readonly outcome: { readonly status: string; readonly code?: string };
	/** False when its end was requested before anything was sent. */
	readonly wasSent: boolean;
}

/**
 * The usage that a call is booked with: the provider's report, as far as it can be billed. Providers send none for a call that was cut, so
 * that what was sent and received is counted. A call that was refused or filtered before a word of it came used nothing that is known, and one
 * that was stopped before it was sent used nothing at all.
 */
export async function toCallUsage(call: EndedCall): Promise<TokenUsage> {
	const { reported, model, sent, received, reasoning, outcome, wasSent } = call;
	const billable = toBillableUsage(reported);
	if (billable) return billable;
	const { providerModelId } = model;
	const isRefused = received === "" && outcome.status !== "stopped" && outcome.code !== "timeout";
	const isUnused = isRefused || !wasSent;
	const counted = isUnused ? 0 : await countSentTokens(sent, providerModelId);
	return await estimateUsage({ providerModelId, inputTokens: counted, received, reasoning });
}

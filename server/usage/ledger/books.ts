import { createId } from "../../contract/ids.ts";
import type { TokenUsage } from "../../contract/turn.ts";
import { toCostNanoUsd } from "../prices/cost.ts";
import type { Prices } from "../prices/prices.ts";
import { toSettlement } from "./settlement.ts";

/** One model call, as it is recorded: one line an attempt, whatever became of it. */
export interface CallRecord {
	readonly attempt: number;
	readonly modelId: string;
	readonly providerId: string;
	readonly providerModelId: string;
	readonly providerRequestId: string | null;
	/** The model that the provider says has answered, when it is another than the one that was asked. */
	readonly otherModelId: string | null;
	readonly outcome: string;
	readonly finishReason: string | null;
	readonly usage: TokenUsage;
	/** The row in force when the call started; the id is null for a model that nobody has priced. */
	readonly price: { readonly id: string | null; readonly prices: Prices };
	/** Some of the answer reached the person. */
	readonly isDelivered: boolean;
	readonly startedAtMs: number;
	readonly firstTokenMs: number | null;
	readonly durationMs: number;
}

/** A row of `ledger`, in the names of its columns. */
export interface LedgerLine {
	readonly id: string;
	readonly account: "user" | "house";
	readonly user_id: string;
	readonly turn_id: string;
	readonly model_call_id: string;
	readonly model_id: string;
	readonly kind: "call" | "overrun";
	readonly amount_nano_usd: string;
	readonly price_id: string | null;
	readonly created_at: string;
}

/** What the statement that closes a turn writes about its money. */
export interface Books {
	readonly calls: readonly object[];
	readonly lines: readonly LedgerLine[];
	readonly costNanoUsd: bigint;
	readonly chargedNanoUsd: bigint;
	readonly usedTokens: number;
}

/**
 * The books of a turn that ends: a row of `model_calls` for every call, the person's line for what is owed and the house's for
 * the rest. What the person is charged never exceeds what was held.
 */
export function toBooks(
	calls: readonly CallRecord[],
	turn: { readonly turnId: string; readonly userId: string },
	held: { readonly reservedNanoUsd: bigint; readonly reservedTokens: number },
): Books {
	const priced = calls.map((call) => ({
		...call,
		id: createId<string>(),
		costNanoUsd: toCostNanoUsd(call.usage, call.price.prices),
		isReported: call.usage.source === "provider_final" || call.usage.source === "provider_partial",
	}));
	const settled = toSettlement(priced, held.reservedNanoUsd);
	const sum = (pick: "costNanoUsd" | "chargedNanoUsd") =>
		settled.reduce((total, call) => total + call[pick], 0n);
	const tokens = calls.reduce((total, { usage }) => total + usage.inputTokens + usage.outputTokens, 0);
	return {
		calls: priced.map((call) => toRow(call, turn)),
		lines: priced.flatMap((call, index) => toLines(call, settled[index]?.chargedNanoUsd ?? 0n, turn)),
		costNanoUsd: sum("costNanoUsd"),
		chargedNanoUsd: sum("chargedNanoUsd"),
		usedTokens: Math.min(tokens, held.reservedTokens),
	};
}

type PricedCall = CallRecord & { readonly id: string; readonly costNanoUsd: bigint };

function toLines(
	call: PricedCall,
	chargedNanoUsd: bigint,
	{ turnId, userId }: { turnId: string; userId: string },
): LedgerLine[] {
	const line = (account: "user" | "house", kind: "call" | "overrun", amount: bigint): LedgerLine => ({
		...{ id: createId<string>(), account, kind, user_id: userId, turn_id: turnId, model_call_id: call.id },
		...{ model_id: call.modelId, amount_nano_usd: amount.toString(), price_id: call.price.id },
		created_at: "now",
	});
	const rest = call.costNanoUsd - chargedNanoUsd;
	const own = line("user", "call", chargedNanoUsd);
	return rest === 0n ? [own] : [own, line("house", chargedNanoUsd > 0n ? "overrun" : "call", rest)];
}

function toRow(call: PricedCall, { turnId, userId }: { turnId: string; userId: string }) {
	return {
		id: call.id,
		turn_id: turnId,
		user_id: userId,
		attempt: call.attempt,
		model_id: call.modelId,
		provider_id: call.providerId,
		provider_model_id: call.providerModelId,
		provider_request_id: call.providerRequestId,
		other_model_id: call.otherModelId,
		outcome: call.outcome,
		finish_reason: call.finishReason,
		input_tokens: call.usage.inputTokens,
		cached_input_tokens: call.usage.cachedInputTokens,
		cache_write_tokens: call.usage.cacheWriteTokens,
		cache_write_1h_tokens: call.usage.cacheWrite1hTokens,
		output_tokens: call.usage.outputTokens,
		reasoning_tokens: call.usage.reasoningTokens,
		usage_source: call.usage.source,
		price_id: call.price.id,
		prices: call.price.prices,
		cost_nano_usd: call.costNanoUsd.toString(),
		started_at: new Date(call.startedAtMs).toISOString(),
		first_token_ms: call.firstTokenMs,
		duration_ms: call.durationMs,
	};
}

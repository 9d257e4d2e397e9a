import { createId } from "../../contract/ids.ts";
import { type SentContext, sentWhole } from "../../contract/sent-context.ts";
import type { CallPurpose, TokenUsage } from "../../contract/turn.ts";
import { toCostNanoUsd } from "../prices/cost.ts";
import type { Prices } from "../prices/prices.ts";
import { toSettlement } from "./settlement.ts";

/** One model call, as it is recorded: one row for every attempt, whatever its outcome. */
export interface CallRecord {
	readonly attempt: number;
	readonly purpose: CallPurpose;
	readonly modelId: string;
	readonly providerId: string;
	readonly providerModelId: string;
	readonly providerRequestId: string | null;
	/** The model that answered according to the provider, when it is another than the one that was asked. */
	readonly otherModelId: string | null;
	readonly outcome: string;
	readonly finishReason: string | null;
	readonly usage: TokenUsage;
	/** What the provider says that the call has cost; null when it says nothing. */
	readonly reportedCostNanoUsd: bigint | null;
	/** The row in force when the call started; the id is null for a model without a price. */
	readonly price: { readonly id: string | null; readonly prices: Prices };
	/** Some of the answer reached the person. */
	readonly isDelivered: boolean;
	/** What was sent of the conversation; null or absent: all of it, or no conversation. */
	readonly sentContext?: SentContext | null;
	readonly startedAtMs: number;
	readonly firstTokenMs: number | null;
	readonly durationMs: number;
}

/**
 * The columns of `model_calls` and `ledger` that a turn's end fills in. The statement names these and no others: a newer
 * server, which migrates while this one still writes, may have added columns anywhere, and these get their defaults.
 */
export const callColumns = [
	"id",
	"turn_id",
	"user_id",
	"attempt",
	"purpose",
	"model_id",
	"provider_id",
	"provider_model_id",
	"provider_request_id",
	"other_model_id",
	"reported_cost_nano_usd",
	"outcome",
	"finish_reason",
	"input_tokens",
	"cached_input_tokens",
	"cache_write_tokens",
	"cache_write_1h_tokens",
	"output_tokens",
	"reasoning_tokens",
	"usage_source",
	"price_id",
	"prices",
	"cost_nano_usd",
	"sent_context",
	"started_at",
	"first_token_ms",
	"duration_ms",
] as const;
export const lineColumns = [
	"id",
	"account",
	"user_id",
	"turn_id",
	"model_call_id",
	"model_id",
	"kind",
	"amount_nano_usd",
	"price_id",
] as const;

/** A row of `model_calls`, in the names of its columns. */
type CallRow = Readonly<Record<(typeof callColumns)[number], unknown>>;

/** A row of `ledger`, in the names of its columns. The account `house` is the server's. */
export interface LedgerLine extends Readonly<Record<(typeof lineColumns)[number], string | null>> {
	readonly account: "user" | "house";
	readonly kind: "call" | "overrun";
	readonly amount_nano_usd: string;
}

/** What the statement that closes a turn writes about its money. */
export interface LedgerEntries {
	readonly calls: readonly CallRow[];
	readonly lines: readonly LedgerLine[];
	readonly costNanoUsd: bigint;
	readonly chargedNanoUsd: bigint;
	/** At most the tokens that were held. */
	readonly usedTokens: number;
}

/**
 * The ledger entries of a turn that ends: a row of `model_calls` for every call, a line on the person's account for what they owe,
 * and one on the server's account for the rest. The person is never charged more than what was held.
 */
export function toLedgerEntries(
	calls: readonly CallRecord[],
	turn: { readonly turnId: string; readonly userId: string },
	held: { readonly reservedNanoUsd: bigint; readonly reservedTokens: number },
): LedgerEntries {
	const priced = calls.map((call) => ({
		...call,
		id: createId<string>(),
		costNanoUsd: toCallCost(call),
		isReported: call.usage.source === "provider_final",
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

/** The ledger entries of a call that the server made for itself: its row, and one line on the server's account for all that it cost. */
export function toHouseEntries(
	call: CallRecord,
	by: { readonly callId: string; readonly userId: string },
): { readonly call: CallRow; readonly line: LedgerLine; readonly costNanoUsd: bigint } {
	const priced = { ...call, id: by.callId, costNanoUsd: toCallCost(call) };
	const owner = { turnId: null, userId: by.userId };
	const what = { account: "house", kind: "call", amount: priced.costNanoUsd } as const;
	return { call: toRow(priced, owner), line: toLine(priced, owner, what), costNanoUsd: priced.costNanoUsd };
}

/** What a provider charges for a call: what it says itself, or tokens times price. */
const toCallCost = ({ reportedCostNanoUsd, usage, price }: CallRecord): bigint =>
	reportedCostNanoUsd ?? toCostNanoUsd(usage, price.prices);

type PricedCall = CallRecord & { readonly id: string; readonly costNanoUsd: bigint };

/** Whose call it is; without a turn, one of the server's own. */
interface CallOwner {
	readonly turnId: string | null;
	readonly userId: string;
}

function toLines(call: PricedCall, chargedNanoUsd: bigint, owner: CallOwner): LedgerLine[] {
	const rest = call.costNanoUsd - chargedNanoUsd;
	const own = toLine(call, owner, { account: "user", kind: "call", amount: chargedNanoUsd });
	const kind = chargedNanoUsd > 0n ? "overrun" : "call";
	return rest === 0n ? [own] : [own, toLine(call, owner, { account: "house", kind, amount: rest })];
}

const toLine = (
	call: PricedCall,
	{ turnId, userId }: CallOwner,
	{ account, kind, amount }: Pick<LedgerLine, "account" | "kind"> & { readonly amount: bigint },
): LedgerLine => ({
	id: createId<string>(),
	account,
	user_id: userId,
	turn_id: turnId,
	model_call_id: call.id,
	model_id: call.modelId,
	kind,
	amount_nano_usd: amount.toString(),
	price_id: call.price.id,
});

function toRow(call: PricedCall, { turnId, userId }: CallOwner): CallRow {
	return {
		id: call.id,
		turn_id: turnId,
		user_id: userId,
		attempt: call.attempt,
		purpose: call.purpose,
		model_id: call.modelId,
		provider_id: call.providerId,
		provider_model_id: call.providerModelId,
		provider_request_id: call.providerRequestId,
		other_model_id: call.otherModelId,
		reported_cost_nano_usd: call.reportedCostNanoUsd?.toString() ?? null,
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
		sent_context: call.sentContext === null ? sentWhole : (call.sentContext ?? null),
		started_at: new Date(call.startedAtMs).toISOString(),
		first_token_ms: call.firstTokenMs,
		duration_ms: call.durationMs,
	};
}

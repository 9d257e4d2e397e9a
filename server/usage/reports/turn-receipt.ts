/** Hand-written SQL: the calls of a turn with their prices and the sums of their lines. */
import type { Sql } from "postgres";
import * as z from "zod";
import { AppError } from "../../contract/errors.ts";
import { callPurposes, usageSources } from "../../contract/turn.ts";
import { isLongContext, toCostLines, tokenClasses } from "../prices/cost.ts";
import type { Prices } from "../prices/prices.ts";

/** Money in nano-dollars: whole ones, except `costNanoUsd` of a class, which is exact with up to 6 places. */
const attempt = z.object({
	attempt: z.number(),
	/** What the call was made for: an answer, a draft that was judged before it was shown, its judge. */
	purpose: z.enum(callPurposes),
	modelId: z.string(),
	/** The model that the provider says has answered, when it is another than the one that was asked. */
	otherModelId: z.string().nullable(),
	outcome: z.string(),
	finishReason: z.string().nullable(),
	startedAt: z.string(),
	firstTokenMs: z.number().nullable(),
	durationMs: z.number(),
	usageSource: z.enum(usageSources),
	/** The price row in force when the call started; null for a model without a price, whose calls cost the ceiling. */
	priceId: z.string().nullable(),
	/** Whether the prices for long inputs counted. */
	isLongContext: z.boolean(),
	/** The cost that the provider reported, which is then the attempt's cost; null when it reported none. */
	reportedCostNanoUsd: z.string().nullable(),
	/** Tokens times price, by class; without a reported cost the attempt's cost is their sum, rounded once, half up. */
	classes: z.array(
		z.object({
			tokenClass: z.enum(tokenClasses),
			tokens: z.number(),
			usdPerMTok: z.string(),
			costNanoUsd: z.string(),
		}),
	),
	/** As the ledger had it when the answer ended: cost = charged + house (what the server pays). */
	costNanoUsd: z.string(),
	chargedNanoUsd: z.string(),
	houseNanoUsd: z.string(),
	/** Corrections by a price or an invoice since then, with their sign, on both accounts. */
	correctedNanoUsd: z.string(),
	/** What the person was credited since then, as a price or an estimate was too high. */
	creditedNanoUsd: z.string(),
	/** What the input would have cost more without the provider's cache; below zero when writing to it cost more than it saved. */
	savedNanoUsd: z.string(),
});

/** One answer's bill, of all its parts when it was continued: everything that is needed to recompute it manually. */
export const turnReceipt = z.object({
	turnId: z.string(),
	costNanoUsd: z.string(),
	/** Cost = charged + house; corrections are apart. */
	chargedNanoUsd: z.string(),
	houseNanoUsd: z.string(),
	correctedNanoUsd: z.string(),
	creditedNanoUsd: z.string(),
	savedNanoUsd: z.string(),
	/** In order; none while the answer is being written. */
	attempts: z.array(attempt),
});
export type TurnReceipt = z.infer<typeof turnReceipt>;

interface CallRow {
	attempt: number;
	purpose: (typeof callPurposes)[number];
	modelId: string;
	otherModelId: string | null;
	outcome: string;
	finishReason: string | null;
	startedAt: Date;
	firstTokenMs: number | null;
	durationMs: number;
	usageSource: (typeof usageSources)[number];
	priceId: string | null;
	reportedCostNanoUsd: string | null;
	prices: Prices | null;
	inputTokens: number;
	cachedInputTokens: number;
	cacheWriteTokens: number;
	cacheWrite1hTokens: number;
	outputTokens: number;
	reasoningTokens: number;
	costNanoUsd: string;
	chargedNanoUsd: string;
	houseNanoUsd: string;
	correctedNanoUsd: string;
	creditedNanoUsd: string;
}

/** @throws AppError `not_found`, also for another person's turn. */
export async function readTurnReceipt(sql: Sql, userId: string, turnId: string): Promise<TurnReceipt> {
	const calls = await sql<CallRow[]>`
		select attempt, coalesce(purpose, 'answer') as purpose, model_id as "modelId", other_model_id as "otherModelId", outcome, finish_reason as "finishReason", started_at as "startedAt",
			first_token_ms as "firstTokenMs", duration_ms as "durationMs", usage_source as "usageSource",
			price_id as "priceId", reported_cost_nano_usd::text as "reportedCostNanoUsd", prices, input_tokens as "inputTokens", cached_input_tokens as "cachedInputTokens",
			cache_write_tokens as "cacheWriteTokens", coalesce(cache_write_1h_tokens, 0) as "cacheWrite1hTokens",
			output_tokens as "outputTokens",
			reasoning_tokens as "reasoningTokens", cost_nano_usd::text as "costNanoUsd",
			lines.charged as "chargedNanoUsd", lines.house as "houseNanoUsd", lines.corrected as "correctedNanoUsd",
			lines.credited as "creditedNanoUsd"
		from model_calls, lateral (
			select coalesce(sum(amount_nano_usd) filter (where is_first and account = 'user'), 0)::text as charged,
				coalesce(sum(amount_nano_usd) filter (where is_first and account = 'house'), 0)::text as house,
				coalesce(sum(amount_nano_usd) filter (where not is_first), 0)::text as corrected,
				coalesce(-sum(amount_nano_usd) filter (where not is_first and account = 'user'), 0)::text as credited
			from (select ledger.*, kind in ('call', 'overrun') as is_first from ledger) as lines
			where model_call_id = model_calls.id
		) as lines
		where user_id = ${userId} and turn_id in (
			select parts.id from turns join turns as parts on parts.assistant_message_id = turns.assistant_message_id
			where turns.id = ${turnId} and parts.started_at <= turns.started_at
		)
		order by started_at, attempt, id`;
	if (calls.length === 0) {
		const own = await sql`select from turns where id = ${turnId} and user_id = ${userId}`;
		if (own.length === 0) throw new AppError("not_found", "There is no such answer.");
	}
	const attempts = calls.map((call, index) => toAttempt({ ...call, attempt: index + 1 }));
	const sum = (name: Exclude<keyof TurnReceipt, "turnId" | "attempts">) =>
		attempts.reduce((total, one) => total + BigInt(one[name]), 0n).toString();
	return {
		turnId,
		costNanoUsd: sum("costNanoUsd"),
		chargedNanoUsd: sum("chargedNanoUsd"),
		houseNanoUsd: sum("houseNanoUsd"),
		correctedNanoUsd: sum("correctedNanoUsd"),
		creditedNanoUsd: sum("creditedNanoUsd"),
		savedNanoUsd: sum("savedNanoUsd"),
		attempts,
	};
}

function toAttempt(call: CallRow): TurnReceipt["attempts"][number] {
	const { startedAt, prices, inputTokens, cachedInputTokens, cacheWriteTokens, cacheWrite1hTokens, ...rest } =
		call;
	const { outputTokens, reasoningTokens, ...shown } = rest;
	const cached = { cachedInputTokens, cacheWriteTokens, cacheWrite1hTokens };
	const usage = { inputTokens, ...cached, outputTokens, reasoningTokens };
	const lines = prices ? toCostLines(usage, prices) : [];
	const uncached = prices ? toCostLines({ ...usage, ...uncachedInput }, prices) : [];
	const saved = total(uncached) - total(lines);
	return {
		...shown,
		startedAt: startedAt.toISOString(),
		isLongContext: prices !== null && isLongContext(usage, prices),
		classes: lines
			.filter(({ tokens }) => tokens > 0)
			.map(({ costFemtoUsd, ...line }) => ({ ...line, costNanoUsd: toDecimal(costFemtoUsd) })),
		savedNanoUsd: roundHalfUp(saved).toString(),
	};
}

/** The same call at a provider without a cache: all of its input is read as plain input. */
const uncachedInput = { cachedInputTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0 } as const;

/** Whole nano-dollars of femto-dollars of either sign. */
const roundHalfUp = (femtoUsd: bigint): bigint => {
	const shifted = femtoUsd + 500_000n;
	const whole = shifted / 1_000_000n;
	return shifted < 0n && shifted % 1_000_000n !== 0n ? whole - 1n : whole;
};

const total = (lines: readonly { costFemtoUsd: bigint }[]) =>
	lines.reduce((sum, { costFemtoUsd }) => sum + costFemtoUsd, 0n);

/** Millionths as an exact decimal without trailing zeros. */
export function toDecimal(millionths: bigint): string {
	const rest = (millionths % 1_000_000n).toString().padStart(6, "0").replace(/0+$/, "");
	return `${millionths / 1_000_000n}${rest === "" ? "" : `.${rest}`}`;
}

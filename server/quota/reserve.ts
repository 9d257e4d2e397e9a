/** Hand-written SQL: calls of the functions that hold and settle over all buckets of a turn or none. */
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import type { TurnId, UserId } from "../contract/ids.ts";

/** What a turn may cost at most, before any of it was spent: the bounds that its reservation holds. */
export interface Quote {
	readonly modelId: string;
	readonly tier: string;
	/** Counted, with a margin for what providers count differently. */
	readonly inputTokens: number;
	readonly inputNanoUsd: bigint;
	readonly outputNanoUsdPerMTok: bigint;
	/** What the answer may be long, if the money buys it. */
	readonly maxOutputTokens: number;
	/** The site's budget for a month; null without one. */
	readonly siteNanoUsd: bigint | null;
}

/** What is held for a turn: in all, and in each bucket. */
export interface Reservation {
	readonly reservedNanoUsd: bigint;
	readonly reservedTokens: number;
	/** What the answer may be long: as much as was wanted, or as the money left can buy. */
	readonly maxOutputTokens: number;
	readonly quotaKeys: readonly string[];
	readonly quotaNanoUsd: readonly string[];
	readonly open: OpenModels;
}

/** What a plan leaves open at an instant. */
export interface OpenModels {
	/** Catalogue ids; null: all of the tiers. */
	readonly openModels: readonly string[] | null;
	/** Null: all of them. */
	readonly openTiers: readonly string[] | null;
}

/** Why nothing was held. */
export interface RefusalRow {
	refusal: string;
	resets_at: string | null;
}

/**
 * The call that holds a quote over all buckets of a person, an API key and the site, or none: for the statement that accepts a turn. With
 * a key it also refuses one that has ended, and a further answer beside as many as the key may have at a time.
 */
export function toReserveCall(
	sql: Sql,
	by: { userId: UserId; turnId: TurnId; keyId?: string | null },
	quote: Quote,
) {
	const call = by.keyId ? sql`reserve_key_quota(${by.keyId}, ` : sql`reserve_quota(`;
	return sql`${call}${by.userId}, ${by.turnId}, ${quote.inputTokens}, ${quote.inputNanoUsd.toString()}::bigint,
		${quote.outputNanoUsdPerMTok.toString()}::bigint, ${quote.maxOutputTokens}, ${quote.modelId}, ${quote.tier},
		${quote.siteNanoUsd === null ? null : quote.siteNanoUsd.toString()}::bigint)`;
}

/** A row of `open_models` and `open_tiers`, what the person's plan leaves open now, `plan_id` and `is_near_limit`: for a `from` clause. */
export const toPlanStateRow = (sql: Sql, userId: UserId) => sql`read_plan_state(${userId})`;

/** The further cost of a turn that runs, at most. */
export interface TopUp {
	readonly nanoUsd: bigint;
	readonly tokens: number;
}

/** Holds more for a running turn, or nothing: false when its limits have no room, or it is another owner's by now. */
export async function topUp(
	sql: Sql,
	turn: { readonly turnId: TurnId; readonly epoch: number },
	more: TopUp & { readonly siteNanoUsd: bigint | null },
): Promise<boolean> {
	const [row] = await sql<[{ isHeld: boolean }]>`
		select top_up_quota(${turn.turnId}, ${turn.epoch}, ${more.nanoUsd.toString()}::bigint, ${more.tokens},
			${more.siteNanoUsd === null ? null : more.siteNanoUsd.toString()}::bigint) as "isHeld"`;
	return row.isHeld;
}

/** Ms after which a turn that runs may have ended and given back what it held. */
const inFlightRetryMs = 2_000;

/** The refusal as an error for callers: how long to wait, or when the limit resets. */
export function toQuotaError({ refusal, resets_at }: RefusalRow): AppError {
	const resetsAt = toInstant(resets_at);
	switch (refusal) {
		case "concurrent_streams":
			return new AppError(
				"rate_limited",
				"Too many of your answers are being written: wait for one to end.",
				{
					details: { limit: refusal, retryAfterMs: inFlightRetryMs },
				},
			);
		case "key_parallel":
			return new AppError("rate_limited", "Too many answers of this API key are being written.", {
				details: { limit: refusal, retryAfterMs: inFlightRetryMs },
			});
		case "key_ended":
			return new AppError("unauthorized", "This API key was revoked or has expired.", {
				details: { reason: refusal },
			});
		case "key_budget":
			return new AppError("quota_exceeded", "This API key's budget for the month is used.", {
				details: { limit: refusal, resetsAt },
			});
		case "in_flight":
			return new AppError("budget_in_flight", "What is left is held by answers that are being written.", {
				details: { limit: refusal, retryAfterMs: inFlightRetryMs },
			});
		case "model_not_allowed":
			return new AppError("forbidden", "Your plan does not include this model.", {
				details: { reason: refusal },
			});
		case "top_tier":
			return new AppError(
				"forbidden",
				"Most of your allowance is used: the most expensive models are closed.",
				{
					details: { reason: refusal, resetsAt: toInstant(resets_at) },
				},
			);
		case "spending_paused":
			return new AppError("budget_exceeded", "An administrator has paused spending.", {
				details: { limit: refusal },
			});
		case "site_budget":
			return new AppError("budget_exceeded", "This site has spent its budget for the month.", {
				details: { limit: refusal, resetsAt },
			});
		default:
			return new AppError("quota_exceeded", "Your plan's limit is reached.", {
				details: { limit: refusal, resetsAt },
			});
	}
}

const toInstant = (written: string | null) => (written === null ? null : new Date(written).toISOString());

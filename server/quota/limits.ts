/** Hand-written SQL: one statement over a plan and its buckets, by days and months of the time zone of the plan. */
import type { Sql } from "postgres";
import * as z from "zod";
import { receiptKinds } from "../contract/kinds.ts";
import { isLive } from "../db/index.ts";

const limit = z.object({
	name: z.enum(["money_per_day", "money_per_month", "tokens_per_day", "requests_per_day"]),
	/** Nano-dollars for money, else a count: whole numbers as decimal strings. Null is no limit. */
	limit: z.string().nullable(),
	/** Below zero when a credit was granted in this period. */
	used: z.string(),
	/** Held for answers that are being written. */
	reserved: z.string(),
	/** Never below zero; null without a limit. */
	left: z.string().nullable(),
	/** When the period ends and the limit resets, ISO 8601. */
	resetsAt: z.string(),
});

/** What a person's plan allows, and what is left of it at this moment. */
export const limits = z.object({
	planId: z.string(),
	/** Where the plan's days and months begin. */
	timeZone: z.string(),
	softLimitPercent: z.number(),
	receipt: z.enum(receiptKinds),
	requestsPerMinute: z.number(),
	concurrentStreams: z.number(),
	/** Answers being written now, without those of batches. */
	streams: z.number(),
	limits: z.array(limit),
});
export type Limits = z.infer<typeof limits>;
export type Limit = z.infer<typeof limit>;

interface LimitsRow extends Omit<Limits, "limits"> {
	moneyPerDay: string | null;
	moneyPerMonth: string | null;
	tokensPerDay: string | null;
	requestsPerDay: string | null;
	dayEndsAt: Date;
	monthEndsAt: Date;
	day: BucketRow | null;
	month: BucketRow | null;
}

/** Counts as text: JSON's numbers would round them. */
interface BucketRow {
	nano: string;
	heldNano: string;
	tokens: string;
	heldTokens: string;
	requests: string;
	heldRequests: string;
}

/**
 * By the database's clock, from the buckets that reservations are held in. One statement, as the clock in the plan's time zone names
 * the buckets.
 */
export async function readLimits(sql: Sql, userId: string): Promise<Limits> {
	const bucket = (period: "day" | "month", pattern: string) => sql`
		(select json_build_object('nano', (used_nano_usd + carried_nano_usd)::text, 'heldNano', reserved_nano_usd::text,
			'tokens', (used_tokens + carried_tokens)::text, 'heldTokens', reserved_tokens::text,
			'requests', (used_requests + carried_requests)::text, 'heldRequests', reserved_requests::text)
		from quota_buckets
		where key = ${`user:${userId}:${period}:`} || to_char(local_now, ${pattern}))`;
	const [row] = await sql<LimitsRow[]>`
		with plan as (
			select plans.*, now() at time zone plans.time_zone as local_now from plans where id = coalesce(
				(select plans.id from users join plans on plans.id = users.plan where users.id = ${userId}), 'free')
		)
		select id as "planId", time_zone as "timeZone", soft_limit_percent as "softLimitPercent", receipt,
			requests_per_minute as "requestsPerMinute", concurrent_streams as "concurrentStreams",
			(select count(*)::int from turns where user_id = ${userId} and ${isLive(sql)}
				and priority <> 'background') as streams,
			nano_usd_per_day::text as "moneyPerDay", nano_usd_per_month::text as "moneyPerMonth",
			tokens_per_day::text as "tokensPerDay", requests_per_day::text as "requestsPerDay",
			(date_trunc('day', local_now) + interval '1 day') at time zone time_zone as "dayEndsAt",
			(date_trunc('month', local_now) + interval '1 month') at time zone time_zone as "monthEndsAt",
			${bucket("day", "YYYY-MM-DD")} as day, ${bucket("month", "YYYY-MM")} as month
		from plan`;
	if (!row) throw new Error("The plan `free` is seeded.");
	return toLimits(row);
}

const emptyBucket: BucketRow = {
	nano: "0",
	heldNano: "0",
	tokens: "0",
	heldTokens: "0",
	requests: "0",
	heldRequests: "0",
};

function toLimits(row: LimitsRow): Limits {
	const { moneyPerDay, moneyPerMonth, tokensPerDay, requestsPerDay, dayEndsAt, monthEndsAt, ...plan } = row;
	const day = plan.day ?? emptyBucket;
	const month = plan.month ?? emptyBucket;
	return {
		planId: plan.planId,
		timeZone: plan.timeZone,
		softLimitPercent: plan.softLimitPercent,
		receipt: plan.receipt,
		requestsPerMinute: plan.requestsPerMinute,
		concurrentStreams: plan.concurrentStreams,
		streams: plan.streams,
		limits: [
			toLimit("money_per_day", moneyPerDay, { used: day.nano, reserved: day.heldNano, endsAt: dayEndsAt }),
			toLimit("money_per_month", moneyPerMonth, {
				used: month.nano,
				reserved: month.heldNano,
				endsAt: monthEndsAt,
			}),
			toLimit("tokens_per_day", tokensPerDay, {
				used: day.tokens,
				reserved: day.heldTokens,
				endsAt: dayEndsAt,
			}),
			toLimit("requests_per_day", requestsPerDay, {
				used: day.requests,
				reserved: day.heldRequests,
				endsAt: dayEndsAt,
			}),
		],
	};
}

function toLimit(
	name: Limit["name"],
	limit: string | null,
	{ used, reserved, endsAt }: { used: string; reserved: string; endsAt: Date },
): Limit {
	const left = limit === null ? null : BigInt(limit) - BigInt(used) - BigInt(reserved);
	return {
		name,
		limit,
		used,
		reserved,
		left: left === null ? null : (left > 0n ? left : 0n).toString(),
		resetsAt: endsAt.toISOString(),
	};
}

import { sql } from "drizzle-orm";
import {
	bigint,
	boolean,
	check,
	customType,
	index,
	integer,
	pgTable,
	primaryKey,
	text,
	timestamp,
	uuid,
} from "drizzle-orm/pg-core";
import { contextStrategies, receiptKinds } from "../../server/contract/kinds.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const nanoUsd = (name: string) => bigint(name, { mode: "bigint" });
/** A domain: a `bigint` that the database never lets fall below zero. */
const held = customType<{ data: bigint; driverData: string }>({ dataType: () => "held_amount" });

/** What people of a plan may use. Null is no limit. A change counts from the next request on. */
export const plans = pgTable(
	"plans",
	{
		id: text().primaryKey(),
		requestsPerMinute: integer("requests_per_minute").notNull(),
		requestsPerDay: integer("requests_per_day"),
		concurrentStreams: integer("concurrent_streams").notNull(),
		tokensPerDay: bigint("tokens_per_day", { mode: "number" }),
		nanoUsdPerDay: nanoUsd("nano_usd_per_day"),
		nanoUsdPerMonth: nanoUsd("nano_usd_per_month"),
		/** Catalogue ids; null allows every model of the allowed tiers. */
		allowedModels: text("allowed_models").array(),
		allowedTiers: text("allowed_tiers").array().notNull(),
		maxOutputTokens: integer("max_output_tokens"),
		/** IANA name: when a day and a month begin. */
		timeZone: text("time_zone").notNull().default("UTC"),
		softLimitPercent: integer("soft_limit_percent").notNull().default(80),
		/** Whether the most expensive allowed tier is closed from the soft limit on. */
		isTopTierLowered: boolean("is_top_tier_lowered").notNull().default(false),
		/** What the line under an answer shows. */
		receipt: text({ enum: receiptKinds }).notNull().default("cost"),
		/** How the context of a thread is chosen that has no choice of its own; null: `auto`. */
		contextStrategy: text("context_strategy", { enum: contextStrategies }),
		updatedAt: instant("updated_at").notNull().defaultNow(),
	},
	(table) => [
		check(
			"plans_limits",
			sql`${table.requestsPerMinute} >= 0 and coalesce(${table.requestsPerDay}, 0) >= 0 and ${table.concurrentStreams} >= 0
				and coalesce(${table.tokensPerDay}, 0) >= 0 and coalesce(${table.nanoUsdPerDay}, 0) >= 0
				and coalesce(${table.nanoUsdPerMonth}, 0) >= 0 and ${table.softLimitPercent} between 1 and 100`,
		),
	],
);

/**
 * What was used and what is held for running turns, by owner and period. The key says whose and when:
 * `user:<id>:day:2026-11-24`, `user:<id>:month:2026-11`, `user:<id>:month:2026-11:key:<id>`, `site:month:2026-11:07` (a slice),
 * `shadow:day:2026-11-24` (what shadow mode may spend). A new period is a new row;
 * nothing is ever reset.
 */
export const quotaBuckets = pgTable(
	"quota_buckets",
	{
		key: text().primaryKey(),
		usedNanoUsd: nanoUsd("used_nano_usd").notNull().default(sql`0`),
		reservedNanoUsd: held("reserved_nano_usd").notNull().default(sql`0`),
		usedTokens: bigint("used_tokens", { mode: "number" }).notNull().default(0),
		reservedTokens: held("reserved_tokens").notNull().default(sql`0`),
		usedRequests: integer("used_requests").notNull().default(0),
		reservedRequests: held("reserved_requests").notNull().default(sql`0`),
		/** What a former account of the same e-mail address used in this period: it counts, and is in no line of this person. */
		carriedNanoUsd: nanoUsd("carried_nano_usd").notNull().default(sql`0`),
		carriedTokens: bigint("carried_tokens", { mode: "number" }).notNull().default(0),
		carriedRequests: integer("carried_requests").notNull().default(0),
	},
	// Those whose period is long over. The expression is that of `purge.ts`.
	() => [
		index("quota_buckets_by_period")
			.on(
				sql`((case when key like 'user:%' then split_part(key, ':', 4) else split_part(key, ':', 3) end) collate "C")`,
			)
			.concurrently(),
	],
);

/**
 * What deleted accounts used in periods that may still run, so that to delete an account and make it again gives no new
 * allowance. The key is an HMAC of the e-mail address, which identifies no person without the server's secret.
 */
export const formerAllowances = pgTable(
	"former_allowances",
	{
		emailKey: text("email_key").notNull(),
		/** The end of a bucket's key: `day:2026-11-24`, `month:2026-11`. */
		period: text().notNull(),
		usedNanoUsd: nanoUsd("used_nano_usd").notNull(),
		usedTokens: bigint("used_tokens", { mode: "number" }).notNull(),
		usedRequests: integer("used_requests").notNull(),
		updatedAt: instant("updated_at").notNull().defaultNow(),
	},
	(table) => [
		primaryKey({ columns: [table.emailKey, table.period] }),
		index("former_allowances_by_time").on(table.updatedAt).concurrently(),
	],
);

/**
 * Who may not spend at the moment, whatever their plan: `all`, `plan:<id>`, `user:<id>`, `model:<catalogue id>`. The
 * function that holds a turn's cost looks here, so a pause counts for every process from its COMMIT on.
 */
export const spendingPauses = pgTable("spending_pauses", {
	scope: text().primaryKey(),
	reason: text(),
	/** Null for the command line. */
	pausedBy: uuid("paused_by"),
	pausedAt: instant("paused_at").notNull().defaultNow(),
});

/**
 * The reason of a person's pause in that person's own name: their account is being deleted. No administrator decided on it, so it ends by
 * itself when the process that deleted is gone.
 */
export const deletionPauseReason = "The account is being deleted";

import { sql } from "drizzle-orm";
import {
	bigint,
	date,
	index,
	integer,
	json,
	jsonb,
	pgTable,
	primaryKey,
	text,
	timestamp,
	uniqueIndex,
	uuid,
} from "drizzle-orm/pg-core";
import type { SentContext } from "../../server/contract/sent-context.ts";
import { usageSources } from "../../server/contract/turn.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Every call of a model, one row for each attempt, whatever its outcome. Rows outlive the thread and the account. */
export const modelCalls = pgTable(
	"model_calls",
	{
		id: uuid().primaryKey(),
		/** Null for a call that the server makes for itself, such as for a thread's title. */
		turnId: uuid("turn_id"),
		userId: uuid("user_id").notNull(),
		attempt: integer().notNull(),
		/** What the call was made for: a `CallPurpose`. Null in rows that a server of the version before has written while both ran: `answer`. */
		purpose: text().default("answer"),
		modelId: text("model_id").notNull(),
		providerId: text("provider_id").notNull(),
		providerModelId: text("provider_model_id").notNull(),
		providerRequestId: text("provider_request_id"),
		/** The model that the provider says has answered, when it is another than the one that was asked. */
		otherModelId: text("other_model_id"),
		outcome: text().notNull(),
		finishReason: text("finish_reason"),
		inputTokens: integer("input_tokens").notNull(),
		cachedInputTokens: integer("cached_input_tokens").notNull(),
		outputTokens: integer("output_tokens").notNull(),
		reasoningTokens: integer("reasoning_tokens").notNull(),
		usageSource: text("usage_source", { enum: usageSources }).notNull(),
		/** The price row in force when the call started, as it was; null for a call from before there were any. */
		priceId: uuid("price_id"),
		prices: json(),
		/** What the provider charges for the call, by those prices. */
		costNanoUsd: bigint("cost_nano_usd", { mode: "bigint" }).notNull().default(sql`0`),
		/** The cost that the provider itself reports, which is then the cost above; null when it reports none. */
		reportedCostNanoUsd: bigint("reported_cost_nano_usd", { mode: "bigint" }),
		cacheWriteTokens: integer("cache_write_tokens").notNull().default(0),
		/** Null in rows that a server of the version before has written while both ran: none. */
		cacheWrite1hTokens: integer("cache_write_1h_tokens").default(0),
		/** What was sent of the conversation (`storedSent` in `server/contract/sent-context.ts`); null: it is not known. */
		sentContext: jsonb("sent_context").$type<SentContext | "whole">(),
		startedAt: instant("started_at").notNull(),
		firstTokenMs: integer("first_token_ms"),
		durationMs: integer("duration_ms").notNull(),
	},
	(table) => [
		index("model_calls_by_turn").on(table.turnId),
		index("model_calls_by_user").on(table.userId, table.startedAt),
		// The calls of a range, page by page: for invoices and new prices.
		index("model_calls_by_start").on(table.startedAt, table.id).concurrently(),
		// Whether a model without a price was ever called.
		index("model_calls_unpriced").on(table.modelId).where(sql`price_id is null`).concurrently(),
	],
);

/**
 * Dated prices of a model. At any instant at most one row of a model is in force: the one that began last. Rows are never
 * changed; a correction is a new row.
 */
export const prices = pgTable(
	"prices",
	{
		id: uuid().primaryKey(),
		modelId: text("model_id").notNull(),
		validFrom: instant("valid_from").notNull(),
		/** `Prices` of `server/usage/prices/prices.ts`: decimal strings, US dollars per million tokens. */
		prices: json().notNull(),
		/** A row of an administrator is followed by none but theirs; the others follow the catalogue and the config file. */
		source: text({ enum: ["catalogue", "config", "built-in", "admin"] }).notNull(),
		createdBy: uuid("created_by"),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [uniqueIndex("prices_in_force").on(table.modelId, table.validFrom, table.id)],
);

/**
 * The money, append-only, in signed nano-dollars. A call has a line on the person's account and, for what the person does
 * not owe (a provider's failure, an overrun), one on the account `house`, which is the server's. Corrections are lines, too.
 */
export const ledger = pgTable(
	"ledger",
	{
		id: uuid().primaryKey(),
		account: text({ enum: ["user", "house"] }).notNull(),
		/** Whose call it was; stays, pseudonymous, when the account is deleted. */
		userId: uuid("user_id"),
		turnId: uuid("turn_id"),
		modelCallId: uuid("model_call_id"),
		modelId: text("model_id"),
		kind: text({ enum: ["call", "overrun", "correction", "adjustment", "grant"] }).notNull(),
		amountNanoUsd: bigint("amount_nano_usd", { mode: "bigint" }).notNull(),
		priceId: uuid("price_id"),
		/** Why, for lines that a person made. */
		reason: text(),
		createdBy: uuid("created_by"),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [
		index("ledger_by_user").on(table.userId, table.createdAt),
		index("ledger_by_turn").on(table.turnId),
		index("ledger_by_call").on(table.modelCallId),
		// The lines of a day (UTC), for the sums of days. Not on the instant itself: that one would be taken for a person's lines in order.
		index("ledger_by_day").on(sql`((created_at at time zone 'UTC')::date)`).concurrently(),
	],
);

/**
 * What the ledger's lines of a day (UTC) add up to, for every account and model: written once, when the day is over and no line of
 * it can come any more. Every day from the first line on up to the last one that is added up has a row of `noUserId`.
 */
export const usageDays = pgTable(
	"usage_days",
	{
		userId: uuid("user_id").notNull(),
		day: date({ mode: "string" }).notNull(),
		/** Empty for grants and adjustments. */
		modelId: text("model_id").notNull(),
		/** Of the lines on the person's account: of calls, and grants and adjustments. */
		chargedNanoUsd: bigint("charged_nano_usd", { mode: "bigint" }).notNull(),
		adjustedNanoUsd: bigint("adjusted_nano_usd", { mode: "bigint" }).notNull(),
		/** Of the lines on the server's account. */
		houseNanoUsd: bigint("house_nano_usd", { mode: "bigint" }).notNull(),
		calls: integer().notNull(),
		inputTokens: bigint("input_tokens", { mode: "number" }).notNull(),
		cachedInputTokens: bigint("cached_input_tokens", { mode: "number" }).notNull(),
		cacheWriteTokens: bigint("cache_write_tokens", { mode: "number" }).notNull(),
		cacheWrite1hTokens: bigint("cache_write_1h_tokens", { mode: "number" }).notNull(),
		outputTokens: bigint("output_tokens", { mode: "number" }).notNull(),
		reasoningTokens: bigint("reasoning_tokens", { mode: "number" }).notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.userId, table.day, table.modelId] }),
		index("usage_days_by_day").on(table.day),
	],
);

/** Who changed what about money and people. Append-only. */
export const auditLog = pgTable(
	"audit_log",
	{
		id: uuid().primaryKey(),
		/** Null for the command line. */
		actorId: uuid("actor_id"),
		action: text().notNull(),
		subject: text().notNull(),
		details: json(),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [index("audit_log_by_time").on(table.createdAt)],
);

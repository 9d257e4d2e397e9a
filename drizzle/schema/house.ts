import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, json, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { routeRoads, shadowOutcomes, shadowVerdicts } from "../../server/contract/kinds.ts";
import { turns } from "./chat.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/**
 * Calls that the server makes for itself, from what is held for them until they are booked. The statement that books a call deletes its row,
 * so that a call is booked once, by the process that made it or by another one when that process has died.
 */
export const houseCalls = pgTable(
	"house_calls",
	{
		/** The id of its row in `model_calls`, and our name for it at the provider. */
		id: uuid().primaryKey(),
		/** For whom it is made. */
		userId: uuid("user_id").notNull(),
		purpose: text().notNull(),
		/** Counts the calls of one piece of work from 1. */
		attempt: integer().notNull(),
		modelId: text("model_id").notNull(),
		providerId: text("provider_id").notNull(),
		providerModelId: text("provider_model_id").notNull(),
		/** Tokens of what is sent, as the provider counts them. */
		inputTokens: integer("input_tokens").notNull(),
		/** The price row in force when the call started, as it was; null before. */
		priceId: uuid("price_id"),
		prices: json(),
		/** What is held for it of the site's budget. */
		quotaKeys: text("quota_keys").array().notNull().default(sql`'{}'`),
		quotaNanoUsd: bigint("quota_nano_usd", { mode: "bigint" }).array().notNull().default(sql`'{}'`),
		/** From here on it may have cost money; null: it waits for its model. */
		calledAt: instant("called_at"),
		/** The process that makes it, and until when it may without renewing. Database clock. */
		leaseOwner: text("lease_owner").notNull(),
		leaseExpiresAt: instant("lease_expires_at").notNull(),
	},
	(table) => [index("house_calls_by_lease").on(table.leaseExpiresAt)],
);

/**
 * Turns of Auto that were answered by the other road's model, too, and what a judge model made of both answers; none of their words. A row is
 * written before anything is called, so that one process alone does it, once.
 */
export const shadows = pgTable(
	"shadows",
	{
		turnId: uuid("turn_id")
			.primaryKey()
			.references(() => turns.id, { onDelete: "cascade" }),
		policyVersion: integer("policy_version").notNull(),
		road: text({ enum: routeRoads }).notNull(),
		/** The models of both answers: one of them is the person's. */
		cheapModelId: text("cheap_model_id").notNull(),
		strongModelId: text("strong_model_id").notNull(),
		/** The person's answer is the strong model's. */
		isStrongShown: boolean("is_strong_shown").notNull(),
		judgeModelId: text("judge_model_id").notNull(),
		/** `interrupted` until it has ended. */
		outcome: text({ enum: shadowOutcomes }).notNull().default("interrupted"),
		/** The answer that the judge read first. */
		isCheapFirst: boolean("is_cheap_first").notNull(),
		verdict: text({ enum: shadowVerdicts }),
		/** What all calls of the turn cost, drafts and judges included; what the other answer cost; what judging both cost. */
		turnNanoUsd: bigint("turn_nano_usd", { mode: "bigint" }).notNull(),
		shadowNanoUsd: bigint("shadow_nano_usd", { mode: "bigint" }).notNull().default(sql`0`),
		judgeNanoUsd: bigint("judge_nano_usd", { mode: "bigint" }).notNull().default(sql`0`),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [index("shadows_by_time").on(table.createdAt)],
);

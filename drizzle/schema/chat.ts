import { sql } from "drizzle-orm";
import {
	bigint,
	index,
	integer,
	json,
	pgTable,
	primaryKey,
	text,
	timestamp,
	uniqueIndex,
	uuid,
} from "drizzle-orm/pg-core";
import { contextStrategies, priorities } from "../../server/contract/kinds.ts";
import { toLiveCondition, turnStatuses } from "../../server/contract/turn-status.ts";
import { users } from "./auth.ts";
import { messages, threads } from "./threads.ts";

const isLive = sql.raw(toLiveCondition());
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const turns = pgTable(
	"turns",
	{
		id: uuid().primaryKey(),
		userId: uuid("user_id")
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		threadId: uuid("thread_id")
			.notNull()
			.references(() => threads.id, { onDelete: "cascade" }),
		userMessageId: uuid("user_message_id")
			.notNull()
			.references(() => messages.id, { onDelete: "cascade" }),
		assistantMessageId: uuid("assistant_message_id")
			.notNull()
			.references(() => messages.id, { onDelete: "cascade" }),
		/** The client's name for this send: a second send under the same name is the same send. */
		clientMessageId: text("client_message_id").notNull(),
		/** SHA-256 of what was asked for under that name. */
		requestHash: text("request_hash").notNull(),
		/** The message (or, for a first message, the thread) below which the turn grows: one live turn for each. */
		branchPointId: uuid("branch_point_id").notNull(),
		/** A catalogue id or `auto`, as asked for. */
		requestedModel: text("requested_model").notNull(),
		/** How this request wants its context chosen; null: as the thread or the plan says. */
		contextStrategy: text("context_strategy", { enum: contextStrategies }),
		/** The model that the quote was made for: the one a process that died before its first event may have called. */
		modelId: text("model_id"),
		/** Whose calls go first where a model is busy; a process that takes the turn over keeps it. */
		priority: text({ enum: priorities }).notNull().default("people"),
		/** The API key that asked for it; null: a person did. No foreign key: the turn outlives it. */
		keyId: uuid("key_id"),
		status: text({ enum: turnStatuses }).notNull(),
		/** The error code of a turn that failed. */
		code: text(),
		receipt: json(),
		/** Fencing: counts owners from 1. A process that holds an older number can write nothing. */
		epoch: integer().notNull().default(1),
		/** The process that runs the turn, and until when it may without renewing. Database clock. */
		leaseOwner: text("lease_owner").notNull(),
		leaseExpiresAt: instant("lease_expires_at").notNull(),
		stopRequestedAt: instant("stop_requested_at"),
		startedAt: instant("started_at").notNull().defaultNow(),
		endedAt: instant("ended_at"),
		/** The place of `turn-end` in the log, which outlives the log's rows. */
		lastSeq: integer("last_seq"),
		/** What is held for this turn until it ends: in all, and in each bucket. Settled by the statement that closes it. */
		reservedNanoUsd: bigint("reserved_nano_usd", { mode: "bigint" }).notNull().default(sql`0`),
		reservedTokens: bigint("reserved_tokens", { mode: "number" }).notNull().default(0),
		quotaKeys: text("quota_keys").array().notNull().default(sql`'{}'`),
		quotaNanoUsd: bigint("quota_nano_usd", { mode: "bigint" }).array().notNull().default(sql`'{}'`),
		/** What the answer may be long, in tokens: what its model writes at most, or what the money left can buy. */
		maxOutputTokens: integer("max_output_tokens"),
		/** What the plan left open when the turn was accepted: catalogue ids (null: all of the tiers), and tiers. */
		openModels: text("open_models").array(),
		openTiers: text("open_tiers").array(),
	},
	(table) => [
		uniqueIndex("turns_client_message_key").on(table.userId, table.clientMessageId),
		// Not unique: an answer that is continued has a turn for each part.
		index("turns_by_assistant_message").on(table.assistantMessageId),
		// For the messages of an account that is deleted: each looks for its turns.
		index("turns_by_user_message").on(table.userMessageId),
		uniqueIndex("turns_live_branch_key").on(table.threadId, table.branchPointId).where(isLive),
		// Not on the lease itself: renewing it must not touch an index.
		index("turns_live").on(table.id).where(isLive),
		// How many streams a person has.
		index("turns_live_by_user").on(table.userId).where(isLive),
		index("turns_by_thread").on(table.threadId),
	],
);

/**
 * The turn log: every event of a turn in dense order. What a reader was shown is a prefix of it. No foreign key: the
 * statement that appends joins and locks the turn anyway, and a check for each row would double its cost.
 */
export const turnEvents = pgTable(
	"turn_events",
	{
		turnId: uuid("turn_id").notNull(),
		seq: integer().notNull(),
		epoch: integer().notNull(),
		event: json().notNull(),
	},
	(table) => [primaryKey({ columns: [table.turnId, table.seq] })],
);

import { sql } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { terminalStatuses } from "../../server/contract/turn-status.ts";
import { users } from "./auth.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Lists of prompts that are answered in the background. */
export const batches = pgTable(
	"batches",
	{
		id: uuid().primaryKey(),
		userId: uuid("user_id")
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		/** The client's name for this batch: a second creation under the same name is the same batch. */
		clientBatchId: text("client_batch_id").notNull(),
		/** SHA-256 of what was asked for under that name. */
		requestHash: text("request_hash").notNull(),
		/** Items without an end; the statement that brings it to 0 ends the batch. */
		openItems: integer("open_items").notNull(),
		createdAt: instant("created_at").notNull().defaultNow(),
		/** No item begins before: after a refusal that waiting may lift. */
		looksAt: instant("looks_at").notNull().defaultNow(),
		/** Why it waits: an error code, its limit, and when that limit resets. Null while nothing is in the way. */
		pauseCode: text("pause_code"),
		pauseReason: text("pause_reason"),
		pauseResetsAt: instant("pause_resets_at"),
		cancelledAt: instant("cancelled_at"),
		endedAt: instant("ended_at"),
	},
	(table) => [
		uniqueIndex("batches_client_batch_key").on(table.userId, table.clientBatchId),
		index("batches_open").on(table.userId, table.id).where(sql`ended_at is null`),
	],
);

/**
 * One prompt of a batch. Its answer is an ordinary turn, named after the item, whose text, calls and ledger lines stand where those of
 * every turn stand. No foreign key leads there: the turn's tables go their own way when an account is deleted.
 */
export const batchItems = pgTable(
	"batch_items",
	{
		batchId: uuid("batch_id")
			.notNull()
			.references(() => batches.id, { onDelete: "cascade" }),
		/** From 0, in the order of the list. */
		position: integer().notNull(),
		/** Names the turn that answers it. */
		id: uuid().notNull(),
		text: text().notNull(),
		/** A catalogue id or `auto`; null as `auto`. */
		model: text(),
		maxOutputTokens: integer("max_output_tokens"),
		/** `waiting -> running -> one end`; `running -> waiting` when it could not begin. */
		status: text({
			enum: ["waiting", "running", ...terminalStatuses, "cancelled"],
		})
			.notNull()
			.default("waiting"),
		/** The error code of an item without a whole answer. */
		code: text(),
		/** The turn that ran last. */
		turnId: uuid("turn_id"),
		/** Counts the processes that took the item: a process with an older number can write nothing. */
		claims: integer().notNull().default(0),
		/** Until when its process may work on it without renewing. Database clock. */
		leaseExpiresAt: instant("lease_expires_at"),
		endedAt: instant("ended_at"),
	},
	(table) => [
		primaryKey({ columns: [table.batchId, table.position] }),
		index("batch_items_open").on(table.batchId, table.position).where(sql`status in ('waiting', 'running')`),
	],
);

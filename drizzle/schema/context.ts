import { index, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { messages, threads } from "./threads.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/**
 * Summaries of the beginning of a conversation, each up to one message: append-only. One that is newer has an older one's text as its
 * beginning. It goes with its thread, and with the message it reaches to.
 */
export const contextSummaries = pgTable(
	"context_summaries",
	{
		id: uuid().primaryKey(),
		threadId: uuid("thread_id")
			.notNull()
			.references(() => threads.id, { onDelete: "cascade" }),
		/** The last message that the summary stands for: it is used for branches with this message alone. */
		throughMessageId: uuid("through_message_id")
			.notNull()
			.references(() => messages.id, { onDelete: "cascade" }),
		text: text().notNull(),
		tokens: integer().notNull(),
		/** Of the messages that it stands for. */
		sourceTokens: integer("source_tokens").notNull(),
		modelId: text("model_id").notNull(),
		/** The call that made it, in `model_calls`. */
		modelCallId: uuid("model_call_id"),
		createdAt: instant("created_at").notNull().defaultNow(),
		/** When the person took it back: it is used no more. */
		undoneAt: instant("undone_at"),
	},
	(table) => [
		index("context_summaries_by_thread").on(table.threadId),
		index("context_summaries_by_message").on(table.throughMessageId),
	],
);

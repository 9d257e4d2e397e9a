import { sql } from "drizzle-orm";
import {
	bigint,
	customType,
	index,
	integer,
	jsonb,
	pgTable,
	text,
	timestamp,
	uuid,
} from "drizzle-orm/pg-core";
import { contextStrategies } from "../../server/contract/kinds.ts";
import { users } from "./auth.ts";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

export const threads = pgTable(
	"threads",
	{
		id: uuid().primaryKey(),
		userId: uuid("user_id")
			.notNull()
			.references(() => users.id, { onDelete: "cascade" }),
		title: text().notNull(),
		/** A title that the person chose is never overwritten. */
		titleSource: text("title_source", { enum: ["first_words", "model", "manual"] })
			.notNull()
			.default("first_words"),
		/** How the thread's context is chosen; null: as the plan says. */
		contextStrategy: text("context_strategy", { enum: contextStrategies }),
		/** Tokens of the conversation that a request of this thread may have at most; null: what the model's window has room for. */
		contextTokensMax: integer("context_tokens_max"),
		/**
		 * The thread list shows `chat` alone; a batch's thread joins it when the person goes on with it. `api`: one call of a program that
		 * keeps the conversation itself; it is removed after some time.
		 */
		origin: text({ enum: ["chat", "batch", "api"] })
			.notNull()
			.default("chat"),
		/** The end of the branch viewed last; null only while the thread is being made. */
		activeLeafId: uuid("active_leaf_id"),
		createdAt: instant("created_at").notNull().defaultNow(),
		/** When a message was last sent here: the order of the list. */
		activeAt: instant("active_at").notNull().defaultNow(),
		deletedAt: instant("deleted_at"),
	},
	(table) => [
		// The list, in its order: PostgreSQL's `desc` puts nulls first, Drizzle's index puts them last unless told.
		index("threads_list")
			.on(table.userId, table.activeAt.desc().nullsFirst(), table.id.desc().nullsFirst())
			.where(sql`deleted_at is null and origin = 'chat'`)
			.concurrently(),
		// Of an account that is deleted.
		index("threads_by_user").on(table.userId).concurrently(),
		// What was deleted, for the job that removes it for good.
		// Calls of programs, for the same job.
		index("threads_of_calls").on(table.createdAt).where(sql`origin = 'api'`).concurrently(),
		index("threads_trash").on(table.deletedAt).where(sql`deleted_at is not null`),
	],
);

/** The tree of what was said. Siblings share a parent: edits are sibling user messages, regenerations sibling answers. */
export const messages = pgTable(
	"messages",
	{
		id: uuid().primaryKey(),
		threadId: uuid("thread_id")
			.notNull()
			.references(() => threads.id, { onDelete: "cascade" }),
		parentId: uuid("parent_id"),
		/** `system`: the instructions of a program, in threads of calls alone. */
		role: text({ enum: ["system", "user", "assistant"] }).notNull(),
		/** An answer's text is written when its turn closes; until then the turn log has it. */
		text: text().notNull(),
		/** Parts in their stored form (`server/contract/parts.ts`); null for a message that its text tells whole. */
		parts: jsonb(),
		/** Tokens of the message as `tokenizer` counts them; null for a message from before counts were stored. */
		tokenCount: integer("token_count"),
		tokenizer: text(),
		/** When the person pinned it: a pinned message is sent with every request. Null: not pinned. */
		pinnedAt: instant("pinned_at"),
		createdAt: instant("created_at").notNull().defaultNow(),
	},
	(table) => [index("messages_by_parent").on(table.threadId, table.parentId)],
);

/**
 * What the search knows of a message: its terms as `server/threads/search/terms.ts` cuts them. Each begins with a tag of its owner,
 * so that a search reads what its owner's texts have put into the index and nothing of others.
 */
export const messageTerms = pgTable(
	"message_terms",
	{
		messageId: uuid("message_id")
			.primaryKey()
			.references(() => messages.id, { onDelete: "cascade" }),
		threadId: uuid("thread_id").notNull(),
		userId: uuid("user_id").notNull(),
		terms: tsvector().notNull(),
	},
	(table) => [
		// Message ids are made in the order of time.
		index("message_terms_newest").on(table.userId, table.messageId),
		// Without a list of pending entries, which every search would read from end to end.
		index("message_terms_terms").using("gin", table.terms).with({ fastupdate: false }),
	],
);

/** The same of a thread's title. */
export const titleTerms = pgTable(
	"title_terms",
	{
		threadId: uuid("thread_id")
			.primaryKey()
			.references(() => threads.id, { onDelete: "cascade" }),
		userId: uuid("user_id").notNull(),
		terms: tsvector().notNull(),
	},
	(table) => [index("title_terms_terms").using("gin", table.terms).with({ fastupdate: false })],
);

/**
 * Texts whose terms are still to be cut. Triggers write a row for each new text, whichever statement of whichever version of the
 * server stored it. A row `..._before` stands for all messages or threads with a smaller id.
 */
export const termQueue = pgTable("term_queue", {
	id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
	kind: text({ enum: ["message", "title", "messages_before", "titles_before"] }).notNull(),
	subjectId: uuid("subject_id").notNull(),
});

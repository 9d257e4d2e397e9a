import { sql } from "drizzle-orm";
import { customType, index, integer, jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
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
		/** The thread list shows `chat` alone; a batch's thread joins it when somebody goes on with it. */
		origin: text({ enum: ["chat", "batch"] })
			.notNull()
			.default("chat"),
		/** The end of the branch viewed last; null only while the thread is being made. */
		activeLeafId: uuid("active_leaf_id"),
		createdAt: instant("created_at").notNull().defaultNow(),
		/** When a message was last sent here: the order of the list. */
		activeAt: instant("active_at").notNull().defaultNow(),
		deletedAt: instant("deleted_at"),
		search: tsvector().generatedAlwaysAs(sql`to_tsvector('simple', title)`),
	},
	(table) => [
		// The list, in its order: PostgreSQL's `desc` puts nulls first, Drizzle's index puts them last unless told.
		index("threads_list")
			.on(table.userId, table.activeAt.desc().nullsFirst(), table.id.desc().nullsFirst())
			.where(sql`deleted_at is null and origin = 'chat'`)
			.concurrently(),
		// Of an account that is deleted.
		index("threads_by_user").on(table.userId).concurrently(),
		index("threads_search").using("gin", table.search),
		// What was deleted, for the job that removes it for good.
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
		role: text({ enum: ["user", "assistant"] }).notNull(),
		/** An answer's text is written when its turn closes; until then the turn log has it. */
		text: text().notNull(),
		/** Parts in their stored form (`server/contract/parts.ts`); null for a message that its text tells whole. */
		parts: jsonb(),
		/** Tokens of the message as `tokenizer` counts them; null for a message from before counts were stored. */
		tokenCount: integer("token_count"),
		tokenizer: text(),
		createdAt: instant("created_at").notNull().defaultNow(),
		/** Full text of the first 100,000 characters: a tsvector may not exceed 1 MB. Nothing while an answer grows. */
		search: tsvector().generatedAlwaysAs(
			sql`case when text <> '' then to_tsvector('simple', left(text, 100000)) end`,
		),
	},
	(table) => [
		index("messages_by_parent").on(table.threadId, table.parentId),
		index("messages_search").using("gin", table.search),
	],
);

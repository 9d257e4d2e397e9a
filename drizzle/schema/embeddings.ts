import { customType, index, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { messages } from "./threads.ts";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** Vectors of messages by the model that made them; vectors of two models are never compared. They go with their message. */
export const messageVectors = pgTable(
	"message_vectors",
	{
		messageId: uuid("message_id")
			.notNull()
			.references(() => messages.id, { onDelete: "cascade" }),
		/** The model and its version. */
		model: text().notNull(),
		/** SHA-256 of the text that was embedded. */
		contentHash: bytea("content_hash").notNull(),
		/** One signed byte a dimension, of a vector of length 1; null: the model does not know the text's language. */
		vector: bytea(),
	},
	(table) => [
		primaryKey({ columns: [table.messageId, table.model] }),
		index("message_vectors_by_content").on(table.contentHash, table.model),
	],
);

import { index, integer, json, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Every call of a model, one line an attempt, whatever became of it. Lines outlive the thread and the person. */
export const modelCalls = pgTable(
	"model_calls",
	{
		id: uuid().primaryKey(),
		turnId: uuid("turn_id").notNull(),
		userId: uuid("user_id").notNull(),
		attempt: integer().notNull(),
		modelId: text("model_id").notNull(),
		providerId: text("provider_id").notNull(),
		providerModelId: text("provider_model_id").notNull(),
		providerRequestId: text("provider_request_id"),
		outcome: text().notNull(),
		finishReason: text("finish_reason"),
		inputTokens: integer("input_tokens").notNull(),
		cachedInputTokens: integer("cached_input_tokens").notNull(),
		outputTokens: integer("output_tokens").notNull(),
		reasoningTokens: integer("reasoning_tokens").notNull(),
		usageSource: text("usage_source", {
			enum: ["provider_final", "provider_partial", "tokenizer", "estimate"],
		}).notNull(),
		/** The model's list prices when the call started, USD per million tokens; null when it has none. */
		prices: json(),
		startedAt: instant("started_at").notNull(),
		firstTokenMs: integer("first_token_ms"),
		durationMs: integer("duration_ms").notNull(),
	},
	(table) => [
		index("model_calls_by_turn").on(table.turnId),
		index("model_calls_by_user").on(table.userId, table.startedAt),
	],
);

import type { Sql } from "postgres";
import * as cascade from "../cascade/index.ts";
import * as context from "../context/index.ts";
import type { UserId } from "../ids.ts";
import type { Models } from "../models/index.ts";
import type { OpenModels, Quote } from "../quota/index.ts";
import { type BranchEnd, readOwnBranch } from "../threads/index.ts";
import type { ModelMessage } from "../turn.ts";
import { type PriceBook, toCostNanoUsdMax, toOutputNanoUsdPerMTokMax } from "../usage/index.ts";

/** How much more input a provider may count than we do. */
const inputMargin = 1.05;

export interface QuoteRooms {
	readonly sql: Sql;
	readonly models: Pick<Models, "find" | "default" | "list">;
	readonly findPrice: PriceBook["find"];
	/** What the whole site may spend in a month; null without a budget. */
	readonly siteNanoUsd: bigint | null;
}

/** What somebody asks for: on top of which conversation, with which further messages, of which model. */
export interface Asked {
	readonly userId: UserId;
	readonly model: string | undefined;
	readonly from: BranchEnd | null;
	readonly added: readonly ModelMessage[];
	/** What `auto` may mean; everything unless it was refused before. */
	readonly open?: OpenModels;
}

/**
 * What an answer may cost at most: everything that its model would read, and as long an answer as the model writes.
 *
 * @throws AppError `unknown_model`, `context_too_long`.
 */
export async function quoteTurn(
	asked: Asked,
	{ sql, models, findPrice, siteNanoUsd }: QuoteRooms,
): Promise<Quote> {
	const { model } = cascade.route(asked.model ?? "auto", models, asked.open);
	const charactersMax = context.toCharactersMax(model.contextWindow);
	const before = asked.from
		? await readOwnBranch(sql, asked.userId, { from: asked.from, charactersMax })
		: [];
	const messages = [...before, ...asked.added];
	const fitted = messages.length > 0 ? context.fit(messages, model) : { inputTokens: 0, maxOutputTokens: 1 };
	const inputTokens = Math.ceil(fitted.inputTokens * inputMargin);
	const { prices } = findPrice(model.id);
	return {
		modelId: model.id,
		tier: model.tier,
		inputTokens,
		inputNanoUsd: toCostNanoUsdMax({ inputTokens, outputTokens: 0 }, prices),
		outputNanoUsdPerMTok: toOutputNanoUsdPerMTokMax(prices),
		maxOutputTokens: fitted.maxOutputTokens,
		siteNanoUsd,
	};
}

import type { Sql } from "postgres";
import * as cascade from "../cascade/index.ts";
import * as context from "../context/index.ts";
import type { UserId } from "../contract/ids.ts";
import type { ModelMessage } from "../contract/turn.ts";
import type { Models } from "../models/index.ts";
import type { OpenModels, Quote } from "../quota/index.ts";
import { type BranchEnd, readOwnBranch } from "../threads/index.ts";
import { type PriceBook, toCostNanoUsdMax, toOutputNanoUsdPerMTokMax } from "../usage/index.ts";

/** How much more input a provider may count than we do. */
export const inputMargin = 1.05;

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
	/** Of the answer; absent: what the model writes at most. */
	readonly maxOutputTokens?: number | undefined;
	/** What `auto` may mean; everything unless it was refused before. */
	readonly open?: OpenModels;
}

/**
 * What an answer may cost at most: everything that its model would read, and as long an answer as the model writes, at the
 * dearest of the models that may answer.
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
	const chain = cascade.toChain(model, models.list(), asked.open ?? everything);
	const dearest = chain.map(({ id }) => findPrice(id).prices);
	return {
		modelId: model.id,
		tier: model.tier,
		inputTokens,
		inputNanoUsd: toMax(dearest.map((prices) => toCostNanoUsdMax({ inputTokens, outputTokens: 0 }, prices))),
		outputNanoUsdPerMTok: toMax(dearest.map(toOutputNanoUsdPerMTokMax)),
		maxOutputTokens: Math.min(fitted.maxOutputTokens, asked.maxOutputTokens ?? fitted.maxOutputTokens),
		siteNanoUsd,
	};
}

const everything: OpenModels = { openModels: null, openTiers: null };

const toMax = (amounts: readonly bigint[]): bigint =>
	amounts.reduce((max, amount) => (amount > max ? amount : max), 0n);

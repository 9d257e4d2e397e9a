/** Hand-written SQL: one statement before a turn is accepted, over the person's plan and the stored token counts of a branch. */
import type { Sql } from "postgres";
import * as cascade from "../cascade/index.ts";
import * as context from "../context/index.ts";
import type { UserId } from "../contract/ids.ts";
import { type ContextStrategy, isAutoModel } from "../contract/kinds.ts";
import type { MessagePart } from "../contract/parts.ts";
import { type CatalogueModel, findMissingAbilities, type Models, requireAbilities } from "../models/index.ts";
import { type OpenModels, toPlanStateRow } from "../quota/index.ts";
import {
	type BranchEnd,
	countBranch,
	toBranchTokens,
	toPartKinds,
	toPlanStrategy,
	toStrategy,
} from "../threads/index.ts";
import type { TurnQuote } from "../turns/index.ts";
import { inputMargin, type PriceBook, toCostNanoUsdMax, toOutputNanoUsdPerMTokMax } from "../usage/index.ts";

export interface QuoteRooms {
	readonly sql: Sql;
	readonly models: Pick<Models, "find" | "default" | "list">;
	readonly findPrice: PriceBook["find"];
	/** What the whole site may spend in a month; null without a budget. */
	readonly siteNanoUsd: bigint | null;
	/** The routing policy in force for a person; null without one. */
	findPolicy(userId: UserId): cascade.PublishedPolicy | null;
}

/** What is asked for: on top of which conversation, with which further tokens, of which model. */
export interface Asked {
	readonly userId: UserId;
	readonly model: string | undefined;
	readonly from: BranchEnd | null;
	/** The conversation ends with an answer that goes on. */
	readonly isContinued?: boolean;
	/** Tokens of what comes after that conversation. */
	readonly addedTokens: number;
	/** The parts of a new message, which the model must be able to read as it must those of the conversation. */
	readonly parts?: readonly MessagePart[];
	/** Of the answer; absent: what the model writes at most. */
	readonly maxOutputTokens?: number | undefined;
	/** How the context is chosen; absent: as the thread or the plan says. */
	readonly strategy?: ContextStrategy | undefined;
}

interface Bounds {
	readonly open: OpenModels;
	/** Null where the plan was not read: a model of the person's choice begins a conversation. */
	readonly routing: TurnQuote["routing"];
	readonly tokens: context.BranchTokens;
	readonly parts: readonly MessagePart[];
	/** Messages whose tokens are bounded by their bytes. */
	readonly uncounted: number;
	readonly wanted: { readonly strategy: ContextStrategy; readonly tokensMax: number | null };
}

/**
 * What an answer may cost at most: as much of the conversation as fits the window, and as long an answer as the model writes, at
 * the most expensive of one chain: the model that is asked first and those that may stand in for it. A bound from stored counts: it reads no text and fits nothing. The plan's
 * open models come with it, in the same statement.
 *
 * `auto` prefers a model that can read the parts of the conversation and of the new message.
 *
 * @throws AppError `unknown_model`, `context_too_long`, `unsupported_content`.
 */
export async function quoteTurn(asked: Asked, rooms: QuoteRooms): Promise<TurnQuote> {
	const { models, findPrice, siteNanoUsd } = rooms;
	const windowMax = Math.max(...models.list().map(({ contextWindow }) => contextWindow));
	const { open, tokens, parts, wanted, routing } = await readCountedBounds(asked, windowMax, rooms.sql);
	const conversation = [{ role: "user", parts: [...parts, ...(asked.parts ?? [])] }] as const;
	const canRead = (each: CatalogueModel) =>
		findMissingAbilities(each, conversation).length === 0 && context.hasRoomFor(tokens, each);
	const { model, chain } = toQuoted(asked, { models, open, canRead, policy: rooms.findPolicy(asked.userId) });
	requireAbilities(model, conversation);
	const { inputTokens, maxOutputTokens } = context.toBound(tokens, model, wanted);
	const inputOf = (each: CatalogueModel) =>
		Math.ceil(context.toModelTokens(context.toInputTokensMax(tokens.all, each), each) * inputMargin);
	const prices = chain.map((each) => ({ inputTokens: inputOf(each), prices: findPrice(each.id).prices }));
	return {
		modelId: model.id,
		tier: model.tier,
		inputTokens: Math.ceil(inputTokens * inputMargin),
		inputNanoUsd: toMax(
			prices.map((each) => toCostNanoUsdMax({ inputTokens: each.inputTokens, outputTokens: 0 }, each.prices)),
		),
		outputNanoUsdPerMTok: toMax(prices.map((each) => toOutputNanoUsdPerMTokMax(each.prices))),
		maxOutputTokens: Math.min(maxOutputTokens, asked.maxOutputTokens ?? maxOutputTokens),
		siteNanoUsd,
		conversationTokensMax: context.toReadTokensMax(chain),
		routing,
	};
}

/** What is held first: by a policy the small model's answer, to which the corridor adds what a stronger one takes. */
function toQuoted(
	{ model = "auto" }: Asked,
	by: {
		readonly models: QuoteRooms["models"];
		readonly open: OpenModels;
		readonly canRead: (model: CatalogueModel) => boolean;
		readonly policy: cascade.PublishedPolicy | null;
	},
): { readonly model: CatalogueModel; readonly chain: readonly CatalogueModel[] } {
	const { models, open, canRead, policy } = by;
	if (isAutoModel(model) && policy !== null) {
		const { small, strong } = cascade.toCandidates(policy, models, open, canRead);
		const [first, second] = model === "auto/best" ? [strong, small] : [small, strong];
		const chain = first.length > 0 ? first : second;
		if (chain[0]) return { model: chain[0], chain };
	}
	return cascade.route(model, models, open, canRead).choices[0];
}

/** The same from exact counts alone: what another version of the server has stored is counted first. */
async function readCountedBounds(asked: Asked, tokensMax: number, sql: Sql): Promise<Bounds> {
	const bounds = await readBounds(asked, tokensMax, sql);
	if (!asked.from || bounds.uncounted === 0) return bounds;
	await countBranch(sql, asked.userId, { from: asked.from, tokensMax });
	return await readBounds(asked, tokensMax, sql);
}

/**
 * What the person's plan leaves open, how long the conversation is and which kinds of parts it has: one statement, and none for a new conversation with a
 * model of the person's choice, whose reservation checks the plan.
 */
async function readBounds(
	{ userId, from, isContinued, addedTokens, strategy: asked, model = "auto" }: Asked,
	tokensMax: number,
	sql: Sql,
): Promise<Bounds> {
	if (!from && !isAutoModel(model)) {
		const open = { openModels: null, openTiers: null };
		const tokens = { all: addedTokens, last: addedTokens, pinned: 0 };
		return {
			open,
			routing: null,
			tokens,
			parts: [],
			uncounted: 0,
			wanted: { strategy: asked ?? "auto", tokensMax: null },
		};
	}
	const branch = from
		? toBranchTokens(sql, userId, {
				from,
				tokensMax,
				isLastContinued: isContinued,
				isLastSent: addedTokens === 0,
			})
		: sql`select 0::float8 as all_tokens, 0::float8 as last_tokens, 0::float8 as pinned_tokens, 0 as uncounted,
				null::jsonb as part_kinds, null as thread_strategy, null::int as context_tokens_max`;
	const [row] = await sql<[BoundsRow]>`
		select open_models as "openModels", open_tiers as "openTiers", plan_id as plan, is_near_limit as "isNearLimit", all_tokens as "allTokens", last_tokens as "lastTokens",
			pinned_tokens as "pinnedTokens", uncounted, part_kinds as "partKinds", thread_strategy as "threadStrategy",
			context_tokens_max as "contextTokensMax", ${toPlanStrategy(sql, userId)} as "planStrategy"
		from ${toPlanStateRow(sql, userId)} as open, lateral (${branch}) as branch`;
	const { allTokens, lastTokens, pinnedTokens: pinned, openModels, openTiers, plan, isNearLimit } = row;
	const last = addedTokens > 0 ? addedTokens : lastTokens;
	return {
		open: { openModels, openTiers },
		routing: { plan, isNearLimit },
		tokens: { all: allTokens + addedTokens, last, pinned },
		parts: toPartKinds(row.partKinds),
		uncounted: row.uncounted,
		wanted: { strategy: toStrategy(asked ?? null, row), tokensMax: row.contextTokensMax },
	};
}

interface BoundsRow extends OpenModels {
	readonly plan: string;
	readonly isNearLimit: boolean;
	readonly allTokens: number;
	readonly lastTokens: number;
	readonly pinnedTokens: number;
	readonly uncounted: number;
	readonly partKinds: unknown;
	readonly threadStrategy: ContextStrategy | null;
	readonly planStrategy: ContextStrategy | null;
	readonly contextTokensMax: number | null;
}

const toMax = (amounts: readonly bigint[]): bigint =>
	amounts.reduce((max, amount) => (amount > max ? amount : max), 0n);

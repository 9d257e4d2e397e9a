/** What a model was sent for an answer, as the inspector and sibling apps read it: an overview, and the messages of a request in pages. */
import type { Sql } from "postgres";
import * as z from "zod";
import type { TurnId, UserId } from "../../contract/ids.ts";
import { contextStrategies } from "../../contract/kinds.ts";
import { toPlainText } from "../../contract/parts.ts";
import { planReasons } from "../../contract/sent-context.ts";
import { usageSources } from "../../contract/turn.ts";
import { readSentRequests, type SentRequest } from "./sent-context.ts";
import { shareInput } from "./share-input.ts";
import { toDecimal } from "./turn-receipt.ts";

const part = z.object({
	/** `evidence`: older messages that the question needs. `continued`: the answer so far, and what asked for the rest of it. */
	kind: z.enum(["messages", "evidence", "summary", "question", "continued"]),
	/** Its place in the request: the messages that the model got, from 0. */
	from: z.number(),
	sentMessages: z.number(),
	/** Messages of the conversation in it; of a summary, those that it stands for. */
	messages: z.number(),
	/** Its share of what the call was billed for. */
	tokens: z.number(),
	/** Of these, read from the provider's cache, and written to it. */
	cachedTokens: z.number(),
	writtenTokens: z.number(),
	/** Nano-dollars with up to 6 places; null for a model without a price. */
	costNanoUsd: z.string().nullable(),
});

const sentCall = z.object({
	callId: z.string(),
	modelId: z.string(),
	outcome: z.string(),
	startedAt: z.string(),
	usageSource: z.enum(usageSources),
	inputTokens: z.number(),
	cachedInputTokens: z.number(),
	/** False: the call is from before what was sent was kept. */
	isKnown: z.boolean(),
	/** Both null when the whole conversation was sent, or when it is not known. */
	strategy: z.enum(contextStrategies).nullable(),
	reason: z.enum(planReasons).nullable(),
	/** In the order of the request; null when it is not known, or can no longer be told, because a message of it is gone. */
	parts: z.array(part).nullable(),
	omittedMessages: z.number(),
	omittedTokens: z.number(),
});

/** The calls that an answer took, of all its turns, oldest first. */
export const answerContext = z.object({ turnId: z.string(), calls: z.array(sentCall) });
export type AnswerContext = z.infer<typeof answerContext>;

export const sentMessages = z.object({
	messages: z.array(
		z.object({
			role: z.enum(["system", "user", "assistant"]),
			/** Exactly as it was sent. */
			text: z.string(),
			/** What it has beside text: types of parts, and for images and files their media types. */
			others: z.array(z.string()),
		}),
	),
	/** Where the next page begins; null at the end. */
	nextFrom: z.number().nullable(),
});
export type SentMessages = z.infer<typeof sentMessages>;

/** @throws AppError `not_found`, also for another person's turn. */
export async function readAnswerContext(
	sql: Sql,
	userId: UserId,
	{ turnId }: { turnId: TurnId },
): Promise<AnswerContext> {
	const requests = await readSentRequests(sql, userId, { turnId });
	return { turnId, calls: requests.map(toSentCall) };
}

function toSentCall({ call, isKnown, sent, parts }: SentRequest): AnswerContext["calls"][number] {
	const { stored: _, answer: __, userMessageId: ___, prices, startedAt, ...shown } = call;
	const { cacheWriteTokens, cacheWrite1hTokens, ...told } = shown;
	const usage = { ...told, cacheWriteTokens, cacheWrite1hTokens, outputTokens: 0, reasoningTokens: 0 };
	const shares = shareInput(
		(parts ?? []).map(({ tokens }) => tokens),
		usage,
		prices,
	);
	let from = 0;
	return {
		...told,
		startedAt: startedAt.toISOString(),
		isKnown,
		strategy: sent?.strategy ?? null,
		reason: sent?.reason ?? null,
		omittedMessages: sent?.omittedMessages ?? 0,
		omittedTokens: sent?.omittedTokens ?? 0,
		parts:
			parts?.map(({ kind, messages, count }, index) => {
				const { costFemtoUsd = null, ...share } = shares[index] ?? noShare;
				const place = from;
				from += messages.length;
				return {
					kind,
					from: place,
					sentMessages: messages.length,
					messages: count,
					...share,
					costNanoUsd: costFemtoUsd === null ? null : toDecimal(costFemtoUsd),
				};
			}) ?? null,
	};
}

const noShare = { tokens: 0, cachedTokens: 0, writtenTokens: 0, costFemtoUsd: null };

/** Of one page, unless its first message is longer. */
const pageCharacters = 200_000;
const pageMessages = 100;

/**
 * The messages of one call's request, as the model got them, from a place on.
 *
 * @throws AppError `not_found`, also for another person's turn.
 */
export async function readSentMessages(
	sql: Sql,
	userId: UserId,
	wanted: { readonly turnId: TurnId; readonly callId: string; readonly from: number },
): Promise<SentMessages> {
	const [request] = await readSentRequests(sql, userId, wanted);
	const all = (request?.parts ?? []).flatMap(({ messages }) => messages);
	const page: SentMessages["messages"] = [];
	let left = pageCharacters;
	for (const { role, parts } of all.slice(wanted.from, wanted.from + pageMessages)) {
		const text = toPlainText(parts);
		left -= text.length;
		if (left < 0 && page.length > 0) break;
		const others = parts.flatMap((each) =>
			each.type === "text" ? [] : ["mediaType" in each ? each.mediaType : each.type],
		);
		page.push({ role, text, others });
	}
	const next = wanted.from + page.length;
	return { messages: page, nextFrom: next < all.length && page.length > 0 ? next : null };
}

/**
 * What a model was sent for an answer. Hand-written SQL: the calls of an answer, joined with the branch that they answer and the
 * summaries that they were sent. What is returned is rendered by the function that renders requests.
 */
import type { Sql } from "postgres";
import {
	type ConversationMessage,
	continuationRequest,
	countEntry,
	type Entry,
	toContinued,
	toEntries,
	toModelMessage,
	toSentEntries,
} from "../../context/index.ts";
import { AppError } from "../../contract/errors.ts";
import type { MessageId, TurnId, UserId } from "../../contract/ids.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import { toTextParts } from "../../contract/parts.ts";
import { type SentContext, storedSent } from "../../contract/sent-context.ts";
import { readBranch } from "../../threads/index.ts";
import type { Prices } from "../prices/prices.ts";

export interface SentCallRow {
	readonly callId: string;
	readonly modelId: string;
	readonly outcome: string;
	readonly startedAt: Date;
	readonly usageSource: "provider_final" | "estimate";
	readonly inputTokens: number;
	readonly cachedInputTokens: number;
	readonly cacheWriteTokens: number;
	readonly cacheWrite1hTokens: number;
	readonly prices: Prices | null;
	readonly userMessageId: MessageId;
	readonly answer: string;
	readonly stored: unknown;
}

/** Why a part of a request is there. */
export type SentKind = "messages" | "evidence" | "summary" | "question" | "continued";

export interface SentPart {
	readonly kind: SentKind;
	/** As the model got them, in order. */
	readonly messages: readonly ModelMessage[];
	/** Messages of the conversation that it stands for or consists of. */
	readonly count: number;
	/** By our own count. */
	readonly tokens: number;
}

export interface SentRequest {
	readonly call: SentCallRow;
	/** False: a call from before it was kept. */
	readonly isKnown: boolean;
	/** Null: the whole conversation, if it is known. */
	readonly sent: SentContext | null;
	/** Null when it can no longer be told: a message or a summary of it is gone. */
	readonly parts: readonly SentPart[] | null;
}

/** Beyond any conversation: all of it is read. */
const allTokens = 1_000_000_000_000;

/**
 * The requests that an answer took, of all its turns up to this one, oldest first; without `callId` all of them.
 *
 * @throws AppError `not_found`, also for another person's turn.
 */
export async function readSentRequests(
	sql: Sql,
	userId: UserId,
	{ turnId, callId }: { readonly turnId: TurnId; readonly callId?: string },
): Promise<SentRequest[]> {
	const calls = await readCalls(sql, userId, turnId);
	if (calls.length === 0) {
		const own = await sql`select from turns where id = ${turnId} and user_id = ${userId}`;
		if (own.length === 0) throw new AppError("not_found", "There is no such answer.");
	}
	const wanted = callId === undefined ? calls : calls.filter((call) => call.callId === callId);
	if (callId !== undefined && wanted.length === 0) throw new AppError("not_found", "There is no such call.");
	const [first] = wanted;
	if (!first) return [];
	const branch = await readBranch(sql, first.userMessageId, allTokens);
	const lengths = await readLaterLengths(sql, branch);
	const summaries = await readSummaries(sql, wanted);
	return await Promise.all(
		wanted.map((call) => toRequest(call, toBranchAt(branch, lengths, call.startedAt), summaries)),
	);
}

async function readCalls(sql: Sql, userId: UserId, turnId: TurnId): Promise<SentCallRow[]> {
	return await sql<SentCallRow[]>`
		select model_calls.id as "callId", model_calls.model_id as "modelId", outcome, model_calls.started_at as "startedAt",
			usage_source as "usageSource", input_tokens as "inputTokens", cached_input_tokens as "cachedInputTokens",
			cache_write_tokens as "cacheWriteTokens", coalesce(cache_write_1h_tokens, 0) as "cacheWrite1hTokens", prices,
			parts.user_message_id as "userMessageId", answers.text as answer, sent_context as stored
		from turns join turns as parts on parts.assistant_message_id = turns.assistant_message_id
			join model_calls on model_calls.turn_id = parts.id
			join messages as answers on answers.id = turns.assistant_message_id
		where turns.id = ${turnId} and turns.user_id = ${userId} and parts.started_at <= turns.started_at
			and (coalesce(purpose, 'answer') = 'answer' or purpose = 'draft' and not exists (
				select from model_calls as answering where answering.turn_id = parts.id and answering.purpose = 'answer'))
		order by model_calls.started_at, attempt, model_calls.id`;
}

/** When an answer grew, and how many characters it had before. */
interface LaterLength {
	readonly messageId: string;
	readonly startedAt: Date;
	readonly characters: number;
}

/** Answers that were continued: what was sent of them before had less text. */
async function readLaterLengths(sql: Sql, branch: readonly ConversationMessage[]): Promise<LaterLength[]> {
	const answers = branch.flatMap(({ id, role }) => (id !== undefined && role === "assistant" ? [id] : []));
	return await sql<LaterLength[]>`
		select assistant_message_id as "messageId", started_at as "startedAt",
			(receipt #>> '{modelSpans,0,fromCharacter}')::int as characters
		from turns where assistant_message_id = any(${answers}::uuid[])
			and (receipt #>> '{modelSpans,0,fromCharacter}')::int > 0
		order by started_at`;
}

/** The branch as it stood when a call began. */
function toBranchAt(
	branch: readonly ConversationMessage[],
	lengths: readonly LaterLength[],
	at: Date,
): readonly ConversationMessage[] {
	if (lengths.length === 0) return branch;
	return branch.map((message) => {
		const grown = lengths.find(({ messageId, startedAt }) => messageId === message.id && startedAt > at);
		if (!grown) return message;
		const text = message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
		return { ...message, parts: toTextParts(text.slice(0, grown.characters)) };
	});
}

async function readSummaries(sql: Sql, calls: readonly SentCallRow[]) {
	const ids = calls.flatMap(({ stored }) => {
		const sent = storedSent.safeParse(stored);
		return sent.data
			? sent.data.items.flatMap((item) => (item.type === "summary" ? [item.summaryId] : []))
			: [];
	});
	if (ids.length === 0) return [];
	return await sql<{ id: string; throughMessageId: string; text: string; tokens: number }[]>`
		select id, through_message_id as "throughMessageId", text, tokens from context_summaries
		where id = any(${ids}::uuid[])`;
}

async function toRequest(
	call: SentCallRow,
	branch: readonly ConversationMessage[],
	summaries: Awaited<ReturnType<typeof readSummaries>>,
): Promise<SentRequest> {
	const isKnown = call.stored !== null;
	const parsed = storedSent.safeParse(call.stored);
	if (!parsed.success) return { call, isKnown, sent: null, parts: null };
	const sent = parsed.data;
	const entries = sent === null ? toEntries(branch) : toSentEntries(sent.items, branch, summaries);
	if (!entries || entries.length === 0) return { call, isKnown, sent, parts: null };
	const continued = await toContinuedAt(call.answer, sent?.continuedCharacters);
	const parts = toParts([...entries, ...toEntries(continued)], { branch, continued });
	return { call, isKnown, sent, parts };
}

/** Where the answer went on, what the model had of it, and what asked it to go on; there may have been room for the latter alone. */
async function toContinuedAt(
	answer: string,
	characters: number | undefined,
): Promise<readonly ConversationMessage[]> {
	if (characters === undefined) return [];
	return characters === 0 ? [continuationRequest] : await toContinued(answer.slice(0, characters));
}

interface Placed {
	readonly branch: readonly ConversationMessage[];
	readonly continued: readonly ConversationMessage[];
}

/** Neighbours of one kind are one part. */
function toParts(entries: readonly Entry[], placed: Placed): SentPart[] {
	const parts: SentPart[] = [];
	for (const entry of entries) {
		const kind = toKind(entry, placed);
		const part: SentPart = {
			kind,
			messages: [toModelMessage(entry)],
			count: countMessages(entry, placed),
			tokens: countEntry(entry),
		};
		const before = parts.at(-1);
		if (before?.kind === kind && (kind === "messages" || kind === "continued"))
			parts[parts.length - 1] = {
				kind,
				messages: [...before.messages, ...part.messages],
				count: before.count + part.count,
				tokens: before.tokens + part.tokens,
			};
		else parts.push(part);
	}
	return parts;
}

function countMessages(entry: Entry, { branch }: Placed): number {
	if (entry.type === "message") return 1;
	if (entry.type === "evidence") return entry.messages.length;
	return branch.findIndex(({ id }) => id === entry.summary.throughMessageId) + 1;
}

function toKind(entry: Entry, { branch, continued }: Placed): SentKind {
	if (entry.type !== "message") return entry.type;
	if (entry.message === branch.at(-1)) return "question";
	return continued.includes(entry.message) ? "continued" : "messages";
}

/** Accepting a message. Hand-written SQL: one statement over the thread, its messages and the turn. */
import type { Sql } from "postgres";
import { type ConversationMessage, tokenizer } from "../../context/index.ts";
import { createId, type MessageId, type ThreadId, type TurnId } from "../../contract/ids.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import { type MessagePart, toPlainText, toStoredParts } from "../../contract/parts.ts";
import type { ContextRequest } from "../../contract/sent-context.ts";
import { isLive } from "../../db/index.ts";
import { toTitle } from "../../threads/index.ts";
import { type AcceptRow, toClauses } from "./accept-clauses.ts";
import {
	accept,
	type NamedRequest,
	type QuotedAcceptor,
	toRequestHash,
	type WantedTurn,
} from "./accept-turn.ts";

export interface SendInput extends NamedRequest {
	readonly parts: readonly MessagePart[];
	/**
	 * What came before, of a conversation that the caller keeps: the message begins a thread that is in no list, holds all of it and is
	 * removed after some time. Absent: the conversation is kept here.
	 */
	readonly earlier?: readonly ModelMessage[] | undefined;
	readonly threadId?: ThreadId;
	/** Absent: the end of the branch viewed last. Null: a new first message. An id: the answer to go on from. */
	readonly parentMessageId?: MessageId | null;
	readonly model?: string;
	/** Tokens of the answer at most; the model's and the plan's own limits hold as well. */
	readonly maxOutputTokens?: number;
	readonly context?: ContextRequest;
}

/** A message whose tokens were counted, as `countMessageTokens` counts them. */
export interface CountedMessage extends SendInput {
	readonly tokens: number;
	readonly earlier?: readonly ConversationMessage[] | undefined;
}

/**
 * Accepts a message: idempotency claim, ownership, user message, assistant message and turn in one statement. The same
 * `clientMessageId` again answers with the first one's ids. Errors as `accept`.
 */
export function acceptSend(sql: Sql, input: CountedMessage, by: QuotedAcceptor) {
	const wanted = toWanted(input, by);
	const { replay, accepted, newTurn, firstEvents, answer } = toClauses(sql, wanted);
	const { isNewThread, earlier } = wanted;
	const lastEarlierId = earlier.at(-1)?.id;
	const parentMode =
		isNewThread || input.parentMessageId === null ? "root" : input.parentMessageId ? "given" : "leaf";
	const threadId = input.threadId ?? createId<ThreadId>();
	const userMessageId = createId<MessageId>();
	const assistantMessageId = createId<MessageId>();
	const text = toPlainText(input.parts);
	const stored = toStoredParts(input.parts);
	return accept(
		wanted,
		() => sql<AcceptRow[]>`
		with replay as (${replay}), owned as (
			select id, active_leaf_id from threads
			where id = ${threadId} and user_id = ${by.userId} and deleted_at is null and origin <> 'api'
			for no key update
		), parent as (
			select messages.id from messages join owned on messages.thread_id = owned.id
			where messages.role = 'assistant' and messages.id =
				case when ${parentMode} = 'leaf' then owned.active_leaf_id else ${input.parentMessageId ?? null}::uuid end
		), live as (
			select id from turns
			where thread_id = ${threadId} and ${isLive(sql)}
				and (branch_point_id = coalesce((select id from parent), ${threadId})
					or assistant_message_id = (select id from parent))
		), wanted as (
			select ${threadId}::uuid as thread_id, ${userMessageId}::uuid as user_message_id,
				${assistantMessageId}::uuid as assistant_message_id, (select id from parent) as read_from,
				coalesce((select id from parent), ${threadId}::uuid) as branch_point_id, '' as text_before
			where not exists (select from replay) and not exists (select from live)
				and (${isNewThread} or exists (select from owned))
				and (${parentMode} = 'root' or exists (select from parent))
		), ${accepted}, new_thread as (
			insert into threads (id, user_id, title, active_leaf_id, origin)
			select thread_id, ${by.userId}, ${toTitle(input.parts)}, assistant_message_id,
				${toOrigin(input, by)} from accepted where ${isNewThread}
		), touched_thread as (
			update threads set active_leaf_id = assistant_message_id, active_at = now(), origin = 'chat'
			from accepted where threads.id = thread_id and not ${isNewThread}
		), ${earlier.length > 0 ? sql`${toEarlier(sql, earlier)},` : sql``} new_messages as (
			insert into messages (id, thread_id, parent_id, role, text, parts, token_count, tokenizer)
			select given.id, accepted.thread_id, given.parent_id, given.role, given.text, given.parts, given.token_count,
				given.tokenizer
			from accepted, lateral (values
				(user_message_id, ${lastEarlierId ? sql`${lastEarlierId}::uuid` : sql`accepted.read_from`}, 'user', ${text},
					${stored && JSON.stringify(stored)}::text::jsonb, ${wanted.added.tokens}::int, ${tokenizer}),
				(assistant_message_id, user_message_id, 'assistant', '', null, null, null)
			) as given (id, parent_id, role, text, parts, token_count, tokenizer)
		), new_turn as (${newTurn}), first_events as (${firstEvents})
		${answer}`,
	);
}

const toOrigin = ({ earlier }: CountedMessage, { priority }: QuotedAcceptor) => {
	if (priority === "background") return "batch";
	return earlier ? "api" : "chat";
};

/** The messages of a conversation that the caller keeps, each below the one before it. */
function toEarlier(sql: Sql, earlier: readonly ConversationMessage[]) {
	const rows = earlier.map(({ id, role, parts, tokens }, place) => ({
		id,
		parent_id: earlier[place - 1]?.id ?? null,
		role,
		text: toPlainText(parts),
		parts: toStoredParts(parts),
		token_count: tokens,
	}));
	return sql`
		earlier_messages as (
			insert into messages (id, thread_id, parent_id, role, text, parts, token_count, tokenizer)
			select given.id, accepted.thread_id, given.parent_id, given.role, given.text, given.parts, given.token_count, ${tokenizer}
			from accepted, jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
				as given (id uuid, parent_id uuid, role text, text text, parts jsonb, token_count int)
		)`;
}

function toWanted(input: CountedMessage, by: QuotedAcceptor) {
	const { parts, threadId, parentMessageId, model } = input;
	// A message of text alone is named by its text, as it was before messages had parts.
	const content = toStoredParts(parts) ? parts : toPlainText(parts);
	const asked = [
		"send",
		content,
		threadId,
		parentMessageId,
		model,
		...(input.earlier ? [input.earlier] : []),
	];
	return {
		...by,
		turnId: createId<TurnId>(),
		clientMessageId: input.clientMessageId,
		keyId: input.keyId,
		requestedModel: model ?? "auto",
		requestHash: toRequestHash(asked, input),
		contextStrategy: input.context?.strategy ?? null,
		added: { role: "user", parts, tokens: input.tokens },
		earlier: (input.earlier ?? []).map((message) => ({ ...message, id: createId<MessageId>() })),
		isNewThread: threadId === undefined,
	} satisfies WantedTurn;
}

/** Accepting a further or a longer answer. Hand-written SQL: one statement over the thread, its messages and the turn. */
import type { Sql } from "postgres";
import { createId, type MessageId, type TurnId } from "../../contract/ids.ts";
import type { ContextRequest } from "../../contract/sent-context.ts";
import { unfinishedStatuses } from "../../contract/turn-status.ts";
import { isLive } from "../../db/index.ts";
import { type AcceptRow, toClauses } from "./accept-clauses.ts";
import {
	accept,
	type NamedRequest,
	type QuotedAcceptor,
	toRequestHash,
	type WantedTurn,
} from "./accept-turn.ts";

export interface RegenerateInput extends NamedRequest {
	readonly userMessageId: MessageId;
	readonly model?: string;
	/** Tokens of the answer at most. */
	readonly maxOutputTokens?: number;
	readonly context?: ContextRequest;
}

export interface ContinueInput extends NamedRequest {
	readonly assistantMessageId: MessageId;
	readonly model?: string;
	/** Tokens of the answer at most. */
	readonly maxOutputTokens?: number;
	readonly context?: ContextRequest;
}

/** Accepts a further answer to a user message: a sibling of the answers it has. Errors as `accept`. */
export function acceptRegenerate(sql: Sql, input: RegenerateInput, by: QuotedAcceptor) {
	const assistantMessageId = createId<MessageId>();
	const wanted = toWanted(input, by, ["regenerate", input.userMessageId, input.model]);
	const { replay, accepted, newTurn, firstEvents, answer } = toClauses(sql, wanted);
	return accept(
		wanted,
		() => sql<AcceptRow[]>`
		with replay as (${replay}), owned as (
			select threads.id as thread_id, messages.id as user_message_id
			from threads join messages on messages.thread_id = threads.id
			where messages.id = ${input.userMessageId} and messages.role = 'user'
				and threads.user_id = ${by.userId} and deleted_at is null
			for no key update of threads
		), live as (
			select turns.id from turns join owned using (thread_id, user_message_id)
			where ${isLive(sql)}
		), wanted as (
			select thread_id, user_message_id, ${assistantMessageId}::uuid as assistant_message_id,
				user_message_id as branch_point_id, user_message_id as read_from, '' as text_before
			from owned where not exists (select from replay) and not exists (select from live)
		), ${accepted}, touched_thread as (
			update threads set active_leaf_id = assistant_message_id, active_at = now()
			from accepted where threads.id = accepted.thread_id
		), new_message as (
			insert into messages (id, thread_id, parent_id, role, text)
			select assistant_message_id, thread_id, user_message_id, 'assistant', '' from accepted
		), new_turn as (${newTurn}), first_events as (${firstEvents})
		${answer}`,
	);
}

/**
 * Accepts that an answer which ended early goes on in the same message, by the rule of `canContinue`. Errors as `accept`;
 * `invalid_request` for an answer that is complete, filtered or empty.
 */
export function acceptContinue(sql: Sql, input: ContinueInput, by: QuotedAcceptor) {
	const wanted = toWanted(input, by, ["continue", input.assistantMessageId, input.model]);
	const { replay, accepted, newTurn, firstEvents, answer } = toClauses(sql, wanted);
	return accept(
		wanted,
		() => sql<AcceptRow[]>`
		with replay as (${replay}), owned as (
			select threads.id as thread_id, messages.parent_id as user_message_id, messages.id as assistant_message_id, text
			from threads join messages on messages.thread_id = threads.id
			where messages.id = ${input.assistantMessageId} and messages.role = 'assistant'
				and threads.user_id = ${by.userId} and deleted_at is null
			for no key update of threads
		), live as (
			select turns.id from turns join owned using (thread_id)
			where ${isLive(sql)}
				and (turns.user_message_id = owned.user_message_id or branch_point_id = owned.assistant_message_id)
		), last_turn as (
			select status, receipt ->> 'finishReason' as finish_reason from turns
			where turns.assistant_message_id = ${input.assistantMessageId} order by started_at desc, id desc limit 1
		), wanted as (
			select thread_id, user_message_id, assistant_message_id, user_message_id as branch_point_id,
				user_message_id as read_from, text as text_before
			from owned, last_turn
			where not exists (select from replay) and not exists (select from live) and text <> ''
				and (status = any(${unfinishedStatuses}::text[]) or status = 'complete' and finish_reason = 'length')
		), ${accepted}, touched_thread as (
			update threads set active_at = now() from accepted where threads.id = accepted.thread_id
		), new_turn as (${newTurn}), first_events as (${firstEvents})
		${answer}, case when exists (select from owned)
			then 'Only an answer that was stopped, cut off or too long, and has some text, can be continued.' end as refusal`,
	);
}

function toWanted(
	input: RegenerateInput | ContinueInput,
	by: QuotedAcceptor,
	asked: readonly unknown[],
): WantedTurn {
	return {
		...by,
		turnId: createId<TurnId>(),
		clientMessageId: input.clientMessageId,
		keyId: input.keyId,
		requestedModel: input.model ?? "auto",
		requestHash: toRequestHash(asked, input),
		contextStrategy: input.context?.strategy ?? null,
		added: null,
		earlier: [],
		isNewThread: false,
	};
}

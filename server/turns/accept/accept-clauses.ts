/**
 * The clauses that every accepting statement shares. Hand-written SQL: accepting a turn is one statement, so that one COMMIT
 * comes between a message and the call of its model.
 */
import type { Sql } from "postgres";
import type { TurnIds } from "../../contract/turn.ts";
import { type RefusalRow, type Reservation, toReserveCall } from "../../quota/index.ts";
import { type ConversationRow, toConversationRow } from "../../threads/index.ts";
import type { WantedTurn } from "./accept-turn.ts";

/** What an accepting statement answers. One of the first three is set, or the message is not there. */
export interface AcceptRow {
	replay: (TurnIds & { requestHash: string }) | null;
	accepted:
		| (Omit<TurnIds, "turnId"> & {
				textBefore: string;
				reservation: ReservationRow;
				conversation: ConversationRow;
		  })
		| null;
	unpaid: RefusalRow | null;
	liveTurnId: string | null;
	/** Why it was refused, when there is more to say than that it is not there. */
	refusal: string | null;
}

interface ReservationRow extends Omit<Reservation, "reservedNanoUsd"> {
	readonly reservedNanoUsd: string;
}

/**
 * The statement names a row `wanted` (thread_id, user_message_id, assistant_message_id, branch_point_id, read_from, text_before),
 * empty when nothing is to happen, and a row set `live` of turns in the way. `accepted` is the wanted row once its cost is held;
 * the turn and its first events follow from it. `answer` returns the conversation that ends with the message `read_from`.
 */
export function toClauses(sql: Sql, wanted: WantedTurn) {
	return {
		replay: toReplay(sql, wanted),
		accepted: toAccepted(sql, wanted),
		newTurn: toNewTurn(sql, wanted),
		firstEvents: toFirstEvents(sql, wanted),
		answer: toAnswer(sql, wanted),
	};
}

const toReplay = (sql: Sql, { userId, clientMessageId }: WantedTurn) => sql`
	select id as "turnId", thread_id as "threadId", user_message_id as "userMessageId",
		assistant_message_id as "assistantMessageId", request_hash as "requestHash"
	from turns where user_id = ${userId} and client_message_id = ${clientMessageId}`;

const toAccepted = (sql: Sql, { userId, turnId, keyId, quote }: WantedTurn) => sql`
	held as (
		select held.* from wanted, lateral ${toReserveCall(sql, { userId, turnId, keyId }, quote)} as held
	), accepted as (
		select wanted.*, held.* from wanted, held where held.refusal is null
	)`;

function toNewTurn(sql: Sql, wanted: WantedTurn) {
	const {
		turnId,
		userId,
		lease,
		clientMessageId,
		requestHash,
		requestedModel,
		contextStrategy,
		priority,
		keyId = null,
		quote,
	} = wanted;
	return sql`
		insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id,
			request_hash, branch_point_id, requested_model, context_strategy, model_id, priority, key_id, status, lease_owner, lease_expires_at,
			max_output_tokens, reserved_nano_usd, reserved_tokens, quota_keys, quota_nano_usd, open_models, open_tiers)
		select ${turnId}::uuid, ${userId}, thread_id, user_message_id, assistant_message_id, ${clientMessageId},
			${requestHash}, branch_point_id, ${requestedModel}, ${contextStrategy}, ${quote.modelId}, ${priority}, ${keyId}::uuid, 'running', ${lease.owner},
			now() + ${lease.ms} * interval '1 millisecond', output_tokens, nano_usd, tokens, keys, nanos, open_models,
			open_tiers
		from accepted`;
}

const toFirstEvents = (sql: Sql, { turnId }: WantedTurn) => sql`
	insert into turn_events (turn_id, seq, epoch, event)
	select ${turnId}::uuid, 1, 1, json_build_object('type', 'turn-start', 'version', 1, 'turnId', ${turnId}::text,
		'threadId', thread_id, 'userMessageId', user_message_id, 'assistantMessageId', assistant_message_id)
	from accepted
	union all
	select ${turnId}::uuid, 2, 1, json_build_object('type', 'text-reset', 'text', text_before)
	from accepted where text_before <> ''`;

const toAnswer = (sql: Sql, { quote, userId }: WantedTurn) => sql`
	select (select row_to_json(replay) from replay) as replay,
		(select json_build_object('threadId', thread_id, 'userMessageId', user_message_id,
			'assistantMessageId', assistant_message_id, 'textBefore', text_before,
			'conversation', ${toConversationRow(sql, {
				leaf: sql`accepted.read_from`,
				threadId: sql`accepted.thread_id`,
				userId,
				tokensMax: quote.conversationTokensMax,
			})},
			'reservation', json_build_object('reservedNanoUsd', nano_usd::text, 'reservedTokens', tokens,
				'maxOutputTokens', output_tokens, 'quotaKeys', keys, 'quotaNanoUsd', nanos::text[],
				'open', json_build_object('openModels', open_models, 'openTiers', open_tiers))) from accepted) as accepted,
		(select row_to_json(held) from held where refusal is not null) as unpaid,
		(select id from live limit 1) as "liveTurnId"`;

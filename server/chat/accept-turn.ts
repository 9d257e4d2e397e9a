import { createHash } from "node:crypto";
import type { Sql } from "postgres";
import { AppError } from "../errors.ts";
import { createId, type MessageId, type ThreadId, type TurnId, type UserId } from "../ids.ts";
import { toTitle } from "../threads/index.ts";
import type { TurnEvent, TurnIds } from "../turn.ts";

export interface SendInput {
	readonly clientMessageId: string;
	readonly text: string;
	readonly threadId?: ThreadId;
	/** Absent: the end of the branch viewed last. Null: a new first message. An id: the answer to go on from. */
	readonly parentMessageId?: MessageId | null;
	readonly model?: string;
}

export interface RegenerateInput {
	readonly clientMessageId: string;
	readonly userMessageId: MessageId;
	readonly model?: string;
}

export interface AcceptedTurn extends TurnIds {
	readonly userId: UserId;
	readonly isReplay: boolean;
	/** The message that begins a thread; null in a thread that has others. */
	readonly firstText: string | null;
	readonly requestedModel: string;
	readonly epoch: number;
	/** Stored with the turn, seq 1 and on. */
	readonly firstEvents: readonly TurnEvent[];
}

/** Who runs the turn, and for how long without renewing. */
export interface Lease {
	readonly owner: string;
	readonly ms: number;
}

interface AcceptRow {
	replay: (TurnIds & { requestHash: string }) | null;
	isAccepted: boolean;
	isFound: boolean;
	liveTurnId: string | null;
	threadId: ThreadId | null;
}

/**
 * Accepts a message: idempotency claim, ownership, user message, assistant message and turn in one statement, which is
 * one transaction; what it returns is committed. The same `clientMessageId` again answers with the first one's ids.
 *
 * @throws AppError `not_found` (thread or parent, also somebody else's), `turn_live`, `idempotency_conflict`.
 */
export function acceptSend(sql: Sql, input: SendInput, by: { userId: UserId; lease: Lease }) {
	const isNewThread = input.threadId === undefined;
	const parentMode =
		isNewThread || input.parentMessageId === null ? "root" : input.parentMessageId ? "given" : "leaf";
	const ids = createTurnIds(input.threadId);
	const wanted = {
		...by,
		ids,
		clientMessageId: input.clientMessageId,
		requestedModel: input.model ?? "auto",
		requestHash: toHash(["send", input.text, input.threadId, input.parentMessageId, input.model]),
		firstText: isNewThread ? input.text : null,
	};
	const events = JSON.stringify(toFirstEvent(ids));
	return accept(
		wanted,
		() => sql<AcceptRow[]>`
		with replay as (
			select id as "turnId", thread_id as "threadId", user_message_id as "userMessageId",
				assistant_message_id as "assistantMessageId", request_hash as "requestHash"
			from turns where user_id = ${by.userId} and client_message_id = ${input.clientMessageId}
		), owned as (
			select id, active_leaf_id from threads
			where id = ${ids.threadId} and user_id = ${by.userId} and deleted_at is null
			for no key update
		), parent as (
			select messages.id from messages join owned on messages.thread_id = owned.id
			where messages.role = 'assistant' and messages.id =
				case when ${parentMode} = 'leaf' then owned.active_leaf_id else ${input.parentMessageId ?? null}::uuid end
		), live as (
			select id from turns
			where thread_id = ${ids.threadId} and status in ('queued', 'running')
				and (branch_point_id = coalesce((select id from parent), ${ids.threadId})
					or assistant_message_id = (select id from parent))
		), accepted as (
			select (select id from parent) as parent_id
			where not exists (select from replay) and not exists (select from live)
				and (${isNewThread} or exists (select from owned))
				and (${parentMode} = 'root' or exists (select from parent))
		), new_thread as (
			insert into threads (id, user_id, title, active_leaf_id)
			select ${ids.threadId}, ${by.userId}, ${toTitle(input.text)}, ${ids.assistantMessageId}::uuid
			from accepted where ${isNewThread}
		), touched_thread as (
			update threads set active_leaf_id = ${ids.assistantMessageId}, active_at = now()
			from accepted where threads.id = ${ids.threadId} and not ${isNewThread}
		), new_messages as (
			insert into messages (id, thread_id, parent_id, role, text)
			select given.id, ${ids.threadId}, coalesce(given.parent_id, accepted.parent_id), given.role, given.text
			from accepted, (values
				(${ids.userMessageId}::uuid, null::uuid, 'user', ${input.text}),
				(${ids.assistantMessageId}::uuid, ${ids.userMessageId}::uuid, 'assistant', '')
			) as given (id, parent_id, role, text)
		), new_turn as (
			insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id,
				request_hash, branch_point_id, requested_model, status, lease_owner, lease_expires_at)
			select ${ids.turnId}::uuid, ${by.userId}, ${ids.threadId}, ${ids.userMessageId}, ${ids.assistantMessageId},
				${input.clientMessageId}, ${wanted.requestHash}, coalesce(accepted.parent_id, ${ids.threadId}),
				${wanted.requestedModel}, 'running', ${by.lease.owner}, now() + ${by.lease.ms} * interval '1 millisecond'
			from accepted
		), first_event as (
			insert into turn_events (turn_id, seq, epoch, event)
			select ${ids.turnId}::uuid, 1, 1, ${events}::text::json from accepted
		)
		select (select row_to_json(replay) from replay) as replay,
			exists (select from accepted) as "isAccepted",
			(${isNewThread} or exists (select from owned)) and (${parentMode} = 'root' or exists (select from parent)) as "isFound",
			(select id from live limit 1) as "liveTurnId",
			(select id from owned) as "threadId"`,
	);
}

/** Accepts a further answer to a user message: a sibling of the answers it has. Otherwise as `acceptSend`. */
export function acceptRegenerate(sql: Sql, input: RegenerateInput, by: { userId: UserId; lease: Lease }) {
	const fresh = createTurnIds(undefined);
	const ids = { ...fresh, userMessageId: input.userMessageId };
	const wanted = {
		...by,
		ids,
		clientMessageId: input.clientMessageId,
		requestedModel: input.model ?? "auto",
		requestHash: toHash(["regenerate", input.userMessageId, input.model]),
		firstText: null,
	};
	return accept(
		wanted,
		() => sql<AcceptRow[]>`
		with replay as (
			select id as "turnId", thread_id as "threadId", user_message_id as "userMessageId",
				assistant_message_id as "assistantMessageId", request_hash as "requestHash"
			from turns where user_id = ${by.userId} and client_message_id = ${input.clientMessageId}
		), owned as (
			select threads.id from threads join messages on messages.thread_id = threads.id
			where messages.id = ${input.userMessageId} and messages.role = 'user'
				and threads.user_id = ${by.userId} and deleted_at is null
			for no key update of threads
		), live as (
			select turns.id from turns join owned on turns.thread_id = owned.id
			where user_message_id = ${input.userMessageId} and status in ('queued', 'running')
		), accepted as (
			select id as thread_id from owned
			where not exists (select from replay) and not exists (select from live)
		), touched_thread as (
			update threads set active_leaf_id = ${ids.assistantMessageId}, active_at = now()
			from accepted where threads.id = accepted.thread_id
		), new_message as (
			insert into messages (id, thread_id, parent_id, role, text)
			select ${ids.assistantMessageId}::uuid, thread_id, ${input.userMessageId}, 'assistant', '' from accepted
		), new_turn as (
			insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id,
				request_hash, branch_point_id, requested_model, status, lease_owner, lease_expires_at)
			select ${ids.turnId}::uuid, ${by.userId}, thread_id, ${input.userMessageId}, ${ids.assistantMessageId},
				${input.clientMessageId}, ${wanted.requestHash}, ${input.userMessageId}, ${wanted.requestedModel},
				'running', ${by.lease.owner}, now() + ${by.lease.ms} * interval '1 millisecond'
			from accepted
		), first_event as (
			insert into turn_events (turn_id, seq, epoch, event)
			select ${ids.turnId}::uuid, 1, 1,
				json_build_object('type', 'turn-start', 'version', 1, 'turnId', ${ids.turnId}::text, 'threadId', thread_id,
					'userMessageId', ${input.userMessageId}::text, 'assistantMessageId', ${ids.assistantMessageId}::text)
			from accepted
		)
		select (select row_to_json(replay) from replay) as replay,
			exists (select from accepted) as "isAccepted",
			exists (select from owned) as "isFound",
			(select id from live limit 1) as "liveTurnId",
			(select id from owned) as "threadId"`,
	);
}

interface Wanted {
	readonly userId: UserId;
	readonly ids: TurnIds;
	readonly clientMessageId: string;
	readonly requestedModel: string;
	readonly requestHash: string;
	readonly firstText: string | null;
}

/** Runs the statement again when a twin got in between: the second look finds the twin's row, so three looks suffice. */
async function accept(wanted: Wanted, statement: () => PromiseLike<AcceptRow[]>): Promise<AcceptedTurn> {
	let row: AcceptRow | undefined;
	for (let look = 1; look <= 3; look++) {
		try {
			[row] = await statement();
		} catch (error) {
			if (look < 3 && isUniqueViolation(error)) continue;
			throw error;
		}
		if (row?.replay || row?.isAccepted || row?.liveTurnId) break;
	}
	if (row?.replay) return toReplay(wanted, row.replay);
	if (row?.isAccepted) {
		const ids = { ...wanted.ids, threadId: row.threadId ?? wanted.ids.threadId };
		return toAccepted(wanted, ids, false);
	}
	if (row?.liveTurnId)
		throw new AppError("turn_live", "An answer is still being written here: stop it or wait for its end.", {
			details: { turnId: row.liveTurnId },
		});
	throw new AppError("not_found", "There is no such conversation or message.");
}

function toReplay(wanted: Wanted, { requestHash, ...ids }: TurnIds & { requestHash: string }): AcceptedTurn {
	if (requestHash !== wanted.requestHash)
		throw new AppError("idempotency_conflict", "This clientMessageId was used before, for another message.");
	return toAccepted(wanted, ids, true);
}

function toAccepted(wanted: Wanted, ids: TurnIds, isReplay: boolean): AcceptedTurn {
	const { userId, requestedModel, firstText } = wanted;
	return {
		...ids,
		userId,
		requestedModel,
		firstText,
		isReplay,
		epoch: 1,
		firstEvents: [toFirstEvent(ids)],
	};
}

function createTurnIds(threadId: ThreadId | undefined): TurnIds {
	return {
		threadId: threadId ?? createId<ThreadId>(),
		turnId: createId<TurnId>(),
		userMessageId: createId<MessageId>(),
		assistantMessageId: createId<MessageId>(),
	};
}

function toFirstEvent({ turnId, threadId, userMessageId, assistantMessageId }: TurnIds): TurnEvent {
	return { type: "turn-start", version: 1, turnId, threadId, userMessageId, assistantMessageId };
}

function toHash(parts: readonly unknown[]): string {
	return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

function isUniqueViolation(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "23505";
}

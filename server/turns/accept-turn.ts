import { createHash } from "node:crypto";
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import type { LoggedEvent, TurnEvent, TurnIds } from "../contract/turn.ts";
import {
	type Quote,
	type RefusalRow,
	type Reservation,
	toQuotaError,
	toReserveCall,
} from "../quota/index.ts";
import type { QueueRequest } from "../resilience/index.ts";

/** Whose calls go first where a model is busy. */
export type Priority = QueueRequest["priority"];

export interface AcceptedTurn extends TurnIds {
	readonly userId: UserId;
	readonly isReplay: boolean;
	/** The message that begins a thread; null in a thread that has others. */
	readonly firstText: string | null;
	/** What is held for the turn until it ends. */
	readonly reservation: Reservation;
	/** What the answer holds already, when this turn continues it; else empty. */
	readonly textBefore: string;
	readonly requestedModel: string;
	readonly priority: Priority;
	readonly epoch: number;
	/** Milliseconds since it was accepted, when this process got it: 0 unless it was taken over. */
	readonly ageMs: number;
	/** What the log holds already. */
	readonly logged: readonly LoggedEvent[];
}

/** Who runs the turn, and for how long without renewing. */
export interface Lease {
	readonly owner: string;
	readonly ms: number;
}

/** For whom a turn is accepted, and by which process. */
export interface Acceptor {
	readonly userId: UserId;
	readonly lease: Lease;
}

export interface QuotedAcceptor extends Acceptor {
	readonly quote: Quote;
	/** Absent: `people`. */
	readonly priority?: Priority;
}

/** A request by its name, of which one takes effect. */
export interface NamedRequest {
	readonly clientMessageId: string;
	/** Told when it was accepted before, as soon as that is known. */
	readonly onReplay?: () => Promise<void>;
}

/** What a turn is asked to be, before the database has said yes. */
export interface WantedTurn extends QuotedAcceptor {
	readonly turnId: TurnId;
	readonly clientMessageId: string;
	readonly requestedModel: string;
	/** Of everything that was asked for under the `clientMessageId`. */
	readonly requestHash: string;
	readonly firstText: string | null;
}

/** The answer of an accepting statement. One of the first three is set, or the message is not there. */
export interface AcceptRow {
	replay: (TurnIds & { requestHash: string }) | null;
	accepted: (Omit<TurnIds, "turnId"> & { textBefore: string; reservation: ReservationRow }) | null;
	unpaid: RefusalRow | null;
	liveTurnId: string | null;
	/** Why it was refused, when there is more to say than that it is not there. */
	refusal: string | null;
}

interface ReservationRow extends Omit<Reservation, "reservedNanoUsd"> {
	readonly reservedNanoUsd: string;
}

/**
 * The parts that every accepting statement shares. The statement names a row `wanted` (thread_id, user_message_id,
 * assistant_message_id, branch_point_id, text_before), empty when nothing is to happen, and a row set `live` of turns in
 * the way. `accepted` is the wanted row once its cost is held; the turn and its first events follow from it.
 */
export function toParts(sql: Sql, wanted: WantedTurn) {
	const { turnId, userId, lease, clientMessageId, requestHash, requestedModel, quote } = wanted;
	const priority = wanted.priority ?? "people";
	return {
		accepted: sql`
			held as (
				select held.* from wanted, lateral ${toReserveCall(sql, { userId, turnId }, quote)} as held
			), accepted as (
				select wanted.*, held.* from wanted, held where held.refusal is null
			)`,
		replay: sql`
			select id as "turnId", thread_id as "threadId", user_message_id as "userMessageId",
				assistant_message_id as "assistantMessageId", request_hash as "requestHash"
			from turns where user_id = ${userId} and client_message_id = ${clientMessageId}`,
		newTurn: sql`
			insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id,
				request_hash, branch_point_id, requested_model, priority, status, lease_owner, lease_expires_at, max_output_tokens,
				reserved_nano_usd, reserved_tokens, quota_keys, quota_nano_usd, open_models, open_tiers)
			select ${turnId}::uuid, ${userId}, thread_id, user_message_id, assistant_message_id, ${clientMessageId},
				${requestHash}, branch_point_id, ${requestedModel}, ${priority}, 'running', ${lease.owner},
				now() + ${lease.ms} * interval '1 millisecond', output_tokens, nano_usd, tokens, keys, nanos, open_models,
				open_tiers
			from accepted`,
		firstEvents: sql`
			insert into turn_events (turn_id, seq, epoch, event)
			select ${turnId}::uuid, 1, 1, json_build_object('type', 'turn-start', 'version', 1, 'turnId', ${turnId}::text,
				'threadId', thread_id, 'userMessageId', user_message_id, 'assistantMessageId', assistant_message_id)
			from accepted
			union all
			select ${turnId}::uuid, 2, 1, json_build_object('type', 'text-reset', 'text', text_before)
			from accepted where text_before <> ''`,
		answer: sql`
			select (select row_to_json(replay) from replay) as replay,
				(select json_build_object('threadId', thread_id, 'userMessageId', user_message_id,
					'assistantMessageId', assistant_message_id, 'textBefore', text_before,
					'reservation', json_build_object('reservedNanoUsd', nano_usd::text, 'reservedTokens', tokens,
						'maxOutputTokens', output_tokens, 'quotaKeys', keys, 'quotaNanoUsd', nanos::text[],
						'open', json_build_object('openModels', open_models, 'openTiers', open_tiers))) from accepted) as accepted,
				(select row_to_json(held) from held where refusal is not null) as unpaid,
				(select id from live limit 1) as "liveTurnId"`,
	};
}

/**
 * Runs an accepting statement, which is one transaction: what it returns is committed. When a twin got in between, it runs
 * again: the second look finds the twin's row, so three looks suffice. A refusal is looked at twice, because the statement
 * that met it may have waited for the twin that took the last place, and does not see it yet.
 *
 * @throws AppError `not_found` (also somebody else's), `turn_live`, `idempotency_conflict`, `invalid_request`.
 */
export async function accept(
	wanted: WantedTurn,
	statement: () => PromiseLike<AcceptRow[]>,
): Promise<AcceptedTurn> {
	let row: AcceptRow | undefined;
	for (let look = 1; look <= 3; look++) {
		try {
			[row] = await statement();
		} catch (error) {
			if (look < 3 && hasState(error, "23505")) continue;
			// The account was deleted while the statement ran: it refers to nobody, and nothing of it is stored.
			if (hasState(error, "23503"))
				throw new AppError("unauthorized", "The session has ended.", { cause: error });
			throw error;
		}
		if (row?.replay || row?.accepted) break;
		// Nobody waits to learn which models a plan has, and `auto` asks on for one of those.
		const isSure = look > 1 || row?.unpaid?.refusal === "model_not_allowed";
		if (isSure && (row?.liveTurnId || row?.unpaid)) break;
	}
	if (row?.replay) return toReplay(wanted, row.replay);
	if (row?.accepted) {
		const { textBefore, reservation, ...ids } = row.accepted;
		const reservedNanoUsd = BigInt(reservation.reservedNanoUsd);
		return toAccepted(
			wanted,
			{ ...ids, turnId: wanted.turnId },
			{ isReplay: false, textBefore, reservation: { ...reservation, reservedNanoUsd } },
		);
	}
	if (row?.liveTurnId)
		throw new AppError("turn_live", "An answer is still being written here: stop it or wait for its end.", {
			details: { turnId: row.liveTurnId },
		});
	if (row?.unpaid) throw toQuotaError(row.unpaid);
	if (row?.refusal) throw new AppError("invalid_request", row.refusal);
	throw new AppError("not_found", "There is no such conversation or message.");
}

function toReplay(wanted: WantedTurn, { requestHash, ...ids }: TurnIds & { requestHash: string }) {
	if (requestHash !== wanted.requestHash)
		throw new AppError("idempotency_conflict", "This clientMessageId was used before, for something else.");
	return toAccepted(wanted, ids, { isReplay: true, textBefore: "", reservation: nothingHeld });
}

function toAccepted(
	{ userId, requestedModel, priority = "people", firstText }: WantedTurn,
	ids: TurnIds,
	more: Pick<AcceptedTurn, "isReplay" | "textBefore" | "reservation">,
): AcceptedTurn {
	const { turnId, threadId, userMessageId, assistantMessageId } = ids;
	const events: TurnEvent[] = [
		{ type: "turn-start", version: 1, turnId, threadId, userMessageId, assistantMessageId },
	];
	if (more.textBefore !== "") events.push({ type: "text-reset", text: more.textBefore });
	const logged = events.map((event, index) => ({ epoch: 1, seq: index + 1, event }));
	return {
		...{ turnId, threadId, userMessageId, assistantMessageId },
		...{ userId, requestedModel, priority, firstText, epoch: 1, ageMs: 0, logged },
		...more,
	};
}

/** Of a turn that somebody else runs. */
const nothingHeld: Reservation = {
	reservedNanoUsd: 0n,
	reservedTokens: 0,
	maxOutputTokens: 0,
	quotaKeys: [],
	quotaNanoUsd: [],
	open: { openModels: null, openTiers: null },
};

export function toHash(parts: readonly unknown[]): string {
	return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

const hasState = (error: unknown, state: "23503" | "23505"): boolean =>
	error instanceof Error && "code" in error && error.code === state;

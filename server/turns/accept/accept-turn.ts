import { createHash } from "node:crypto";
import type { Conversation, ConversationMessage } from "../../context/index.ts";
import { AppError } from "../../contract/errors.ts";
import type { TurnId, UserId } from "../../contract/ids.ts";
import type { ContextStrategy, Priority } from "../../contract/kinds.ts";
import type { ContextRequest } from "../../contract/sent-context.ts";
import type { LoggedEvent, TurnEvent, TurnIds } from "../../contract/turn.ts";
import { type Quote, type Reservation, toQuotaError } from "../../quota/index.ts";
import { toConversation } from "../../threads/index.ts";
import type { AcceptRow } from "./accept-clauses.ts";

export interface AcceptedTurn extends TurnIds {
	readonly userId: UserId;
	readonly isReplay: boolean;
	/** The turn's message is the first of its thread. */
	readonly isNewThread: boolean;
	/**
	 * What the turn answers, oldest first and ending with the user's message, as the accepting statement read it. Null for a replay
	 * and for a turn that this process took over.
	 */
	readonly conversation: Conversation | null;
	/** What is held for the turn until it ends. */
	readonly reservation: Reservation;
	/** What the answer holds already, when this turn continues it; else empty. */
	readonly textBefore: string;
	readonly requestedModel: string;
	/** How this request wants its context chosen; null: as the thread or the plan says. */
	readonly contextStrategy: ContextStrategy | null;
	/** The person's plan, and whether its soft limit is reached, where they were read for the quote. */
	readonly routing: TurnQuote["routing"];
	/** The model that was quoted just now; null for a turn that this process took over. */
	readonly modelId: string | null;
	readonly priority: Priority;
	readonly epoch: number;
	/** It waited for its model when its owner died: it must be marked as running before its model is called. */
	readonly isQueued: boolean;
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

/** For whom a turn is accepted, by which process, and what it may cost. */
export interface QuotedAcceptor {
	readonly userId: UserId;
	readonly lease: Lease;
	readonly quote: TurnQuote;
	readonly priority: Priority;
}

export interface TurnQuote extends Quote {
	/** As far back as the model with the largest window may read. */
	readonly conversationTokensMax: number;
	/** What a routing policy needs to know of the person; null: not read. */
	readonly routing: { readonly plan: string; readonly isNearLimit: boolean } | null;
}

/** A request by its name, of which one takes effect. */
export interface NamedRequest {
	readonly clientMessageId: string;
	/** The API key that asks for it, whose limits hold as well; absent: a person asks. */
	readonly keyId?: string | undefined;
	/** Called when it was accepted before, as soon as that is known. */
	readonly onReplay?: () => Promise<void>;
}

/** What a turn is asked to be, before the database has accepted it. */
export interface WantedTurn extends QuotedAcceptor {
	readonly turnId: TurnId;
	readonly clientMessageId: string;
	readonly keyId: string | undefined;
	readonly requestedModel: string;
	/** Of everything that was asked for under the `clientMessageId`. */
	readonly requestHash: string;
	readonly contextStrategy: ContextStrategy | null;
	/** The user's message, where this request brings it. */
	readonly added: ConversationMessage | null;
	/** What came before that message, where the caller keeps the conversation. */
	readonly earlier: readonly ConversationMessage[];
	readonly isNewThread: boolean;
}

/** Runs of the statement at most: a second run sees the row of a twin that came between, or its refusal confirmed. */
const runsMax = 3;

/**
 * Runs an accepting statement, which is one transaction: what it returns is committed. When a request of the same name got in
 * between, it runs again and finds that one's turn. A refusal is confirmed by a second run, because the statement that met it
 * may have waited for the request of the same name that took the last place, and does not see it yet.
 *
 * @throws AppError `not_found` (also for what belongs to others), `turn_live`, `idempotency_conflict`, `invalid_request`, and
 * what `toQuotaError` makes of a refused reservation.
 */
export async function accept(
	wanted: WantedTurn,
	statement: () => PromiseLike<AcceptRow[]>,
): Promise<AcceptedTurn> {
	let row: AcceptRow | undefined;
	for (let run = 1; run <= runsMax; run++) {
		try {
			[row] = await statement();
		} catch (error) {
			if (run < runsMax && hasSqlState(error, "23505")) continue;
			// The account was deleted while the statement ran: nothing of it is stored.
			if (hasSqlState(error, "23503"))
				throw new AppError("unauthorized", "The session has ended.", { cause: error });
			throw error;
		}
		if (row?.replay || row?.accepted) break;
		if (run > 1 && (row?.liveTurnId || row?.unpaid)) break;
	}
	if (row?.replay) return toReplay(wanted, row.replay);
	if (row?.accepted) return await toAccepted(wanted, row.accepted);
	throw toRefusal(row);
}

function toRefusal(row: AcceptRow | undefined): AppError {
	if (row?.liveTurnId)
		return new AppError("turn_live", "An answer is still being written here: stop it or wait for its end.", {
			details: { turnId: row.liveTurnId },
		});
	if (row?.unpaid) return toQuotaError(row.unpaid);
	if (row?.refusal) return new AppError("invalid_request", row.refusal);
	return new AppError("not_found", "There is no such conversation or message.");
}

function toReplay(
	{ userId, requestedModel, contextStrategy, priority, ...wanted }: WantedTurn,
	{ requestHash, ...ids }: TurnIds & { requestHash: string },
): AcceptedTurn {
	if (requestHash !== wanted.requestHash)
		throw new AppError("idempotency_conflict", "This clientMessageId was used before, for something else.");
	return {
		...ids,
		userId,
		isReplay: true,
		isNewThread: false,
		conversation: null,
		reservation: nothingReserved,
		textBefore: "",
		requestedModel,
		contextStrategy,
		routing: null,
		modelId: wanted.quote.modelId,
		priority,
		epoch: 1,
		isQueued: false,
		ageMs: 0,
		logged: [],
	};
}

async function toAccepted(
	{
		turnId,
		userId,
		requestedModel,
		contextStrategy,
		quote,
		priority,
		added,
		earlier,
		isNewThread,
	}: WantedTurn,
	{ textBefore, reservation, conversation, ...ids }: NonNullable<AcceptRow["accepted"]>,
): Promise<AcceptedTurn> {
	const { threadId, userMessageId, assistantMessageId } = ids;
	const events: TurnEvent[] = [
		{ type: "turn-start", version: 1, turnId, threadId, userMessageId, assistantMessageId },
	];
	if (textBefore !== "") events.push({ type: "text-reset", text: textBefore });
	const before = await toConversation(conversation, contextStrategy);
	return {
		...ids,
		turnId,
		userId,
		isReplay: false,
		isNewThread,
		conversation: {
			...before,
			messages: added ? [...before.messages, ...earlier, { ...added, id: userMessageId }] : before.messages,
		},
		reservation: { ...reservation, reservedNanoUsd: BigInt(reservation.reservedNanoUsd) },
		textBefore,
		requestedModel,
		contextStrategy,
		routing: quote.routing,
		modelId: quote.modelId,
		priority,
		epoch: 1,
		isQueued: false,
		ageMs: 0,
		logged: events.map((event, index) => ({ epoch: 1, seq: index + 1, event })),
	};
}

/** Of a turn that another process or an earlier request runs. */
const nothingReserved: Reservation = {
	reservedNanoUsd: 0n,
	reservedTokens: 0,
	maxOutputTokens: 0,
	quotaKeys: [],
	quotaNanoUsd: [],
	open: { openModels: null, openTiers: null },
};

/** Of everything that was asked for; a bound on the answer and a strategy count only where there is one. */
export function toRequestHash(
	asked: readonly unknown[],
	{ maxOutputTokens, context }: { maxOutputTokens?: number; context?: ContextRequest },
): string {
	const all = [...asked, maxOutputTokens, context?.strategy].filter(
		(value, index) => index < asked.length || value !== undefined,
	);
	return createHash("sha256").update(JSON.stringify(all)).digest("base64url");
}

const hasSqlState = (error: unknown, state: "23503" | "23505"): boolean =>
	error instanceof Error && "code" in error && error.code === state;

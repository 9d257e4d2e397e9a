/** Taking over orphans. Hand-written SQL: `for update skip locked` over the turns of all processes. */
import type { Sql } from "postgres";
import { toModelTokens } from "../context/index.ts";
import type { MessageId, TurnId, UserId } from "../contract/ids.ts";
import type { ContextStrategy, Priority } from "../contract/kinds.ts";
import type { LoggedEvent, TurnIds } from "../contract/turn.ts";
import { type DatabaseOrTransaction, inTransaction, isLive } from "../db/index.ts";
import type { Reservation } from "../quota/index.ts";
import { readBranch } from "../threads/index.ts";
import { type CallRecord, countSentTokens, estimateUsage } from "../usage/index.ts";
import type { AcceptedTurn, Lease } from "./accept/accept-turn.ts";
import { closeTurn, type TurnOutcome } from "./close-turn.ts";
import { type DescribeModel, TurnRecord, toCallRecords, toWholeMs } from "./turn-record.ts";

/** A turn older than this is not begun any more: what is left of the 45 s must do for a call, and no new ones begin. */
const takeOverMsMax = 30_000;
/** Owners of a turn that was never called; a turn that kills its owners is not tried for ever. */
const epochMax = 3;

/**
 * Renews the leases of this owner's turns by the database's clock. Turns that it lost are not touched. Locks rows in id order, as
 * every statement that locks several turns does, to avoid deadlocks.
 */
export async function renewLeases(sql: Sql, turnIds: readonly TurnId[], lease: Lease): Promise<void> {
	if (turnIds.length === 0) return;
	await sql`
		with ours as (
			select id from turns
			where id = any(${[...turnIds]}::uuid[]) and lease_owner = ${lease.owner} and ${isLive(sql)}
			order by id for no key update
		)
		update turns set lease_expires_at = now() + ${lease.ms} * interval '1 millisecond'
		from ours where turns.id = ours.id`;
}

/** Lets the sweep have every turn of other owners at once: right when this process knows that no other one lives. */
export async function expireOthers(sql: Sql, lease: Lease): Promise<void> {
	await sql`
		update turns set lease_expires_at = now()
		where ${isLive(sql)} and lease_owner <> ${lease.owner} and lease_expires_at > now()`;
}

/** What the sweep did with one orphan: closed it, or left it to be run by the caller. */
export type SweptTurn =
	| {
			readonly kind: "closed";
			readonly turn: TurnIds & Pick<AcceptedTurn, "userId" | "priority">;
			readonly outcome: TurnOutcome;
	  }
	| { readonly kind: "taken"; readonly turn: AcceptedTurn };

/** The sweep of one orphan failed: the others must not wait for it. */
export class OrphanError extends Error {
	readonly turnId: TurnId;

	constructor(turnId: TurnId, cause: unknown) {
		super("An orphan could not be swept.", { cause });
		this.turnId = turnId;
	}
}

export interface SweepInput {
	readonly lease: Lease;
	/** Turns that are left alone: those that run in this process, which renews or loses them, and those whose sweep failed. */
	readonly exceptTurnIds?: readonly TurnId[];
	readonly describe: DescribeModel;
}

type OrphanRow = Omit<Orphan, "reservation"> &
	Omit<Reservation, "reservedNanoUsd" | "open"> & { reservedNanoUsd: string } & Reservation["open"];

interface Orphan extends TurnIds {
	userId: UserId;
	requestedModel: string;
	contextStrategy: ContextStrategy | null;
	/** Null for a turn that was accepted before this was stored. */
	modelId: string | null;
	priority: Priority;
	epoch: number;
	reservation: Reservation;
	/** It waited for its model, so nothing was sent yet. */
	isQueued: boolean;
	isStopRequested: boolean;
	startedAt: Date;
	ageMs: number;
}

/**
 * Takes over one turn whose owner is gone (its lease ran out by the database's clock). The higher epoch shuts a revived owner
 * out. A turn that waited in a queue is the caller's to run; any other may have called its model, and is closed with the text
 * that was delivered, as `interrupted`, or as `stopped` when that was asked for. Several instances may sweep at once.
 *
 * @throws OrphanError when this orphan cannot be swept.
 */
export async function sweepOrphan(
	db: Pick<DatabaseOrTransaction, "orm">,
	{ lease, describe, exceptTurnIds = [] }: SweepInput,
): Promise<SweptTurn | null> {
	return await inTransaction(db, async ({ sql: tx }) => {
		const [row] = await tx<OrphanRow[]>`
			with orphan as (
				select id, status from turns where ${isLive(tx)} and lease_expires_at <= now()
					and id <> all(${[...exceptTurnIds]}::uuid[])
				order by lease_expires_at limit 1 for update skip locked
			)
			update turns set epoch = epoch + 1, lease_owner = ${lease.owner},
				lease_expires_at = now() + ${lease.ms} * interval '1 millisecond'
			from orphan where turns.id = orphan.id
			returning turns.id as "turnId", thread_id as "threadId", user_message_id as "userMessageId",
				assistant_message_id as "assistantMessageId", user_id as "userId", requested_model as "requestedModel", context_strategy as "contextStrategy",
				model_id as "modelId", priority, epoch, orphan.status = 'queued' as "isQueued",
				stop_requested_at is not null as "isStopRequested", started_at as "startedAt",
				extract(epoch from now() - started_at)::float8 * 1000 as "ageMs",
				reserved_nano_usd::text as "reservedNanoUsd", reserved_tokens::float8 as "reservedTokens",
				coalesce(max_output_tokens, 0) as "maxOutputTokens", quota_keys as "quotaKeys",
				quota_nano_usd::text[] as "quotaNanoUsd", open_models as "openModels", open_tiers as "openTiers"`;
		if (!row) return null;
		try {
			return await settleOrphan(tx, toOrphan(row), describe);
		} catch (error) {
			throw new OrphanError(row.turnId, error);
		}
	});
}

async function settleOrphan(tx: Sql, orphan: Orphan, describe: DescribeModel): Promise<SweptTurn> {
	const logged = await tx<LoggedEvent[]>`
		select epoch, seq, event from turn_events where turn_id = ${orphan.turnId} order by seq`;
	const record = new TurnRecord(logged.map(({ event }) => event));
	if (mayBegin(orphan, record)) return { kind: "taken", turn: toTaken(orphan, record, logged) };
	const outcome = toOutcome(orphan);
	const calls = await toCalls(tx, { orphan, record, describe });
	const storedSeq = logged.at(-1)?.seq ?? 0;
	await closeTurn(tx, { turn: orphan, storedSeq, pending: [], view: record.view, calls, outcome });
	return { kind: "closed", turn: orphan, outcome };
}

function mayBegin({ isQueued, isStopRequested, ageMs, epoch }: Orphan, { calls }: TurnRecord): boolean {
	return isQueued && calls.length === 0 && !isStopRequested && ageMs < takeOverMsMax && epoch <= epochMax;
}

function toTaken(
	{ isStopRequested: _, startedAt: __, ...orphan }: Orphan,
	{ view }: TurnRecord,
	logged: LoggedEvent[],
): AcceptedTurn {
	return {
		...orphan,
		routing: null,
		modelId: null,
		isReplay: false,
		isNewThread: false,
		conversation: null,
		textBefore: view.text,
		logged,
	};
}

function toOrphan(row: OrphanRow): Orphan {
	const { reservedNanoUsd, reservedTokens, maxOutputTokens, quotaKeys, quotaNanoUsd, ...rest } = row;
	const { openModels, openTiers, ...orphan } = rest;
	return {
		...orphan,
		reservation: {
			reservedNanoUsd: BigInt(reservedNanoUsd),
			reservedTokens,
			maxOutputTokens,
			quotaKeys,
			quotaNanoUsd,
			open: { openModels, openTiers },
		},
	};
}

function toOutcome({ isStopRequested, ageMs }: Orphan): TurnOutcome {
	const ending = isStopRequested
		? ({ status: "stopped" } as const)
		: ({ status: "interrupted", code: "stream_interrupted" } as const);
	return { ...ending, durationMs: ageMs, reasoningMs: null };
}

/**
 * The calls of the log. A turn that did not wait may have been called before its first event was stored: that call is booked with
 * what was reserved for its input. Nothing of it was delivered, so the server pays, until an invoice says what it was.
 */
async function toCalls(
	tx: Sql,
	{ orphan, record, describe }: { orphan: Orphan; record: TurnRecord; describe: DescribeModel },
): Promise<CallRecord[]> {
	const { modelId, isQueued, reservation, ageMs } = orphan;
	const startedAtMs = orphan.startedAt.getTime();
	const time = { startedAtMs, durationMs: ageMs };
	const known = await toCallRecords(record.calls, describe, time, (fittedTokens, providerModelId) =>
		toSentTokens(tx, { messageId: orphan.userMessageId, fittedTokens, providerModelId }),
	);
	if (known.length > 0 || isQueued || modelId === null) return known;
	const inputTokens = Math.max(0, reservation.reservedTokens - reservation.maxOutputTokens);
	const described = describe(modelId, startedAtMs);
	const { providerModelId } = described;
	return [
		{
			...described,
			attempt: 1,
			purpose: "answer",
			modelId,
			providerRequestId: null,
			otherModelId: null,
			reportedCostNanoUsd: null,
			outcome: "failed",
			finishReason: null,
			usage: await estimateUsage({ providerModelId, inputTokens, received: "" }),
			isDelivered: false,

			startedAtMs,
			firstTokenMs: null,
			durationMs: toWholeMs(ageMs),
		},
	];
}

/**
 * What a call of a dead process has sent. The log has the count by which it was fitted, on the high side; it is corrected by how much lower
 * the newest messages are that it reaches back to, counted as the provider counts.
 */
async function toSentTokens(
	tx: Sql,
	call: { readonly messageId: MessageId; readonly fittedTokens: number; readonly providerModelId: string },
): Promise<number> {
	const { fittedTokens, providerModelId } = call;
	if (fittedTokens === 0) return 0;
	const messages = await readBranch(tx, call.messageId, fittedTokens);
	if (messages.length === 0) return fittedTokens;
	const most = toModelTokens(
		messages.reduce((sum, { tokens }) => sum + tokens, 0),
		{ providerModelId },
	);
	return Math.round((fittedTokens * (await countSentTokens(messages, providerModelId))) / most);
}

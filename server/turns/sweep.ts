import type { Sql } from "postgres";
import { countTokens } from "../context/index.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import { type LoggedEvent, type TurnEvent, type TurnIds, toSpoken } from "../contract/turn.ts";
import type { Reservation } from "../quota/index.ts";
import type { CallRecord } from "../usage/index.ts";
import type { AcceptedTurn, Lease, Priority } from "./accept-turn.ts";
import { closeTurn, type TurnOutcome } from "./close-turn.ts";

/** A turn older than this is not begun any more: what is left of the 45 s must do for a call, and no new ones begin. */
const takeOverMsMax = 30_000;
/** Owners of a turn that was never sent; a turn that kills its owners is not tried for ever. */
const epochMax = 3;

/** Renews the leases of this owner's turns by the database's clock. Turns that it lost are not touched.
 * Rows are locked in the order of their ids, here and in the turn log, so that nobody waits in a ring. */
export async function renewLeases(sql: Sql, turnIds: readonly TurnId[], lease: Lease): Promise<void> {
	if (turnIds.length === 0) return;
	await sql`
		with ours as (
			select id from turns
			where id = any(${[...turnIds]}::uuid[]) and lease_owner = ${lease.owner} and status in ('queued', 'running')
			order by id for no key update
		)
		update turns set lease_expires_at = now() + ${lease.ms} * interval '1 millisecond'
		from ours where turns.id = ours.id`;
}

/** Lets the sweep have every turn of other owners at once: right when this process knows that no other one lives. */
export async function expireOthers(sql: Sql, lease: Lease): Promise<void> {
	await sql`
		update turns set lease_expires_at = now()
		where status in ('queued', 'running') and lease_owner <> ${lease.owner} and lease_expires_at > now()`;
}

/** What the sweep did with one orphan: closed it, or left it to be run by whoever called. */
export type SweptTurn =
	| {
			readonly kind: "closed";
			readonly turn: TurnIds & Pick<AcceptedTurn, "userId" | "priority">;
			readonly outcome: TurnOutcome;
	  }
	| { readonly kind: "taken"; readonly turn: AcceptedTurn };

export interface SweepInput {
	readonly lease: Lease;
	/** Turns that run in this process: it renews them or loses them, and never takes them from itself. */
	readonly ownTurnIds?: readonly TurnId[];
	/** Whose model it is that was called, and its price when the turn began: it may have changed since. */
	describe(
		modelId: string,
		startedAtMs: number,
	): Pick<CallRecord, "providerId" | "providerModelId" | "price">;
}

type OrphanRow = Omit<Orphan, "reservation"> &
	Omit<Reservation, "reservedNanoUsd" | "open"> & { reservedNanoUsd: string } & Reservation["open"];

interface Orphan extends TurnIds {
	userId: UserId;
	requestedModel: string;
	priority: Priority;
	epoch: number;
	reservation: Reservation;
	isStopRequested: boolean;
	startedAt: Date;
	ageMs: number;
}

/**
 * Takes over one turn whose owner is gone (its lease ran out by the database's clock). The higher epoch shuts a revived owner
 * out. A turn whose model call was never sent is the caller's to run; any other is closed with the text that was
 * delivered, as `interrupted`, or as `stopped` when that was asked for. Several instances may sweep at once.
 */
export async function sweepOrphan(
	sql: Sql,
	{ lease, describe, ownTurnIds = [] }: SweepInput,
): Promise<SweptTurn | null> {
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		const [row] = await tx<OrphanRow[]>`
			update turns set epoch = epoch + 1, lease_owner = ${lease.owner},
				lease_expires_at = now() + ${lease.ms} * interval '1 millisecond'
			where id = (
				select id from turns where status in ('queued', 'running') and lease_expires_at <= now()
					and id <> all(${[...ownTurnIds]}::uuid[])
				order by lease_expires_at limit 1 for update skip locked
			)
			returning id as "turnId", thread_id as "threadId", user_message_id as "userMessageId",
				assistant_message_id as "assistantMessageId", user_id as "userId", requested_model as "requestedModel", priority, epoch,
				stop_requested_at is not null as "isStopRequested",
				started_at as "startedAt", (extract(epoch from now() - started_at) * 1000)::int as "ageMs",
				reserved_nano_usd::text as "reservedNanoUsd", reserved_tokens::float8 as "reservedTokens",
				coalesce(max_output_tokens, 0) as "maxOutputTokens", quota_keys as "quotaKeys",
				quota_nano_usd::text[] as "quotaNanoUsd", open_models as "openModels", open_tiers as "openTiers"`;
		if (!row) return null;
		const orphan = toOrphan(row);
		const logged = await tx<LoggedEvent[]>`
			select epoch, seq, event from turn_events where turn_id = ${orphan.turnId} order by seq`;
		const events = logged.map(({ event }) => event);
		if (canBegin(orphan, events)) return { kind: "taken", turn: toTaken(orphan, logged) };
		const outcome = toOutcome(orphan, events, describe);
		await closeTurn(tx, { turn: orphan, storedSeq: logged.at(-1)?.seq ?? 0, pending: [], outcome });
		return { kind: "closed", turn: orphan, outcome };
	});
}

function canBegin({ isStopRequested, ageMs, epoch }: Orphan, events: readonly TurnEvent[]): boolean {
	const wasSent = events.some(({ type }) => type === "attempt-start");
	return !wasSent && !isStopRequested && ageMs < takeOverMsMax && epoch <= epochMax;
}

function toTaken(
	{ isStopRequested: _, startedAt: __, ...orphan }: Orphan,
	logged: LoggedEvent[],
): AcceptedTurn {
	const { text } = toSpoken(logged.map(({ event }) => event));
	return { ...orphan, isReplay: false, firstText: null, textBefore: text, logged };
}

function toOrphan({
	reservedNanoUsd,
	reservedTokens,
	maxOutputTokens,
	quotaKeys,
	quotaNanoUsd,
	openModels,
	openTiers,
	...row
}: OrphanRow): Orphan {
	const reserved = { reservedNanoUsd: BigInt(reservedNanoUsd), reservedTokens, maxOutputTokens };
	const open = { openModels, openTiers };
	return { ...row, reservation: { ...reserved, quotaKeys, quotaNanoUsd, open } };
}

/** One call as the log has it: from its `attempt-start` on, until the next one's. */
interface LoggedCall {
	readonly start: Extract<TurnEvent, { type: "attempt-start" }>;
	readonly events: TurnEvent[];
}

function toLoggedCalls(events: readonly TurnEvent[]): LoggedCall[] {
	const calls: LoggedCall[] = [];
	for (const event of events) {
		if (event.type === "attempt-start") calls.push({ start: event, events: [] });
		else calls.at(-1)?.events.push(event);
	}
	return calls;
}

/**
 * What the log tells of every call of the turn: its input as fitted, and what was delivered of its answer. What the provider
 * reported of calls before the last one is lost with the process that read it.
 */
function toCalls(
	{ ageMs, startedAt }: Orphan,
	events: readonly TurnEvent[],
	describe: SweepInput["describe"],
): CallRecord[] {
	const fitted = events.findLast((event) => event.type === "context-fit");
	let said = "";
	return toLoggedCalls(events).map(({ start, events: own }) => {
		const { text, reasoning } = toSpoken(own.filter(({ type }) => type !== "text-reset"));
		const delivered = text + reasoning;
		const end = own.find((event) => event.type === "attempt-end");
		// As for any call that was refused before a word of it came.
		const isRefused = delivered === "" && end !== undefined && end.outcome !== "stopped";
		const inputTokens = (fitted?.inputTokens ?? 0) + (said === "" ? 0 : countTokens(said));
		said += text;
		return {
			...describe(start.modelId, startedAt.getTime()),
			...{ attempt: start.attempt, modelId: start.modelId, providerRequestId: null },
			...{ outcome: end?.outcome ?? "interrupted", finishReason: null, firstTokenMs: null },
			otherModelId: null,
			usage: {
				inputTokens: isRefused ? 0 : inputTokens,
				cachedInputTokens: 0,
				cacheWriteTokens: 0,
				cacheWrite1hTokens: 0,
				outputTokens: delivered === "" ? 0 : countTokens(delivered),
				reasoningTokens: 0,
				source: "estimate",
			},
			isDelivered: delivered !== "",
			startedAtMs: startedAt.getTime(),
			durationMs: ageMs,
		};
	});
}

function toOutcome(
	orphan: Orphan,
	events: readonly TurnEvent[],
	describe: SweepInput["describe"],
): TurnOutcome {
	const calls = toCalls(orphan, events, describe);
	const call = calls.at(-1);
	const ending = orphan.isStopRequested
		? ({ status: "stopped" } as const)
		: ({ status: "interrupted", code: "stream_interrupted" } as const);
	const { text, modelSpans } = toSpoken(events);
	return {
		...ending,
		text,
		calls,
		receipt: {
			...{ modelId: call?.modelId ?? null, attempts: call?.attempt ?? 0, usage: call?.usage ?? null },
			...{ durationMs: orphan.ageMs, firstTokenMs: null, finishReason: null, modelSpans },
		},
	};
}

/** Stopping turns. Hand-written SQL where several turns are locked: in the order of their ids, as every other statement does. */
import { and, eq, sql } from "drizzle-orm";
import type { Sql } from "postgres";
import { turns } from "../../drizzle/schema/index.ts";
import { AppError } from "../contract/errors.ts";
import type { ThreadId, TurnId, UserId } from "../contract/ids.ts";
import { isTerminal } from "../contract/turn-status.ts";
import { type DatabaseOrTransaction, isLive } from "../db/index.ts";
import type { Notices } from "../kernel/notices.ts";
import { sleep } from "../kernel/sleep.ts";
import type { Lease } from "./accept/accept-turn.ts";
import type { LiveTurns } from "./live-turns.ts";

/** How often an owner polls whether its turns were stopped or taken over; a notice is quicker, the poll is reliable. */
const pollIntervalMs = 250;
/** How long the caller waits for the turn to be closed in another process. */
const confirmMsMax = 450;
const confirmIntervalMs = 30;
const topic = "turn-stop";

/**
 * Notes the request in the turn's row, where its owner and any sweep will find it, and ends it at once when it runs here. When
 * that did not close it, as when another instance owns it by now, tells the others and waits a little.
 *
 * @returns `confirmed` when the turn is closed, else `requested`.
 * @throws AppError `not_found`, also for the turn of another person.
 */
export async function requestStop(
	{
		orm,
		live,
		notices,
	}: Pick<DatabaseOrTransaction, "orm"> & {
		readonly live: Pick<LiveTurns, "stop">;
		readonly notices: Notices;
	},
	{ userId, turnId }: { userId: UserId; turnId: TurnId },
): Promise<{ status: "requested" | "confirmed" }> {
	const [turn] = await orm
		.update(turns)
		.set({ stopRequestedAt: sql`coalesce(${turns.stopRequestedAt}, now())` })
		.where(and(eq(turns.id, turnId), eq(turns.userId, userId)))
		.returning({ status: turns.status });
	if (!turn) throw new AppError("not_found", "There is no such turn.");
	if (isTerminal(turn.status) || (await live.stop(turnId))) return { status: "confirmed" };
	notices.send(topic, turnId);
	const giveUpAt = performance.now() + confirmMsMax;
	while (performance.now() < giveUpAt) {
		await sleep(confirmIntervalMs);
		const [now] = await orm.select({ status: turns.status }).from(turns).where(eq(turns.id, turnId));
		if (now && isTerminal(now.status)) return { status: "confirmed" };
	}
	return { status: "requested" };
}

/** Asks every live turn of a person's threads to stop, wherever it runs; its process sees it within 250 ms. */
export async function stopTurnsOfThreads(
	sql: Sql,
	userId: UserId,
	threadIds: readonly ThreadId[],
): Promise<void> {
	// Lock rows in id order, as every statement that locks several turns does, to avoid deadlocks.
	await sql`
		with theirs as (
			select id from turns
			where user_id = ${userId} and thread_id = any(${[...threadIds]}::uuid[]) and ${isLive(sql)}
				and stop_requested_at is null
			order by id for no key update
		)
		update turns set stop_requested_at = now() from theirs where turns.id = theirs.id`;
}

/** How long the caller waits until all turns of a person have ended. */
const endMsMax = 4_000;
const endIntervalMs = 50;

/**
 * Asks every live turn of a person to stop, wherever it runs, and waits for their ends, at most 4 s. Each closes as if the person
 * had stopped it: what was delivered is kept and paid for.
 */
export async function endTurnsOf(sql: Sql, userId: UserId): Promise<void> {
	const giveUpAt = performance.now() + endMsMax;
	for (;;) {
		// Lock rows in id order, as every statement that locks several turns does, to avoid deadlocks.
		await sql`
			with theirs as (
				select id from turns
				where user_id = ${userId} and ${isLive(sql)} and stop_requested_at is null
				order by id for no key update
			)
			update turns set stop_requested_at = now() from theirs where turns.id = theirs.id`;
		const live = await sql`
			select from turns where user_id = ${userId} and ${isLive(sql)} limit 1`;
		if (live.length === 0 || performance.now() > giveUpAt) return;
		await sleep(endIntervalMs);
	}
}

/** Ends turns of this process that were stopped through another one, and gives up those that another one owns by now. */
export function watchStops(input: {
	readonly sql: Sql;
	readonly lease: Lease;
	readonly live: Pick<LiveTurns, "ids" | "stop" | "lose">;
	readonly notices: Notices;
}): { stop(): void } {
	const { sql, lease, live, notices } = input;
	let isPolling = false;
	notices.on(topic, (turnId) => void live.stop(turnId as TurnId));

	async function poll(): Promise<void> {
		const turnIds = live.ids();
		if (isPolling || turnIds.length === 0) return;
		isPolling = true;
		try {
			const changed = await sql<{ id: TurnId; isOurs: boolean }[]>`
				select id, lease_owner = ${lease.owner} as "isOurs" from turns
				where id = any(${turnIds}::uuid[]) and (stop_requested_at is not null or lease_owner <> ${lease.owner})`;
			for (const { id, isOurs } of changed)
				if (isOurs) void live.stop(id);
				else live.lose(id);
		} catch {
			// The database is away; the next poll is soon.
		} finally {
			isPolling = false;
		}
	}

	const timer = setInterval(() => void poll(), pollIntervalMs);
	return { stop: () => clearInterval(timer) };
}

/**
 * Hand-written SQL: each statement deletes a bounded number of turns with their events, in the order in which turns are locked.
 */
import { and, eq, sql } from "drizzle-orm";
import type { Sql } from "postgres";
import { turns } from "../../drizzle/schema/index.ts";
import type { ThreadId, UserId } from "../contract/ids.ts";
import { toLiveCondition } from "../contract/turn-status.ts";
import { type DatabaseOrTransaction, isLive } from "../db/index.ts";

/** Whose turns: all of a person, or those of some threads. */
export type TurnOwner = { readonly userId: UserId } | { readonly threadIds: readonly ThreadId[] };

/**
 * Removes at most `turnsMax` ended turns with their logs, and returns how many there were. Calls and ledger entries stay: they
 * name a turn without referring to its row. Live turns stay too, because their reservation has to be settled first.
 */
export async function removeTurns(sql: Sql, owner: TurnOwner, turnsMax: number): Promise<number> {
	const [userId, threadIds] = "userId" in owner ? [owner.userId, null] : [null, [...owner.threadIds]];
	// Lock rows in id order, as every statement that locks several turns does, to avoid deadlocks.
	const removed = await sql`
		with ended as (
			select id from turns
			where (user_id = ${userId}::uuid or thread_id = any(${threadIds}::uuid[])) and not ${isLive(sql)}
			order by id limit ${turnsMax} for update
		), events as (
			delete from turn_events using ended where turn_events.turn_id = ended.id
		)
		delete from turns using ended where turns.id = ended.id returning turns.id`;
	return removed.length;
}

/** Whether an answer of this person is being written. */
export async function hasLiveTurns(
	{ orm }: Pick<DatabaseOrTransaction, "orm">,
	userId: UserId,
): Promise<boolean> {
	const isTheirs = and(eq(turns.userId, userId), sql.raw(toLiveCondition()));
	return (await orm.select({ id: turns.id }).from(turns).where(isTheirs).limit(1)).length > 0;
}

/** Whether a request of this person under this name was accepted before. */
export async function hasAcceptedTurn(
	{ orm }: Pick<DatabaseOrTransaction, "orm">,
	userId: UserId,
	clientMessageId: string,
): Promise<boolean> {
	const isThat = and(eq(turns.userId, userId), eq(turns.clientMessageId, clientMessageId));
	return (await orm.select({ id: turns.id }).from(turns).where(isThat).limit(1)).length > 0;
}

/** Added to the epoch of turns that a backup shows as running: more owners than any turn had. */
const epochLeap = 1_000;

/**
 * Takes the turns that are live in a restored database from whatever process ran them: it can write nothing more, the sweep
 * closes them as interrupted, and no model is called for them.
 */
export async function orphanLiveTurns(sql: Sql): Promise<void> {
	await sql`
		update turns set epoch = epoch + ${epochLeap}, lease_expires_at = now()
		where ${isLive(sql)}`;
}

import type { Sql } from "postgres";
import type { ThreadId, UserId } from "../contract/ids.ts";
import { isLive } from "../db/index.ts";

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
export async function hasLiveTurns(sql: Sql, userId: UserId): Promise<boolean> {
	const found = await sql`
		select from turns where user_id = ${userId} and ${isLive(sql)} limit 1`;
	return found.length > 0;
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

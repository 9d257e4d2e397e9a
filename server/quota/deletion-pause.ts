import type { Sql } from "postgres";
import { deletionPauseReason } from "../../drizzle/schema/index.ts";

const toScope = (userId: string) => `user:${userId}`;

/** Refuses new answers of an account that is being deleted. A pause that an administrator set stays as it is. */
export async function pauseForDeletion(tx: Sql, userId: string): Promise<void> {
	await tx`
		insert into spending_pauses (scope, reason, paused_by) values (${toScope(userId)}, ${deletionPauseReason}, ${userId})
		on conflict (scope) do update set paused_at = now() where ${ofDeletion(tx)}`;
}

/** Ends what `pauseForDeletion` set, after a deletion that was refused. */
export async function endDeletionPause(sql: Sql, userId: string): Promise<void> {
	await sql`delete from spending_pauses where scope = ${toScope(userId)} and ${ofDeletion(sql)}`;
}

/** Removes every pause of an account that is gone. */
export async function removePausesOf(tx: Sql, userId: string): Promise<void> {
	await tx`delete from spending_pauses where scope = ${toScope(userId)}`;
}

const ofDeletion = (sql: Sql) => sql`
	spending_pauses.reason = ${deletionPauseReason} and spending_pauses.scope = 'user:' || spending_pauses.paused_by`;

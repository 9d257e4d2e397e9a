import { and, eq, lt, sql } from "drizzle-orm";
import { deletionPauseReason, spendingPauses } from "../../drizzle/schema/index.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";

type Orm = Pick<DatabaseOrTransaction, "orm">;

/** Longer than a deletion waits for running answers to end. */
const deletionMsMax = 60_000;

const toScope = (userId: string) => `user:${userId}`;

/** Set by the deletion of an account, for the person in whose name it is. */
export const isDeletionPause = and(
	eq(spendingPauses.reason, deletionPauseReason),
	sql`${spendingPauses.scope} = 'user:' || ${spendingPauses.pausedBy}`,
);

/** Refuses new answers of an account that is being deleted. A pause that an administrator set stays as it is. */
export async function pauseForDeletion({ orm }: Orm, userId: string): Promise<void> {
	await orm
		.insert(spendingPauses)
		.values({ scope: toScope(userId), reason: deletionPauseReason, pausedBy: userId })
		.onConflictDoUpdate({
			target: spendingPauses.scope,
			set: { pausedAt: sql`now()` },
			setWhere: isDeletionPause,
		});
}

/** Ends what `pauseForDeletion` set, after a deletion that was refused. */
export async function endDeletionPause({ orm }: Orm, userId: string): Promise<void> {
	await orm.delete(spendingPauses).where(and(eq(spendingPauses.scope, toScope(userId)), isDeletionPause));
}

/** Ends the pauses of accounts whose deletion did not finish, as when its process was killed. */
export async function endAbandonedPauses({ orm }: Orm): Promise<void> {
	const isAbandoned = lt(spendingPauses.pausedAt, sql`now() - ${deletionMsMax} * interval '1 millisecond'`);
	await orm.delete(spendingPauses).where(and(isDeletionPause, isAbandoned));
}

/** Removes every pause of an account that is gone. */
export async function removePausesOf({ orm }: Orm, userId: string): Promise<void> {
	await orm.delete(spendingPauses).where(eq(spendingPauses.scope, toScope(userId)));
}

import { setTimeout as sleep } from "node:timers/promises";
import { type Actor, writeAudit } from "../../audit/index.ts";
import type { UserId } from "../../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import { deleteOpenLinksBy } from "../links/one-time-links.ts";
import type { Role } from "../viewer.ts";
import {
	getUser,
	lockAdministrators,
	requireOtherAdministrator,
	requirePlan,
	toUserAccount,
	type UserAccount,
	updateUser,
} from "./users.ts";

/** A change of one account; what is left out stays. */
export interface AccountStatusChange {
	readonly userId: string;
	/** An administrator, or null for the command line. */
	readonly by: Actor;
	readonly role?: Role;
	readonly plan?: string;
	/** A suspended account can neither sign in nor use a session, and none of its answers runs. */
	readonly isSuspended?: boolean;
	/** Stored in the audit log. */
	readonly reason?: string | undefined;
}

/**
 * Changes the role or the plan of an account, or suspends it, and writes a line to the audit log. Takes effect within two
 * seconds everywhere, a plan's limits with the next request. Open links of an account that
 * stops being an active administrator's are removed. The caller ends a suspended account's answers with `endTurnsOfSuspended`.
 *
 * @throws AppError `conflict` (`last_administrator`), `not_found`, `invalid_request` when there is no such plan.
 */
export async function changeAccountStatus(
	db: DatabaseOrTransaction,
	change: AccountStatusChange,
): Promise<UserAccount> {
	const { userId, by, reason, ...columns } = change;
	const user = await inTransaction(db, async (tx) => {
		await lockAdministrators(tx);
		const before = await getUser(tx, userId);
		const isActiveAdministrator = before.role === "admin" && before.suspendedAt === null;
		const stepsDown = change.role === "user" || change.isSuspended === true;
		if (isActiveAdministrator && stepsDown) await requireOtherAdministrator(tx, userId);
		if (change.plan !== undefined) await requirePlan(tx, change.plan);
		const after = await updateUser(tx, userId, columns);
		if (stepsDown) await deleteOpenLinksBy(tx, userId);
		await writeAudit(tx, {
			actorId: by,
			action: toAction(change),
			subject: `user:${userId}`,
			details: {
				from: { role: before.role, plan: before.plan, isSuspended: before.suspendedAt !== null },
				to: { role: after.role, plan: after.plan, isSuspended: after.suspendedAt !== null },
				reason: reason ?? null,
			},
		});
		return after;
	});
	return toUserAccount(user);
}

function toAction({ role, plan, isSuspended }: AccountStatusChange): string {
	if (role !== undefined) return "user.set-role";
	if (plan !== undefined) return "user.set-plan";
	return isSuspended ? "user.suspend" : "user.unsuspend";
}

/** Longer than any process may still take a suspended account for an active one (`accountAgeMsMax`). */
const lateRequestMs = 2_500;

/**
 * Stops the running answers of an account that was suspended: at once, and once more after the time in which another process
 * may still have accepted a message from it.
 */
export async function endTurnsOfSuspended(
	endTurns: (userId: UserId) => Promise<void>,
	userId: UserId,
): Promise<void> {
	await endTurns(userId);
	await sleep(lateRequestMs);
	await endTurns(userId);
}

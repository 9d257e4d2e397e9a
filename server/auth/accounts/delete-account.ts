import { setTimeout as sleep } from "node:timers/promises";
import { eq, lt, sql } from "drizzle-orm";
import { identities, oneTimeLinks, users } from "../../../drizzle/schema/index.ts";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { AppError, isAppError } from "../../contract/errors.ts";
import type { UserId } from "../../contract/ids.ts";
import { type Database, type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import { deleteKeysOf } from "../../keys/index.ts";
import { endDeletionPause, pauseForDeletion, removePausesOf } from "../../quota/index.ts";
import { hasContent, removeContentOf } from "../../retention/index.ts";
import { hasLiveTurns } from "../../turns/index.ts";
import type { AuthNeeds } from "../needs.ts";
import { requireOwnPassword } from "../passwords/change-password.ts";
import type { Viewer } from "../viewer.ts";
import { keepAllowance, toEmailKey } from "./allowance.ts";
import { getUser, lockAdministrators, requireOtherAdministrator, type UserRow } from "./users.ts";

/** How fresh a sign-in must be to stand in for a password that an account does not have. */
export const recentSignInMs = 15 * 60_000;
/** An answer may have been about to be accepted when the others were ended. */
const triesMax = 3;
/** A request waits this long for the content of a deleted account to be removed; the rest follows in the background. */
const removalWaitMs = 10_000;

export interface Deletion {
	readonly userId: string;
	readonly by: Actor;
	/** Stored in the audit log. */
	readonly reason?: string | undefined;
}

/** What a deletion needs. */
export interface DeletionNeeds {
	readonly db: Pick<Database, "sql" | "orm">;
	/** The server's: what was used is counted for a new account of the same address, under a key made with it. Null: it is not. */
	readonly secret: string | null;
	/** Asks every running answer of the person to stop, and waits a little. */
	endTurns(userId: UserId): Promise<void>;
}

/**
 * Deletes the viewer's own account. An account with a password has to give it again; one that signs in through a provider
 * needs a sign-in of the last 15 minutes.
 *
 * @throws AppError `forbidden` (`wrong_password`, `sign_in_again`), `rate_limited`, and what `markDeleted` throws.
 */
export async function deleteOwnAccount(
	needs: AuthNeeds,
	viewer: Viewer,
	input: { password: string | null },
): Promise<void> {
	const user = await getUser(needs.db, viewer.userId);
	const given = { password: input.password ?? "", field: "password" };
	if (user.passwordHash === null) requireRecentSignIn(needs, viewer);
	else await requireOwnPassword(needs, user, { ...given, limit: needs.limits.accountDeletion });
	await deleteFromServer(needs, { userId: viewer.userId, by: viewer.userId });
}

/** Deletes an account and removes its content: within the request if that is quick, else in the background. */
export async function deleteFromServer(needs: AuthNeeds, deletion: Deletion): Promise<void> {
	await markDeleted(needs, deletion);
	needs.sessions.forget(deletion.userId);
	const { promise: removed, resolve, reject } = Promise.withResolvers<void>();
	needs.background.run("auth.removal_failed", async () => {
		await removeAccount(needs, deletion.userId).then(resolve, (error: unknown) => {
			reject(error);
			throw error;
		});
	});
	// The account is deleted already, whatever becomes of the removal: `finishDeletions` goes on with it.
	await Promise.race([removed.catch(() => undefined), sleep(removalWaitMs, undefined, { ref: false })]);
}

function requireRecentSignIn({ clock }: AuthNeeds, { signedInAtMs = 0 }: Viewer): void {
	if (clock.now() - signedInAtMs < recentSignInMs) return;
	throw new AppError("forbidden", "Sign in again first.", { details: { reason: "sign_in_again" } });
}

/**
 * Deletes an account with everything that its person wrote or was answered, and waits until all of it is removed.
 *
 * @throws AppError as `markDeleted`.
 */
export async function deleteAccount(needs: DeletionNeeds, deletion: Deletion): Promise<void> {
	await markDeleted(needs, deletion);
	await removeAccount(needs, deletion.userId);
}

/**
 * Deletes an account once none of its answers is being written. From the COMMIT on there is no such person: no session, no
 * sign-in, no address, no name. Its spending stays in the ledger, the calls and the audit log, under an id that leads to no
 * person. `removeAccount` then removes the content.
 *
 * @throws AppError `not_found`; `conflict` (`last_administrator`); `turn_live` when an answer cannot be ended now.
 */
async function markDeleted(needs: DeletionNeeds, deletion: Deletion): Promise<void> {
	const { db } = needs;
	// Refused before anything is ended. From this COMMIT on no instance accepts a further answer.
	await inTransaction(db, async (tx) => {
		await requireDeletable(tx, deletion.userId);
		await pauseForDeletion(tx, deletion.userId);
	});
	try {
		await endTurnsAndMark(needs, deletion);
	} catch (error) {
		await endDeletionPause(db, deletion.userId);
		throw error;
	}
}

async function endTurnsAndMark(needs: DeletionNeeds, deletion: Deletion): Promise<void> {
	for (let left = triesMax; ; left--) {
		await needs.endTurns(deletion.userId as UserId);
		try {
			return await inTransaction(needs.db, (tx) => mark(tx, needs.secret, deletion));
		} catch (error) {
			if (left <= 1 || !isAppError(error) || error.code !== "turn_live") throw error;
			await sleep(100);
		}
	}
}

/** Locks the account's row: a statement that accepts an answer of this person waits until this transaction ends. */
async function requireDeletable(tx: DatabaseOrTransaction, userId: string): Promise<UserRow> {
	await lockAdministrators(tx);
	await tx.orm.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("update");
	const user = await getUser(tx, userId);
	if (user.role === "admin" && user.suspendedAt === null) await requireOtherAdministrator(tx, userId);
	return user;
}

async function mark(
	tx: DatabaseOrTransaction,
	secret: string | null,
	{ userId, by, reason }: Deletion,
): Promise<void> {
	const { email, role, plan } = await requireDeletable(tx, userId);
	if (await hasLiveTurns(tx, userId as UserId))
		throw new AppError(
			"turn_live",
			"An answer of this person is still being written: try again in a moment.",
		);
	if (secret !== null) await keepAllowance(tx, userId, toEmailKey(email, secret));
	await deleteKeysOf(tx, userId);
	await tx.orm.delete(identities).where(eq(identities.userId, userId));
	await tx.orm.delete(oneTimeLinks).where(eq(sql`lower(${oneTimeLinks.email})`, sql`lower(${email})`));
	await tx.orm.delete(oneTimeLinks).where(eq(oneTimeLinks.createdBy, userId));
	await tx.orm
		.update(users)
		.set({
			deletingAt: sql`now()`,
			suspendedAt: sql`coalesce(${users.suspendedAt}, now())`,
			sessionEpoch: sql`${users.sessionEpoch} + 1`,
			email: `deleted:${userId}`,
			name: "",
			passwordHash: null,
			role: "user",
		})
		.where(eq(users.id, userId));
	await writeAudit(tx, {
		actorId: by,
		action: "user.delete",
		subject: `user:${userId}`,
		details: { role, plan, reason: reason ?? null },
	});
}

/** Rounds of removal before it is left to `finishDeletions`. */
const roundsMax = 5;

/**
 * Removes what a deleted account left, in bounded steps, and at last its row. It may be interrupted anywhere and called
 * again, also by several processes at once. A statement that began before the deletion may still have accepted an answer;
 * so answers are ended first, and the row stays until there is no content. It then takes nothing along, and waits for no row
 * that another process is removing.
 */
async function removeAccount({ db, endTurns }: DeletionNeeds, userId: string): Promise<void> {
	for (let round = 1; round <= roundsMax; round++) {
		await endTurns(userId as UserId);
		await removeContentOf(db.sql, userId as UserId);
		const isGone = await inTransaction(db, async (tx) => {
			await tx.orm.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("update");
			if (await hasContent(tx, userId as UserId)) return false;
			await removePausesOf(tx, userId);
			await tx.orm.delete(users).where(eq(users.id, userId));
			return true;
		});
		if (isGone) return;
	}
}

/** Goes on with deletions whose process ended before all content was removed. Called from time to time. */
export async function finishDeletions(needs: DeletionNeeds): Promise<void> {
	const left = await needs.db.orm
		.select({ id: users.id })
		.from(users)
		.where(lt(users.deletingAt, sql`now() - interval '1 minute'`));
	for (const { id } of left) await removeAccount(needs, id);
}

import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import * as schema from "../../../drizzle/schema/index.ts";
import type { Actor } from "../../audit/index.ts";
import { AppError, isAppError } from "../../contract/errors.ts";
import { createId, type UserId } from "../../contract/ids.ts";
import type { Database } from "../../db/index.ts";
import { requireNoWait } from "../limits/attempts.ts";
import { type AuthNeeds, toLimitKey } from "../needs.ts";
import type { Viewer } from "../viewer.ts";
import { keepAllowance, toEmailKey } from "./allowance.ts";
import {
	type AuthDb,
	getUser,
	lockAdministrators,
	requireOtherAdministrator,
	type UserRow,
} from "./users.ts";

/** How fresh a sign-in must be to stand in for a password that an account does not have. */
export const recentSignInMs = 15 * 60_000;
/** An answer may have been about to be accepted when the others were ended. */
const triesMax = 3;

export interface Deletion {
	readonly userId: string;
	readonly by: Actor;
	/** Kept in the audit log. */
	readonly reason?: string | undefined;
}

/** What a deletion needs beside the database. */
export interface DeletionNeeds {
	readonly db: Pick<Database, "connectUnhurried">;
	/** The server's secret: what was used counts on for the same address, under a key made with it. Null: it does not. */
	readonly secret: string | null;
	/** Asks every running answer of the person to end, and waits a little. */
	endTurns(userId: UserId): Promise<void>;
}

/**
 * Deletes the viewer's own account. An account with a password wants it again; one that signs in through a provider wants a
 * sign-in of the last 15 minutes.
 *
 * @throws AppError `forbidden` (`wrong_password`, `sign_in_again`), `rate_limited`, and what `deleteAccount` throws.
 */
export async function deleteOwnAccount(
	needs: AuthNeeds,
	viewer: Viewer,
	input: { password: string | null },
): Promise<void> {
	const user = await getUser(needs.db, viewer.userId);
	if (user.passwordHash === null) requireRecentSignIn(needs, viewer);
	else await requirePassword(needs, user, input.password);
	await deleteAccount(needs, { userId: viewer.userId, by: viewer.userId });
	needs.sessions.forget(viewer.userId);
}

async function requirePassword(needs: AuthNeeds, user: UserRow, password: string | null): Promise<void> {
	const { signInByEmail } = needs.limits;
	requireNoWait(await signInByEmail.take(toLimitKey(user.email)));
	if (!(await needs.passwords.verify(user.passwordHash, password ?? "")))
		throw new AppError("forbidden", "The password is not right.", {
			details: { field: "password", reason: "wrong_password" },
		});
	await signInByEmail.clear(toLimitKey(user.email));
}

function requireRecentSignIn({ clock }: AuthNeeds, { signedInAtMs = 0 }: Viewer): void {
	if (clock.now() - signedInAtMs < recentSignInMs) return;
	throw new AppError("forbidden", "Sign in again first.", { details: { reason: "sign_in_again" } });
}

/**
 * Deletes an account with everything that its person wrote or was answered, in one transaction, once none of its answers is
 * being written. What was spent stays: the ledger, the calls and the audit log under an id that leads to nobody.
 *
 * @throws AppError `not_found`; `conflict` (`last_administrator`); `turn_live` when an answer cannot be ended now.
 */
export async function deleteAccount(needs: DeletionNeeds, deletion: Deletion): Promise<void> {
	const connection = needs.db.connectUnhurried();
	try {
		const orm = drizzle(connection, { schema });
		const pause = await orm.transaction((tx) => pauseNewTurns({ orm: tx }, deletion.userId));
		try {
			await endAndDelete(needs, orm, deletion);
		} catch (error) {
			await pause.end(orm);
			throw error;
		}
	} finally {
		await connection.end({ timeout: 2 });
	}
}

/**
 * Refused before anything is ended; from its COMMIT on no instance accepts a further answer. In the person's own name it ends by
 * itself after a minute, should this process end before it: long after the deletion waits for answers.
 */
async function pauseNewTurns(tx: AuthDb, userId: string) {
	await requireDeletable(tx, userId);
	const scope = `user:${userId}`;
	const own = sql`spending_pauses.reason = ${schema.deletionPauseReason} and spending_pauses.paused_by = ${userId}`;
	// An administrator's own pause stands.
	await tx.orm.execute(sql`
		insert into spending_pauses (scope, reason, paused_by) values (${scope}, ${schema.deletionPauseReason}, ${userId})
		on conflict (scope) do update set paused_at = now() where ${own}`);
	return {
		async end(orm: AuthDb["orm"]): Promise<void> {
			await orm.execute(sql`delete from spending_pauses where scope = ${scope} and ${own}`);
		},
	};
}

async function endAndDelete(needs: DeletionNeeds, orm: AuthDb["orm"], deletion: Deletion): Promise<void> {
	for (let left = triesMax; ; left--) {
		await needs.endTurns(deletion.userId as UserId);
		try {
			return await orm.transaction((tx) => deleteInside({ orm: tx }, needs.secret, deletion));
		} catch (error) {
			if (left <= 1 || !isAppError(error) || error.code !== "turn_live") throw error;
			await sleep(100);
		}
	}
}

/** The row stays locked: whoever accepts an answer of this person waits, and then finds that there is no such person. */
async function requireDeletable(tx: AuthDb, userId: string): Promise<UserRow> {
	await lockAdministrators(tx);
	await tx.orm.execute(sql`select from users where id = ${userId} for update`);
	const user = await getUser(tx, userId);
	if (user.role === "admin" && user.suspendedAt === null) await requireOtherAdministrator(tx, userId);
	return user;
}

async function deleteInside(
	tx: AuthDb,
	secret: string | null,
	{ userId, by, reason }: Deletion,
): Promise<void> {
	const { email, role, plan } = await requireDeletable(tx, userId);
	const live = await tx.orm.execute(
		sql`select id from turns where user_id = ${userId} and status in ('queued', 'running') limit 1`,
	);
	if (live.length > 0)
		throw new AppError(
			"turn_live",
			"An answer of this person is still being written: try again in a moment.",
		);
	if (secret !== null) await keepAllowance(tx, userId, toEmailKey(email, secret));
	// The log has no foreign key; nothing is appended to a turn that has ended.
	await tx.orm.execute(sql`
		delete from turn_events using turns where turn_events.turn_id = turns.id and turns.user_id = ${userId}`);
	await tx.orm.execute(sql`delete from turns where user_id = ${userId}`);
	await tx.orm.execute(sql`delete from spending_pauses where scope = ${`user:${userId}`}`);
	await tx.orm.execute(sql`delete from one_time_links where lower(email) = lower(${email})`);
	await tx.orm.execute(sql`delete from users where id = ${userId}`);
	await tx.orm.insert(schema.auditLog).values({
		id: createId<string>(),
		actorId: by,
		action: "user.delete",
		subject: `user:${userId}`,
		details: { role, plan, reason: reason ?? null },
	});
}

import { eq, lt, sql } from "drizzle-orm";
import { endedSessions, users } from "../../../drizzle/schema/index.ts";
import type { DatabaseOrTransaction } from "../../db/index.ts";
import { updateUser } from "../accounts/users.ts";
import type { AuthNeeds } from "../needs.ts";
import type { Viewer } from "../viewer.ts";
import { sessionMsMax, toClaims } from "./sessions.ts";

/**
 * Ends one session on the server, as its person signs out: a copy of the token is worth nothing from then on. Takes effect
 * at once in this process and within two seconds in the others. Does nothing for what is no session of ours.
 */
export async function endSession(needs: AuthNeeds, token: unknown): Promise<void> {
	const claims = toClaims(token);
	if (!claims) return;
	const { userId, sessionId, signedInAtMs } = claims;
	const { orm } = needs.db;
	if (sessionId === null) {
		// A token of before sessions had ids: only all of the person's sessions can be ended.
		await orm
			.update(users)
			.set({ sessionEpoch: sql`${users.sessionEpoch} + 1` })
			.where(eq(users.id, userId));
	} else {
		await orm.delete(endedSessions).where(lt(endedSessions.expiresAt, sql`now()`));
		const endsAt = new Date(signedInAtMs + sessionMsMax).toISOString();
		// Selected from the account, which may be deleted at the same moment.
		const ended = orm
			.select({
				id: sql<string>`${sessionId}::uuid`.as("id"),
				userId: users.id,
				expiresAt: sql<Date>`${endsAt}::timestamptz`.as("expires_at"),
			})
			.from(users)
			.where(eq(users.id, userId));
		await orm.insert(endedSessions).select(ended).onConflictDoNothing();
	}
	needs.sessions.forget(userId);
}

/** Ends every session of the viewer, within two seconds everywhere. */
export async function signOutEverywhere(needs: AuthNeeds, viewer: Viewer): Promise<void> {
	await updateUser(needs.db, viewer.userId, { endsSessions: true });
	needs.sessions.forget(viewer.userId);
}

/**
 * Ends every session of everyone, as after a restore: a session that was ended since the backup must not come back. The new
 * numbers are random, so that no older session has one of them.
 */
export async function endAllSessions({ orm }: Pick<DatabaseOrTransaction, "orm">): Promise<void> {
	await orm.update(users).set({ sessionEpoch: sql`1 + (random() * 1073741824)::int` });
}

import { lt, sql } from "drizzle-orm";
import { endedSessions } from "../../../drizzle/schema/index.ts";
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
	if (sessionId === null) {
		// A token of before sessions had ids: only all of the person's sessions can be ended.
		await needs.db.sql`update users set session_epoch = session_epoch + 1 where id = ${userId}`;
	} else {
		const { orm } = needs.db;
		await orm.delete(endedSessions).where(lt(endedSessions.expiresAt, sql`now()`));
		// Selected from the account, which may be deleted at the same moment.
		const endsAt = new Date(signedInAtMs + sessionMsMax).toISOString();
		await needs.db.sql`
			insert into ended_sessions (id, user_id, expires_at)
			select ${sessionId}::uuid, id, ${endsAt}::timestamptz from users where id = ${userId}
			on conflict (id) do nothing`;
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
export async function endAllSessions(tx: Pick<DatabaseOrTransaction, "sql">): Promise<void> {
	await tx.sql`update users set session_epoch = 1 + (random() * 1073741824)::int`;
}

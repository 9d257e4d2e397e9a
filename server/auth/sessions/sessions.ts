import { LRUCache } from "lru-cache";
import { decode } from "next-auth/jwt";
import * as z from "zod";
import { AppError } from "../../contract/errors.ts";
import { type UserId, userId } from "../../contract/ids.ts";
import type { Database } from "../../db/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Role, Viewer } from "../viewer.ts";
import { findSessionToken } from "./cookies.ts";

/** How long an account's row may be used without being read again: the bound on suspensions, roles and ended sessions. */
const accountAgeMsMax = 2_000;
/** Both caches hold as many people as one process plausibly serves at once; a token is about 300 bytes. */
const cacheEntriesMax = 10_000;
/**
 * A session ends 30 days after its sign-in, however often it is used. next-auth renews the token's own expiry whenever it is
 * asked for the session, so the token's expiry alone would never end it.
 */
export const sessionMsMax = 30 * 24 * 60 * 60_000;

export interface Sessions {
	/**
	 * The person whose session a Cookie header carries, or null when it carries no valid one. Throws `suspended` for a
	 * suspended account. On a cache hit it costs two map look-ups; a token is decrypted once, an account read once in 2 s.
	 */
	authenticate(cookieHeader: string | undefined): Promise<Viewer | null>;
	/** The same for the claims of a token that next-auth has decrypted already. */
	findViewer(claims: unknown): Promise<Viewer | null>;
	/** Whether a session is still valid with the same role: streams outlive their request and ask every few seconds. */
	isStillValid(viewer: Viewer): Promise<boolean>;
	/** Makes a change of this account take effect at once in this process. Call it after COMMIT. */
	forget(userId: string): void;
}

/** What a session's token says, once it is decrypted. */
export interface SessionClaims {
	readonly userId: UserId;
	/** Null in tokens of before sessions had ids. */
	readonly sessionId: string | null;
	readonly sessionEpoch: number;
	readonly signedInAtMs: number;
	readonly expiresAtMs: number;
}

interface Account {
	readonly viewer: Viewer;
	readonly isSuspended: boolean;
	/** Its person has signed out of this session. */
	readonly isEnded: boolean;
}

export function createSessions(input: {
	db: Pick<Database, "sql">;
	secret: string;
	cookieName: string;
	clock: Clock;
}): Sessions {
	const { clock } = input;
	const readClaims = createClaimsReader(input.secret);
	const accounts = createAccountReader(input.db, clock);

	const toViewer = async (claims: SessionClaims | null): Promise<Viewer | null> => {
		if (!claims || claims.expiresAtMs <= clock.now()) return null;
		const account = await accounts.read(claims);
		if (!account || account.isEnded || account.viewer.sessionEpoch !== claims.sessionEpoch) return null;
		if (account.isSuspended) throw new AppError("suspended", "This account is suspended.");
		const { sessionId, signedInAtMs, expiresAtMs } = claims;
		return { ...account.viewer, sessionId, signedInAtMs, expiresAtMs };
	};
	return {
		async authenticate(cookieHeader) {
			const token = findSessionToken(cookieHeader, input.cookieName);
			return token === null ? null : toViewer(await readClaims(token));
		},
		findViewer: (claims) => toViewer(toClaims(claims)),
		async isStillValid({ userId: id, sessionId = null, sessionEpoch, role, expiresAtMs = Infinity }) {
			if (expiresAtMs <= clock.now()) return false;
			const account = await accounts.read({ userId: id, sessionId });
			return (
				account !== null &&
				!account.isSuspended &&
				!account.isEnded &&
				account.viewer.sessionEpoch === sessionEpoch &&
				account.viewer.role === role
			);
		},
		forget: accounts.forget,
	};
}

/** Decrypts each token once. Forged tokens are not cached, because they would push real sessions out. */
function createClaimsReader(secret: string) {
	const known = new LRUCache<string, Promise<SessionClaims | null>>({ max: cacheEntriesMax });
	return (token: string): Promise<SessionClaims | null> => {
		const kept = known.get(token);
		if (kept) return kept;
		const fresh = decodeClaims(token, secret).then((claims) => {
			if (!claims) known.delete(token);
			return claims;
		});
		known.set(token, fresh);
		return fresh;
	};
}

async function decodeClaims(token: string, secret: string): Promise<SessionClaims | null> {
	try {
		return toClaims(await decode({ token, secret }));
	} catch {
		// Expired, forged, or encrypted with another secret: none of them is a session.
		return null;
	}
}

const sessionToken = z.object({
	userId,
	sessionId: z.uuid().optional(),
	sessionEpoch: z.number().int(),
	exp: z.number(),
	/** When this token was made, seconds since 1970. */
	iat: z.number(),
	signedInAtMs: z.number().optional(),
});

/** The claims of a decrypted token; null when it is no session of ours. */
export function toClaims(payload: unknown): SessionClaims | null {
	const token = sessionToken.safeParse(payload).data;
	if (!token) return null;
	const signedInAtMs = token.signedInAtMs ?? token.iat * 1_000;
	return {
		userId: token.userId,
		sessionId: token.sessionId ?? null,
		sessionEpoch: token.sessionEpoch,
		signedInAtMs,
		expiresAtMs: Math.min(token.exp * 1_000, signedInAtMs + sessionMsMax),
	};
}

type SessionKey = Pick<SessionClaims, "userId" | "sessionId">;

/** Reads each session's account at most once in two seconds, counted from the start of the read; concurrent callers share it. */
function createAccountReader(db: Pick<Database, "sql">, clock: Clock) {
	const known = new LRUCache<
		string,
		{ readonly startedAtMs: number; readonly account: Promise<Account | null> }
	>({
		max: cacheEntriesMax,
	});
	return {
		read(session: SessionKey): Promise<Account | null> {
			const key = `${session.userId} ${session.sessionId ?? ""}`;
			const startedAtMs = clock.elapsed();
			const kept = known.get(key);
			if (kept && startedAtMs - kept.startedAtMs < accountAgeMsMax) return kept.account;
			const entry = { startedAtMs, account: readAccount(db, session) };
			known.set(key, entry);
			entry.account.catch(() => {
				if (known.get(key) === entry) known.delete(key);
			});
			return entry.account;
		},
		forget(userId: string): void {
			for (const key of known.keys()) if (key.startsWith(`${userId} `)) known.delete(key);
		},
	};
}

/** The one hot query of the room, hence plain SQL: postgres.js prepares it once per connection. */
async function readAccount(
	db: Pick<Database, "sql">,
	{ userId, sessionId }: SessionKey,
): Promise<Account | null> {
	const [row] = await db.sql<
		{
			email: string;
			name: string;
			role: Role;
			plan: string;
			session_epoch: number;
			is_suspended: boolean;
			is_ended: boolean;
		}[]
	>`
		select email, name, role, plan, session_epoch, suspended_at is not null as is_suspended,
			exists (select from ended_sessions where id = ${sessionId}::uuid) as is_ended
		from users where id = ${userId} and deleting_at is null`;
	if (!row) return null;
	const { email, name, role, plan, session_epoch: sessionEpoch } = row;
	return {
		viewer: { userId, email, name, role, plan, sessionEpoch },
		isSuspended: row.is_suspended,
		isEnded: row.is_ended,
	};
}

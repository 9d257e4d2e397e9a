import { LRUCache } from "lru-cache";
import { decode } from "next-auth/jwt";
import * as z from "zod";
import { AppError } from "../../contract/errors.ts";
import { type UserId, userId } from "../../contract/ids.ts";
import type { Database } from "../../db/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Role, Viewer } from "../viewer.ts";
import { findSessionToken } from "./cookies.ts";

/** How long an account's row may serve without being read again: the bound on bans, roles and ended sessions. */
const accountAgeMsMax = 2_000;
/** Both caches hold as many people as one process plausibly serves at once; a token is about 230 bytes. */
const cacheEntriesMax = 10_000;

export interface Sessions {
	/**
	 * Whose session a Cookie header carries, or null when it carries none that counts. Throws `suspended` for a paused
	 * account. On a hit it costs two map lookups; a token is decrypted once, an account read once in two seconds.
	 */
	authenticate(cookieHeader: string | undefined): Promise<Viewer | null>;
	/** The same for the claims of a token that next-auth has decrypted already. */
	findViewer(claims: unknown): Promise<Viewer | null>;
	/** Whether a session still stands with the same role: for streams, which outlive their request, every few seconds. */
	isStillValid(viewer: Viewer): Promise<boolean>;
	/** Lets a change made in this process take effect at once. Call it after COMMIT. */
	forget(userId: string): void;
}

interface Claims {
	readonly userId: UserId;
	readonly sessionEpoch: number;
	readonly expiresAtMs: number;
	readonly signedInAtMs: number | undefined;
}

interface Account {
	readonly viewer: Viewer;
	readonly isSuspended: boolean;
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

	const toViewer = async (claims: Claims | null): Promise<Viewer | null> => {
		if (!claims || claims.expiresAtMs <= clock.now()) return null;
		const account = await accounts.read(claims.userId);
		if (account?.viewer.sessionEpoch !== claims.sessionEpoch) return null;
		if (account.isSuspended) throw new AppError("suspended", "This account is paused.");
		const { signedInAtMs } = claims;
		return signedInAtMs === undefined ? account.viewer : { ...account.viewer, signedInAtMs };
	};
	return {
		async authenticate(cookieHeader) {
			const token = findSessionToken(cookieHeader, input.cookieName);
			return token === null ? null : toViewer(await readClaims(token));
		},
		findViewer: (claims) => toViewer(toClaims(claims)),
		async isStillValid(viewer) {
			const account = await accounts.read(viewer.userId);
			return (
				account !== null &&
				!account.isSuspended &&
				account.viewer.sessionEpoch === viewer.sessionEpoch &&
				account.viewer.role === viewer.role
			);
		},
		forget: accounts.forget,
	};
}

/** Decrypts each token once. Forgeries are not kept, or they would push real sessions out. */
function createClaimsReader(secret: string) {
	const known = new LRUCache<string, Promise<Claims | null>>({ max: cacheEntriesMax });
	return (token: string): Promise<Claims | null> => {
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

async function decodeClaims(token: string, secret: string): Promise<Claims | null> {
	try {
		return toClaims(await decode({ token, secret }));
	} catch {
		// Expired, forged or minted under another secret: all the same to us.
		return null;
	}
}

const sessionToken = z.object({
	userId,
	sessionEpoch: z.number().int(),
	exp: z.number(),
	signedInAtMs: z.number().optional(),
});

function toClaims(payload: unknown): Claims | null {
	const token = sessionToken.safeParse(payload).data;
	if (!token) return null;
	const { exp, signedInAtMs, ...claims } = token;
	return { ...claims, expiresAtMs: exp * 1000, signedInAtMs };
}

/** Reads each account at most once in two seconds, counted from the start of the read; callers at once share one. */
function createAccountReader(db: Pick<Database, "sql">, clock: Clock) {
	const known = new LRUCache<
		string,
		{ readonly startedAtMs: number; readonly account: Promise<Account | null> }
	>({
		max: cacheEntriesMax,
	});
	return {
		read(userId: UserId): Promise<Account | null> {
			const startedAtMs = clock.elapsed();
			const kept = known.get(userId);
			if (kept && startedAtMs - kept.startedAtMs < accountAgeMsMax) return kept.account;
			const entry = { startedAtMs, account: readAccount(db, userId) };
			known.set(userId, entry);
			entry.account.catch(() => {
				if (known.get(userId) === entry) known.delete(userId);
			});
			return entry.account;
		},
		forget: (userId: string) => void known.delete(userId),
	};
}

/** The one hot query of the room, hence plain SQL: postgres.js prepares it once per connection. */
async function readAccount(db: Pick<Database, "sql">, userId: UserId): Promise<Account | null> {
	const [row] = await db.sql<
		{ email: string; name: string; role: Role; plan: string; session_epoch: number; is_suspended: boolean }[]
	>`select email, name, role, plan, session_epoch, suspended_at is not null as is_suspended from users where id = ${userId}`;
	if (!row) return null;
	const { email, name, role, plan, session_epoch: sessionEpoch } = row;
	return { viewer: { userId, email, name, role, plan, sessionEpoch }, isSuspended: row.is_suspended };
}

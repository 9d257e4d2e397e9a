import type { UserId } from "../contract/ids.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../kernel/clock.ts";
import type { RateLimit, RateStore } from "../rates/index.ts";
import type { Settings } from "../settings/index.ts";
import type { EmailSender } from "./email.ts";
import { type Attempts, createAttempts, createSharedAttempts } from "./limits/attempts.ts";
import { createPasswords, type Passwords } from "./passwords/passwords.ts";
import { sessionCookieName } from "./sessions/cookies.ts";
import { createSessions, type Sessions } from "./sessions/sessions.ts";

export type AuthSettings = Pick<Settings, "publicUrl" | "signUp" | "oauth">;

/** Where trouble goes that the person concerned must not see. Never addresses, passwords or tokens. */
export interface AuthLog {
	warn(fields: Record<string, unknown>, message: string): void;
}

/** What the flows of this room share. */
export interface AuthNeeds {
	readonly db: Database;
	readonly settings: AuthSettings;
	/** Encrypts session tokens, and makes the tokens of links asked for by name and the keys of allowances. */
	readonly secret: string;
	readonly mail: EmailSender | null;
	readonly log: AuthLog;
	readonly passwords: Passwords;
	readonly sessions: Sessions;
	readonly limits: AuthLimits;
	readonly clock: Clock;
	endTurns(userId: UserId): Promise<void>;
}

/**
 * 15 minutes of: 10 wrong passwords for one e-mail address, 50 from one client address (an office may share one), 20 new
 * accounts from one client address. An hour of: 3 reset letters to one e-mail address, 20 from one client address.
 * Over all instances when they share a store; else each counts alone, with its share of the limit, and with half of that
 * when the store that they should share does not answer.
 */
export interface AuthLimits {
	readonly signInByEmail: Attempts;
	readonly signInByAddress: Attempts;
	readonly signUpByAddress: Attempts;
	readonly resetByEmail: Attempts;
	readonly resetByAddress: Attempts;
}

const quarterMs = 15 * 60_000;
const hourMs = 60 * 60_000;

function createLimits({ clock, sharedRates: store = null, instances = 1 }: AuthInput): AuthLimits {
	const share = store ? instances * 2 : instances;
	const count = (name: string, limit: RateLimit): Attempts => {
		const own = createAttempts({ ...limit, max: Math.max(1, Math.floor(limit.max / share)), clock });
		return store ? createSharedAttempts({ store, name, limit }, own) : own;
	};
	return {
		signInByEmail: count("sign-in:email", { max: 10, windowMs: quarterMs }),
		signInByAddress: count("sign-in:address", { max: 50, windowMs: quarterMs }),
		signUpByAddress: count("sign-up:address", { max: 20, windowMs: quarterMs }),
		resetByEmail: count("reset:email", { max: 3, windowMs: hourMs }),
		resetByAddress: count("reset:address", { max: 20, windowMs: hourMs }),
	};
}

export interface AuthInput {
	readonly db: Database;
	readonly settings: AuthSettings;
	/** Encrypts session tokens; at least 32 characters. */
	readonly secret: string;
	readonly clock: Clock;
	/** Null when no mail server is set. */
	readonly mail: EmailSender | null;
	readonly log?: AuthLog;
	/** Counts for all instances; null, or nothing, when each counts alone. */
	readonly sharedRates?: RateStore | null;
	/** How many processes serve this database; one when nothing is said. */
	readonly instances?: number;
	/** Asks every running answer of somebody to end, and waits a little; without it nobody has any. */
	endTurns?(userId: UserId): Promise<void>;
}

export function createNeeds(input: AuthInput): AuthNeeds {
	const { db, settings, secret, clock, mail } = input;
	return {
		db,
		settings,
		secret,
		mail,
		log: input.log ?? { warn: () => {} },
		passwords: createPasswords(),
		sessions: createSessions({ db, secret, cookieName: sessionCookieName(settings.publicUrl), clock }),
		limits: createLimits(input),
		clock,
		endTurns: input.endTurns ?? (async () => undefined),
	};
}

/** Two spellings of one mailbox count as one in every limit. */
export const toLimitKey = (email: string): string => email.trim().toLowerCase();

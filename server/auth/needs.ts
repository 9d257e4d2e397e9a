import type { UserId } from "../contract/ids.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Keys } from "../keys/index.ts";
import type { RateStore } from "../rates/index.ts";
import type { Settings } from "../settings/index.ts";
import type { EmailSender } from "./email.ts";
import { type AuthLimits, createAuthLimits } from "./limits/auth-limits.ts";
import { createPasswords, type Passwords } from "./passwords/passwords.ts";
import { sessionCookieName } from "./sessions/cookies.ts";
import { createSessions, type Sessions } from "./sessions/sessions.ts";

export type AuthSettings = Pick<Settings, "publicUrl" | "signUp" | "oauth">;

/** Where problems are reported that the person concerned must not see. Never addresses, passwords or tokens. */
export interface AuthLog {
	warn(fields: Record<string, unknown>, message: string): void;
}

/** Whose API key a caller shows. */
export type KeyCheck = Pick<Keys, "authenticate" | "isStillValid">;

/** What the flows of this room share. */
export interface AuthNeeds {
	readonly db: Database;
	readonly settings: AuthSettings;
	/**
	 * Encrypts session tokens, signs cookies of known devices, and makes the tokens of links with an idempotency key and the
	 * keys of allowances.
	 */
	readonly secret: string;
	readonly mail: EmailSender | null;
	readonly log: AuthLog;
	readonly passwords: Passwords;
	readonly sessions: Sessions;
	readonly limits: AuthLimits;
	readonly clock: Clock;
	readonly background: Background;
	/** Null: no keys are valid here. */
	readonly keys: KeyCheck | null;
	endTurns(userId: UserId): Promise<void>;
}

/** Work that no answer waits for, and a shutdown does. A failure is logged under the event. */
export interface Background {
	run(event: string, work: () => Promise<void>): void;
	/** Resolves when none is left. */
	settle(): Promise<void>;
}

export interface AuthInput {
	readonly db: Database;
	readonly settings: AuthSettings;
	/** At least 32 characters. */
	readonly secret: string;
	readonly clock: Clock;
	/** Null when no mail server is set. */
	readonly mail: EmailSender | null;
	readonly log?: AuthLog;
	/** Counts limits for all instances; null, the default, when each counts alone. */
	readonly sharedRates?: RateStore | null;
	/** By default no keys are valid. */
	readonly keys?: KeyCheck;
	/** How many processes serve this database; 1 by default. */
	readonly instances?: number;
	/** Asks every running answer of a person to stop, and waits a little. By default no answers run. */
	endTurns?(userId: UserId): Promise<void>;
}

export function createNeeds(input: AuthInput): AuthNeeds {
	const { db, settings, secret, clock, mail } = input;
	const log = input.log ?? { warn: () => {} };
	return {
		db,
		settings,
		secret,
		mail,
		log,
		passwords: createPasswords(),
		sessions: createSessions({ db, secret, cookieName: sessionCookieName(settings.publicUrl), clock }),
		limits: createAuthLimits({
			clock,
			store: input.sharedRates ?? null,
			instances: input.instances ?? 1,
		}),
		clock,
		background: createBackground(log),
		keys: input.keys ?? null,
		endTurns: input.endTurns ?? (async () => undefined),
	};
}

export function createBackground(log: AuthLog): Background {
	const pending = new Set<Promise<void>>();
	return {
		run(event, work) {
			const done = work()
				.catch((err: unknown) => log.warn({ event, err }, "Work in the background failed."))
				.finally(() => pending.delete(done));
			pending.add(done);
		},
		settle: async () => void (await Promise.allSettled(pending)),
	};
}

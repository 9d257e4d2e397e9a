import type { Clock } from "../../kernel/clock.ts";
import type { RateLimit, RateStore } from "../../rates/index.ts";
import { type Attempts, createAttempts, createSharedAttempts, createSlowdown } from "./attempts.ts";

/**
 * How often passwords, sign-ups and reset emails may be tried. Passwords are slowed down and never locked: a stranger who
 * knows an email address must not be able to keep its owner out.
 */
export interface AuthLimits {
	/** Wrong passwords of one client address for one account. */
	readonly signInByPair: Attempts;
	/** Wrong passwords of one browser that has signed in to this account before. */
	readonly signInByDevice: Attempts;
	/** Wrong passwords for one account, from all browsers that never signed in to it. */
	readonly signInByAccount: Attempts;
	/** Wrong passwords of one client address, which an office may share. */
	readonly signInByAddress: Attempts;
	/** Wrong current passwords in a session. Counted apart from sign-ins, which strangers can attempt too. */
	readonly passwordChange: Attempts;
	readonly accountDeletion: Attempts;
	readonly signUpByAddress: Attempts;
	readonly resetByEmail: Attempts;
	readonly resetByAddress: Attempts;
}

const secondMs = 1_000;
const quarterMs = 15 * 60 * secondMs;
const hourMs = 60 * 60 * secondMs;

/** What one person's own mistakes may need. */
const ownBurst: RateLimit = { max: 10, windowMs: quarterMs };
const ownPace: RateLimit = { max: 1, windowMs: 20 * secondMs };

/**
 * Counted for all instances when they share a store. Otherwise each instance counts alone with its share of the limit, and
 * with half of that while the shared store does not answer.
 */
export function createAuthLimits(input: {
	clock: Clock;
	store: RateStore | null;
	instances: number;
}): AuthLimits {
	const { clock, store } = input;
	const share = store ? input.instances * 2 : input.instances;
	const count = (name: string, limit: RateLimit): Attempts => {
		const own = createAttempts({ ...limit, max: Math.max(1, Math.floor(limit.max / share)), clock });
		return store ? createSharedAttempts({ store, name, limit }, own) : own;
	};
	const slowDown = (name: string, burst: RateLimit, pace: RateLimit): Attempts =>
		createSlowdown(count(name, burst), count(`${name}:pace`, pace));
	return {
		signInByPair: slowDown("sign-in:pair", ownBurst, ownPace),
		signInByDevice: slowDown("sign-in:device", ownBurst, ownPace),
		signInByAccount: slowDown(
			"sign-in:account",
			{ max: 100, windowMs: quarterMs },
			{ max: 1, windowMs: 10 * secondMs },
		),
		signInByAddress: slowDown(
			"sign-in:address",
			{ max: 50, windowMs: quarterMs },
			{ max: 1, windowMs: 5 * secondMs },
		),
		passwordChange: slowDown("password-change", ownBurst, ownPace),
		accountDeletion: slowDown("account-deletion", ownBurst, ownPace),
		signUpByAddress: count("sign-up:address", { max: 20, windowMs: quarterMs }),
		resetByEmail: count("reset:email", { max: 3, windowMs: hourMs }),
		resetByAddress: count("reset:address", { max: 20, windowMs: hourMs }),
	};
}

/** Two spellings of one mailbox count as one. */
export const toLimitKey = (email: string): string => email.trim().toLowerCase();

/** One client address trying one account. */
export const toPairKey = (email: string, address: string | null): string =>
	`${toLimitKey(email)}\n${address ?? "this machine"}`;

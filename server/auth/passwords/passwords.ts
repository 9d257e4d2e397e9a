import { hash, parseOptions, verify } from "@node-rs/argon2";
import { AppError } from "../../contract/errors.ts";
import { normalisePassword } from "./password-rules.ts";

/**
 * argon2id with the OWASP Password Storage Cheat Sheet's setting for 19 MiB: two passes, one lane. `algorithm: 2` is
 * argon2id in the package's own numbering, whose enum cannot be imported as a value here.
 */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Two hashes at a time: a flood of sign-ins cannot take every thread of the pool from files and name look-ups. */
const concurrencyMax = 2;
/** At about 50 ms a hash the last one in the queue waits 2.5 s; later ones are refused with a time to wait. */
const waitingMax = 100;

export interface Passwords {
	/** The PHC string to store. Throws `rate_limited` when the queue is full. */
	hash(password: string): Promise<string>;
	/** Whether the password is right; without a stored hash it takes the same time and never is. */
	verify(stored: string | null, password: string): Promise<boolean>;
}

/** The PHC string of a password, outside any queue: for the command line, where one person waits for one hash. */
export const hashPassword = (password: string): Promise<string> =>
	hash(normalisePassword(password), parameters);

/** Whether a hash was made with other parameters than today's, and should be made again at the next sign-in. */
export function isOutdatedHash(stored: string): boolean {
	const made = parseOptions(stored);
	return (
		made.algorithm !== parameters.algorithm ||
		made.memoryCost !== parameters.memoryCost ||
		made.timeCost !== parameters.timeCost ||
		made.parallelism !== parameters.parallelism
	);
}

/** Hashing for a server: bounded, so that sign-ins cannot take every core or pile up. */
export function createPasswords(): Passwords {
	const queue = createQueue();
	let decoy: Promise<string> | null = null;
	const getDecoy = () => {
		decoy ??= hashPassword("no account has this password");
		return decoy;
	};
	return {
		hash: (password) => queue(() => hashPassword(password)),
		verify: (stored, password) =>
			queue(async () => {
				const isRight = await matches(stored ?? (await getDecoy()), password);
				return stored !== null && isRight;
			}),
	};
}

async function matches(stored: string, password: string): Promise<boolean> {
	try {
		return await verify(stored, normalisePassword(password));
	} catch {
		// A stored value that is no PHC string matches no password.
		return false;
	}
}

function createQueue() {
	const waiting: (() => void)[] = [];
	let running = 0;
	return async <Result>(run: () => Promise<Result>): Promise<Result> => {
		if (waiting.length >= waitingMax) {
			throw new AppError("rate_limited", "Too many sign-ins at once.", { details: { retryAfterMs: 3_000 } });
		}
		if (running >= concurrencyMax) await new Promise<void>((resolve) => waiting.push(resolve));
		else running += 1;
		try {
			return await run();
		} finally {
			// The place passes directly to the next in line, so that no later caller gets in between.
			const next = waiting.shift();
			if (next) next();
			else running -= 1;
		}
	};
}

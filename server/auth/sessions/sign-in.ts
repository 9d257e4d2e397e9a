import { AppError } from "../../contract/errors.ts";
import { findUserByEmail, replacePasswordHash, toViewer, type UserRow } from "../accounts/users.ts";
import { emailField, passwordField } from "../fields.ts";
import { requireNoWait } from "../limits/attempts.ts";
import { type AuthNeeds, toLimitKey } from "../needs.ts";
import { isOutdatedHash } from "../passwords/passwords.ts";
import type { Viewer } from "../viewer.ts";

export interface Credentials {
	/** As it came from outside: anything that is no e-mail and password is simply wrong. */
	readonly email: unknown;
	readonly password: unknown;
	/** Where the attempt comes from; null when that is not known. */
	readonly address?: string | null;
}

/**
 * The person whose e-mail and password these are, or null: an unknown address, a wrong password and an account without
 * one are told apart neither by the answer nor by its time. Throws `rate_limited`, and `suspended` only to somebody who
 * knows the password. Every attempt counts from its start, so a burst of guesses cannot outrun the limit.
 */
export async function verifyCredentials(needs: AuthNeeds, credentials: Credentials): Promise<Viewer | null> {
	const email = emailField.safeParse(credentials.email);
	const password = passwordField.safeParse(credentials.password);
	if (!email.success || !password.success) return null;

	const attempt = await startAttempt(needs, email.data, credentials.address ?? null);
	const user = await findUserByEmail(needs.db, email.data);
	const isRight = await needs.passwords.verify(user?.passwordHash ?? null, password.data);
	if (!user || !isRight) return null;
	await attempt.succeed();

	if (user.suspendedAt) throw new AppError("suspended", "This account is paused.");
	await rehash(needs, user, password.data);
	return toViewer(user);
}

async function startAttempt({ limits }: AuthNeeds, email: string, address: string | null) {
	const key = toLimitKey(email);
	const [addressWaitMs, emailWaitMs] = await Promise.all([
		address === null ? 0 : limits.signInByAddress.take(address),
		limits.signInByEmail.take(key),
	]);
	requireNoWait(Math.max(addressWaitMs, emailWaitMs));
	return {
		async succeed() {
			await Promise.all([
				limits.signInByEmail.clear(key),
				address === null ? null : limits.signInByAddress.giveBack(address),
			]);
		},
	};
}

async function rehash({ db, passwords }: AuthNeeds, user: UserRow, password: string): Promise<void> {
	if (!user.passwordHash || !isOutdatedHash(user.passwordHash)) return;
	await replacePasswordHash(db, user, await passwords.hash(password));
}

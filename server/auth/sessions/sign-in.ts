import { AppError } from "../../contract/errors.ts";
import { findUserByEmail, replacePasswordHash, toViewer, type UserRow } from "../accounts/users.ts";
import { emailField, passwordField } from "../fields.ts";
import { type CountedUnder, takeAttempt } from "../limits/attempts.ts";
import { type AuthLimits, toLimitKey, toPairKey } from "../limits/auth-limits.ts";
import type { AuthNeeds } from "../needs.ts";
import { isOutdatedHash } from "../passwords/passwords.ts";
import type { Viewer } from "../viewer.ts";
import { findKnownDevice } from "./known-device.ts";

export interface Credentials {
	/** As it came from outside: anything that is no email address and password is simply wrong. */
	readonly email: unknown;
	readonly password: unknown;
	/** The client address of the attempt; null when it is not known. */
	readonly address?: string | null;
	/** Its Cookie header, in which a known device names itself. */
	readonly cookieHeader?: string | undefined;
}

/**
 * The person whose email address and password these are, or null: neither the answer nor its time tells an unknown address,
 * a wrong password and an account without a password apart. Throws `rate_limited`, and `suspended` only to callers who know
 * the password. Every attempt counts from its start, so a burst of parallel guesses cannot exceed the limit.
 */
export async function verifyCredentials(needs: AuthNeeds, credentials: Credentials): Promise<Viewer | null> {
	const email = emailField.safeParse(credentials.email);
	const password = passwordField.safeParse(credentials.password);
	if (!email.success || !password.success) return null;

	const { address = null, cookieHeader } = credentials;
	const { secret, settings } = needs;
	const device = findKnownDevice(cookieHeader, email.data, { secret, publicUrl: settings.publicUrl });
	const counted = toCounted(needs.limits, { email: email.data, address, device });
	await takeAttempt(counted);
	const user = await findUserByEmail(needs.db, email.data);
	const isRight = await needs.passwords.verify(user?.passwordHash ?? null, password.data);
	if (!user || !isRight) return null;
	await forgetAttempts(counted);

	if (user.suspendedAt) throw new AppError("suspended", "This account is suspended.");
	await rehash(needs, user, password.data);
	return toViewer(user);
}

/** A known device is counted by itself alone, so that no stranger's attempts slow its owner down. */
function toCounted(
	limits: AuthLimits,
	by: { email: string; address: string | null; device: string | null },
): CountedUnder {
	if (by.device !== null) return [[limits.signInByDevice, by.device]];
	return [
		[limits.signInByPair, toPairKey(by.email, by.address)],
		...(by.address === null ? [] : [[limits.signInByAddress, by.address] as const]),
		[limits.signInByAccount, toLimitKey(by.email)],
	];
}

/** The right password clears the count of this caller; of the shared counts it only takes its own attempt away. */
async function forgetAttempts([own, ...shared]: CountedUnder): Promise<void> {
	await Promise.all([own?.[0].clear(own[1]), ...shared.map(([limit, key]) => limit.giveBack(key))]);
}

async function rehash({ db, passwords }: AuthNeeds, user: UserRow, password: string): Promise<void> {
	if (!user.passwordHash || !isOutdatedHash(user.passwordHash)) return;
	await replacePasswordHash(db, user, await passwords.hash(password));
}

import { toFailure, trpc } from "../trpc-client";
import { signIn } from "./session";
import type { AccountFailure } from "./words";

/** Runs a call; returns what went wrong, or null. */
export async function attempt(call: () => Promise<unknown>): Promise<AccountFailure | null> {
	try {
		await call();
		return null;
	} catch (error) {
		return toFailure(error);
	}
}

export interface Registration {
	readonly email: string;
	readonly password: string;
	readonly name?: string;
	readonly token?: string;
}

export type RegistrationKind = "sign-up" | "invite" | "setup";

/** Makes the account and signs in to it. */
export async function register(
	kind: RegistrationKind,
	registration: Registration,
): Promise<AccountFailure | null> {
	const { token = "", ...person } = registration;
	const failure = await attempt(() => {
		if (kind === "sign-up") return trpc.account.signUp.mutate(person);
		if (kind === "invite") return trpc.account.acceptInvite.mutate({ ...person, token });
		return trpc.account.acceptSetup.mutate({ ...person, token });
	});
	return failure ?? signIn(person.email, person.password);
}

/** A new password ends every session, so this browser signs in again with it. */
export async function changePassword(
	email: string,
	passwords: { currentPassword: string; newPassword: string },
): Promise<AccountFailure | null> {
	const failure = await attempt(() => trpc.account.changePassword.mutate(passwords));
	return failure ? renamePassword(failure) : signIn(email, passwords.newPassword);
}

export async function resetPassword(input: {
	token: string;
	newPassword: string;
}): Promise<AccountFailure | null> {
	let email = "";
	const failure = await attempt(async () => {
		email = (await trpc.account.resetPassword.mutate(input)).email;
	});
	return failure ? renamePassword(failure) : signIn(email, input.newPassword);
}

/** The server speaks of `password`; in these two forms the field is called `newPassword`. */
function renamePassword(failure: AccountFailure): AccountFailure {
	if (failure.details.field !== "password") return failure;
	return { ...failure, details: { ...failure.details, field: "newPassword" } };
}

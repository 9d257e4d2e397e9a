import type { AccountFailure } from "../words/account";
import { tellTabs } from "./end-session";
import { toFailure, trpc } from "./trpc-client";

/** Signs in through next-auth's own flow and leaves the session in a cookie; returns what went wrong, or null. */
export async function signIn(email: string, password: string): Promise<AccountFailure | null> {
	const url = await post("callback/credentials", { email, password });
	const code = url.searchParams.get("error");
	if (code !== null) return { code, details: {} };
	// Sent back to the start without an error: the token's cookie did not come along.
	return url.searchParams.has("csrf") ? { code: "cookies", details: {} } : null;
}

/** Leaves for the provider's own page; comes back to `path`. */
export async function leaveForProvider(provider: string, path: string): Promise<AccountFailure | null> {
	const url = await post(`signin/${encodeURIComponent(provider)}`, { callbackUrl: path });
	if (url.origin === location.origin) {
		return { code: url.searchParams.get("error") ?? "cookies", details: {} };
	}
	location.assign(url);
	return untilGone();
}

/** Ends the session of this browser, on the server too, and goes to the sign-in page. @throws Error when it goes on. */
export async function signOut(): Promise<void> {
	const url = await post("signout", {});
	const code = url.searchParams.get("error");
	if (code !== null) throw new Error(`The session could not be ended: ${code}`);
	leaveSignedOut();
}

/** The session is over, here and in every other tab of this browser. */
export function leaveSignedOut(): void {
	tellTabs(null);
	location.assign("/sign-in");
}

/** Keeps a form busy until the browser has left the page. */
export const untilGone = (): Promise<never> => new Promise(() => {});

/** Where next-auth leads; a refusal is in the address as `?error=<code>`, also one that came before next-auth. */
async function post(path: string, fields: Record<string, string>): Promise<URL> {
	const token = await fetch("/api/auth/csrf");
	const { csrfToken } = (await token.json()) as { csrfToken: string };
	const response = await fetch(`/api/auth/${path}`, {
		method: "POST",
		body: new URLSearchParams({ ...fields, csrfToken, json: "true" }),
	});
	const { url, error } = (await response.json()) as {
		url?: string;
		error?: { code: string; details?: { reason?: string } };
	};
	return new URL(url ?? `/?error=${error?.details?.reason ?? error?.code ?? "internal"}`, location.origin);
}

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

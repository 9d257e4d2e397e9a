import type { AccountFailure } from "./words";

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

/** Ends the session of this browser and goes to the sign-in page. */
export async function signOut(): Promise<void> {
	await post("signout", {});
	location.assign("/sign-in");
}

/** Keeps a form busy until the browser has left the page. */
export const untilGone = (): Promise<never> => new Promise(() => {});

async function post(path: string, fields: Record<string, string>): Promise<URL> {
	const token = await fetch("/api/auth/csrf");
	const { csrfToken } = (await token.json()) as { csrfToken: string };
	const response = await fetch(`/api/auth/${path}`, {
		method: "POST",
		body: new URLSearchParams({ ...fields, csrfToken, json: "true" }),
	});
	const { url } = (await response.json()) as { url: string };
	return new URL(url, location.origin);
}

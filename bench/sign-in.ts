/** A signed-in person, as the headers of every call. */
export interface Person {
	readonly cookie: string;
	readonly headers: Record<string, string>;
}

/** Signs in as a browser does, through next-auth's own two requests. @throws when no session comes of it. */
export async function signIn(
	url: string,
	credentials: { readonly email: string; readonly password: string },
): Promise<Person> {
	const start = await fetch(`${url}/api/auth/csrf`);
	const { csrfToken } = await start.json();
	const answer = await fetch(`${url}/api/auth/callback/credentials`, {
		method: "POST",
		redirect: "manual",
		headers: {
			"content-type": "application/x-www-form-urlencoded",
			origin: url,
			cookie: toCookies(start).join("; "),
		},
		body: new URLSearchParams({ ...credentials, csrfToken, json: "true" }),
	});
	const cookie = toCookies(answer).find((pair) => pair.includes("session-token="));
	if (!cookie)
		throw new Error(`Signing in failed: HTTP ${answer.status} ${(await answer.text()).slice(0, 200)}`);
	return { cookie, headers: { cookie, origin: url, "x-parley-client": "bench/1" } };
}

const toCookies = (response: Response): string[] =>
	response.headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");

/** Ends this browser's session through the session library's own door, then shows the sign-in page. */
export async function signOut(): Promise<void> {
	try {
		const answer = await fetch("/api/auth/csrf");
		const { csrfToken }: { csrfToken?: unknown } = await answer.json();
		await fetch("/api/auth/signout", {
			method: "POST",
			headers: { "content-type": "application/x-www-form-urlencoded", "x-parley-client": "web/1" },
			body: new URLSearchParams({ csrfToken: String(csrfToken), json: "true", callbackUrl: "/sign-in" }),
		});
	} finally {
		location.assign("/sign-in");
	}
}

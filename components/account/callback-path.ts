/** Only resolves paths: nothing is ever sent there (RFC 2606 keeps the name out of use). */
const anywhere = "http://parley.invalid";

/**
 * Where to go after signing in: the given path if it leads nowhere but here, else the front page. Parsed as browsers do
 * it, because they read `/\host`, `/<tab>/host` and `/.//host` as another site (CWE-601).
 */
export function toCallbackPath(value: string | string[] | null | undefined): string {
	if (typeof value !== "string" || !value.startsWith("/") || !URL.canParse(value, anywhere)) return "/";
	const url = new URL(value, anywhere);
	if (url.origin !== anywhere || url.pathname.startsWith("//")) return "/";
	if (url.pathname.startsWith("/api/") || url.pathname === "/sign-in") return "/";
	return url.pathname + url.search + url.hash;
}

/** What people copy with an address: the endpoints of each wire, and that of the list. */
const endpoint =
	/\/(chat\/completions|completions|responses|messages|models(\/[^/]+:(streamG|g)enerateContent)?)$/;

/** Where each kind has its API when only the host is named. */
const versionPath = { anthropic: "/v1", google: "/v1beta" } as const;

/**
 * The address behind which a provider has its API, from one that a person has set: the whole address of an endpoint is understood,
 * slashes at the end are left out, a query stays, since gateways want it with every request.
 */
export function toBaseUrl(address: string, kind: string): string {
	const url = new URL(address);
	url.hash = "";
	url.pathname = url.pathname.replace(/\/+$/, "").replace(endpoint, "").replace(/\/+$/, "");
	if (url.pathname === "/" && (kind === "anthropic" || kind === "google")) url.pathname = versionPath[kind];
	return url.href.replace(/\/$/, "");
}

/** An address behind a base URL; a query of either stays. */
export function toUrl(baseUrl: string, path: string): string {
	const url = new URL(baseUrl);
	const [way = "", query = ""] = path.split("?");
	url.pathname = `${url.pathname.replace(/\/+$/, "")}${way}`;
	for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
	return url.href;
}

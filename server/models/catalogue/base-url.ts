/** Endpoints that people copy together with the base URL. */
const endpoint =
	/\/(chat\/completions|completions|responses|messages|models(\/[^/]+:(streamG|g)enerateContent)?)$/;

/** The path of the API where only the host is given. */
const versionPath = { anthropic: "/v1", google: "/v1beta" } as const;

/**
 * Normalizes the base URL from the settings: removes the path of an endpoint and slashes at the end. Keeps the query, which some
 * gateways need in every request.
 */
export function toBaseUrl(address: string, kind: string): string {
	const url = new URL(address);
	url.hash = "";
	url.pathname = url.pathname.replace(/\/+$/, "").replace(endpoint, "").replace(/\/+$/, "");
	if (url.pathname === "/" && (kind === "anthropic" || kind === "google")) url.pathname = versionPath[kind];
	return url.href.replace(/\/$/, "");
}

/** Appends a path to a base URL; keeps the queries of both. */
export function toUrl(baseUrl: string, path: string): string {
	const url = new URL(baseUrl);
	const [way = "", query = ""] = path.split("?");
	url.pathname = `${url.pathname.replace(/\/+$/, "")}${way}`;
	for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
	return url.href;
}

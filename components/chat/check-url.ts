/** What may be done with an address that an answer wrote. */
export type CheckedUrl =
	| { readonly kind: "dead" }
	| { readonly kind: "fragment"; readonly href: string }
	| { readonly kind: "foreign"; readonly href: string; readonly host: string; readonly isAllowed: boolean };

const protocols = new Set(["https:", "http:", "mailto:"]);

/**
 * Judges an address from an answer. Only web and mail addresses live; scripts, data and anything unreadable are dead.
 * Our own pages count as foreign too: a link must not act for the reader without being read.
 */
export function checkUrl(value: string | undefined, allowedHosts: readonly string[]): CheckedUrl {
	if (!value) return { kind: "dead" };
	if (/^#[\w%.-]+$/.test(value)) return { kind: "fragment", href: value };
	const url = URL.parse(value, globalThis.location?.origin);
	if (!url || !protocols.has(url.protocol)) return { kind: "dead" };
	const isAllowed = url.protocol === "https:" && url.username === "" && isListed(url.hostname, allowedHosts);
	return { kind: "foreign", href: url.href, host: url.host || url.pathname, isAllowed };
}

/** `example.com` lists that host alone; `*.example.com` its subdomains. */
function isListed(host: string, allowedHosts: readonly string[]): boolean {
	return allowedHosts.some((allowed) =>
		allowed.startsWith("*.") ? host.endsWith(allowed.slice(1)) : host === allowed,
	);
}

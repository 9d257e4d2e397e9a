import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** How this server is reached, as the settings say. */
export interface PublicAddress {
	/** Without a trailing slash. */
	readonly publicUrl: string;
	readonly allowedHosts: readonly string[];
	readonly port: number;
}

/**
 * Names that no stranger can register in the public DNS (RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`), and names without a
 * dot, such as a container's. A page of a foreign domain that is re-pointed to this server (DNS rebinding) names its own domain.
 */
const localSuffixes = [".localhost", ".local", ".internal", ".home.arpa"];

/** Characters of a host from outside that are shown and logged. */
export const hostLengthMax = 100;

/** Whether a `Host` header names this server. */
export function isAllowedHost(host: string | undefined, address: PublicAddress): boolean {
	const name = toHostName(host);
	if (name === null) return false;
	if (isIP(name.replace(/^\[|\]$/g, "")) !== 0 || !name.includes(".")) return true;
	if (name === new URL(address.publicUrl).hostname) return true;
	return localSuffixes.some((suffix) => name.endsWith(suffix)) || isListedHost(name, address);
}

/** Whether PARLEY_ALLOWED_HOSTS has this host, with whatever port. */
export function isListedHost(host: string, { allowedHosts }: Pick<PublicAddress, "allowedHosts">): boolean {
	const name = toHostName(host);
	return allowedHosts.some((allowed) => name === allowed.replace(/:\d+$/, ""));
}

/** The host without its port, in lower case; null for what is no host. A trailing dot is the same name in DNS. */
function toHostName(host: string | undefined): string | null {
	const url = `http://${host}`;
	if (!host || /[/?#@\\\s]/.test(host) || !URL.canParse(url)) return null;
	return new URL(url).hostname.replace(/\.$/, "") || null;
}

/**
 * The host that people type, when this server would not recognise its own pages there: the one in `Host`, or the one that a
 * reverse proxy replaced and passed on in `X-Forwarded-Host`. Null when all is well. At most `hostLengthMax` characters.
 */
export function findUnknownHost(headers: IncomingHttpHeaders, address: PublicAddress): string | null {
	const forwarded = headers["x-forwarded-host"]?.toString().split(",", 1)[0]?.trim();
	for (const host of [headers.host, forwarded])
		if (host !== undefined && !isAllowedHost(host, address)) return host.slice(0, hostLengthMax);
	return null;
}

/** Whether PARLEY_PUBLIC_URL was left out. */
export const hasDefaultPublicUrl = ({ publicUrl, port }: PublicAddress): boolean =>
	publicUrl === `http://localhost:${port}`;

/** What the operator has to change, in a sentence. */
export function explainUnknownHost(host: string, address: PublicAddress): string {
	if (!hasDefaultPublicUrl(address))
		return "This server is not configured for the address in the browser. Its operator can add the host name to PARLEY_ALLOWED_HOSTS.";
	const url = toHostName(host) === null ? "https://chat.example.com" : `https://${host.toLowerCase()}`;
	return `This server does not know that it is reached as ${url}: PARLEY_PUBLIC_URL is not set. Its operator sets PARLEY_PUBLIC_URL=${url} and restarts it.`;
}

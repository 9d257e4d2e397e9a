/**
 * A browser stores a `__Host-` cookie only if it came over https, for this host alone and for every path (RFC 6265bis).
 * Browsers do not separate cookies by port, so the name carries a port that is not the scheme's own: otherwise two servers
 * on one host would replace each other's sessions.
 */
export function toCookieName(publicUrl: string, name: string): string {
	const { protocol, port } = new URL(publicUrl);
	const prefix = protocol === "https:" ? "__Host-" : "";
	return `${prefix}next-auth${port === "" ? "" : `-${port}`}.${name}`;
}

export const isSecureUrl = (publicUrl: string): boolean => publicUrl.startsWith("https://");

export const sessionCookieName = (publicUrl: string): string => toCookieName(publicUrl, "session-token");

/** next-auth splits a token over `name.0`, `name.1`, ... above 4 KB; ours never needs more than a few. */
const chunksMax = 16;

/**
 * The session token in a Cookie header, joined if it came in chunks; null when there is none. Of a name that occurs twice
 * the first counts, because browsers send the more specific cookie first.
 */
export function findSessionToken(cookieHeader: string | undefined, name: string): string | null {
	if (!cookieHeader?.includes(name)) return null;
	const chunks: string[] = [];
	for (const [key, value] of readCookies(cookieHeader)) {
		if (!key.startsWith(name)) continue;
		if (key === name) return value || null;
		const index = toChunkIndex(key.slice(name.length));
		if (index !== null) chunks[index] ??= value;
	}
	return joinChunks(chunks);
}

/** The value of one cookie; null when it is not there. */
export function findCookie(cookieHeader: string | undefined, name: string): string | null {
	for (const [key, value] of readCookies(cookieHeader ?? "")) if (key === name) return value;
	return null;
}

function* readCookies(cookieHeader: string): Generator<readonly [name: string, value: string]> {
	for (const pair of cookieHeader.split(";")) {
		const equals = pair.indexOf("=");
		if (equals >= 0) yield [pair.slice(0, equals).trim(), toCookieValue(pair.slice(equals + 1))];
	}
}

function toCookieValue(raw: string): string {
	const value = raw.trim();
	return value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value;
}

function toChunkIndex(suffix: string): number | null {
	const index = /^\.\d{1,2}$/.test(suffix) ? Number(suffix.slice(1)) : chunksMax;
	return index < chunksMax ? index : null;
}

function joinChunks(chunks: readonly string[]): string | null {
	for (let index = 0; index < chunks.length; index += 1) {
		if (chunks[index] === undefined) return null;
	}
	return chunks.join("") || null;
}

/** A browser keeps a `__Host-` cookie only if it came over https, for this host alone, for every path (RFC 6265bis). */
export const cookiePrefix = (publicUrl: string): string =>
	publicUrl.startsWith("https://") ? "__Host-" : "";

export const sessionCookieName = (publicUrl: string): string =>
	`${cookiePrefix(publicUrl)}next-auth.session-token`;

/** next-auth splits a token over `name.0`, `name.1`, ... above 4 KB; ours never needs more than a few. */
const chunksMax = 16;

/**
 * The session token in a Cookie header, put together again if it came in chunks; null when there is none. A name that
 * occurs twice counts once, the first time: browsers send the more specific cookie first.
 */
export function findSessionToken(cookieHeader: string | undefined, name: string): string | null {
	if (!cookieHeader?.includes(name)) return null;
	const chunks: string[] = [];
	for (const pair of cookieHeader.split(";")) {
		const equals = pair.indexOf("=");
		const key = pair.slice(0, equals).trim();
		if (equals < 0 || !key.startsWith(name)) continue;
		const value = toCookieValue(pair.slice(equals + 1));
		if (key === name) return value || null;
		const index = toChunkIndex(key.slice(name.length));
		if (index !== null) chunks[index] ??= value;
	}
	return joinChunks(chunks);
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

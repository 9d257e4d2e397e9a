import { AppError } from "../contract/errors.ts";
import { isKeyText } from "../keys/index.ts";
import type { AuthNeeds } from "./needs.ts";
import type { Viewer } from "./viewer.ts";

/**
 * The one place that decides who is asking: the owner of the API key in an `Authorization` header, or else the person whose session
 * a Cookie header carries; null for neither. A key that is not valid is refused, whatever else the request carries. Other uses of the
 * header are no concern of ours: a proxy may have its own.
 *
 * @throws AppError `unauthorized` for a key that is not valid, `suspended`.
 */
export async function authenticate(
	{ keys, sessions }: AuthNeeds,
	cookieHeader: string | undefined,
	authorization?: string,
): Promise<Viewer | null> {
	const text = findKey(authorization);
	if (text === null) return await sessions.authenticate(cookieHeader);
	if (keys) return await keys.authenticate(text);
	throw new AppError("unauthorized", "This is no valid API key.", { details: { reason: "invalid_key" } });
}

/** The API key of an `Authorization` header, valid or not; null when it carries none of ours. */
export function findKey(authorization: string | undefined): string | null {
	const text = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1] ?? "";
	return isKeyText(text) ? text : null;
}

/** Whether a session or a key is still valid: streams outlive their request and ask every few seconds. */
export async function isStillValid({ keys, sessions }: AuthNeeds, viewer: Viewer): Promise<boolean> {
	if (!viewer.key) return await sessions.isStillValid(viewer);
	return (await keys?.isStillValid(viewer.key.publicId)) ?? false;
}

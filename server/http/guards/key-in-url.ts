import { AppError } from "../../contract/errors.ts";
import { holdsKey } from "../../keys/index.ts";

/** How other services call a key in an address. */
const named = /[?&](?:api[-_]?key|access[-_]?token|authorization)=/i;

/**
 * Refuses a key in an address, which logs, histories and referrers keep: by what it looks like, and by what it is called.
 *
 * @throws AppError `invalid_request` with `details.reason` `key_in_url`.
 */
export function requireNoKeyInUrl(url = ""): void {
	if (!holdsKey(url) && !named.test(url)) return;
	throw new AppError(
		"invalid_request",
		"An API key does not belong into an address: send the header Authorization: Bearer KEY, and revoke this key.",
		{ details: { reason: "key_in_url" } },
	);
}

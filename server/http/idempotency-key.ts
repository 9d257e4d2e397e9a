import { AppError } from "../contract/errors.ts";

/** A quoted string by the IETF's draft, bare in most clients. */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
	if (header === undefined) return null;
	const key = /^"?([\x21\x23-\x7e]{1,128})"?$/.exec(String(header))?.[1];
	if (!key)
		throw new AppError("invalid_request", "An Idempotency-Key has 1 to 128 visible ASCII characters.");
	return key;
}

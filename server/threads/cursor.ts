import { AppError } from "../contract/errors.ts";

/** A place in a list, opaque to callers: the sort keys of the last row. */
export function toCursor(keys: readonly (string | number)[]): string {
	return Buffer.from(JSON.stringify(keys)).toString("base64url");
}

/** @throws AppError `invalid_request` for anything that `toCursor` did not make. */
export function parseCursor(cursor: string | undefined, keys: number): (string | number)[] | null {
	if (cursor === undefined) return null;
	try {
		const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
		if (Array.isArray(parsed) && parsed.length === keys && parsed.every(isKey)) return parsed;
	} catch {
		// Not JSON: refused below.
	}
	throw toForgedCursor();
}

/** For a cursor that is well made but leads nowhere. */
export function toForgedCursor(): AppError {
	return new AppError(
		"invalid_request",
		"This cursor is not one of ours: send back nextCursor as you got it.",
	);
}

const isKey = (key: unknown): key is string | number =>
	(typeof key === "string" && key.length <= 64 && !key.includes("\u0000")) || typeof key === "number";

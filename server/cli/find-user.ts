import { AppError } from "../contract/errors.ts";
import type { Database } from "../db/index.ts";

/** The account with this e-mail address or id. @throws AppError `not_found`. */
export async function findUserId(db: Database, given: string): Promise<string> {
	const [row] = await db.sql<{ id: string }[]>`
		select id from users where lower(email) = lower(${given}) or id::text = lower(${given})`;
	if (row) return row.id;
	throw new AppError("not_found", `There is no account ${given}`);
}

import type { Sql } from "postgres";
import { removeBatchesOf } from "../batch/index.ts";
import type { UserId } from "../contract/ids.ts";
import { removeThreads } from "../threads/index.ts";
import { removeTurns } from "../turns/index.ts";
import { inSteps } from "./steps.ts";

/** Removes everything that a person wrote or was answered, in bounded steps. */
export async function removeContentOf(sql: Sql, userId: UserId): Promise<void> {
	await inSteps((rowsMax) => removeTurns(sql, { userId }, rowsMax));
	await inSteps((rowsMax) => removeBatchesOf(sql, userId, rowsMax));
	await inSteps((rowsMax) => removeThreads(sql, { userId }, rowsMax));
}

/** Whether anything of a person's content is left. Of an account that is locked, none can be added meanwhile. */
export async function hasContent(sql: Sql, userId: UserId): Promise<boolean> {
	const found = await sql`
		select from threads where user_id = ${userId} union all select from batches where user_id = ${userId} limit 1`;
	return found.length > 0;
}

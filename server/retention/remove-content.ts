import { eq } from "drizzle-orm";
import { unionAll } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { batches, threads } from "../../drizzle/schema/index.ts";
import { removeBatchesOf } from "../batch/index.ts";
import type { UserId } from "../contract/ids.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
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
export async function hasContent(
	{ orm }: Pick<DatabaseOrTransaction, "orm">,
	userId: UserId,
): Promise<boolean> {
	const ownThreads = orm.select({ userId: threads.userId }).from(threads).where(eq(threads.userId, userId));
	const ownBatches = orm.select({ userId: batches.userId }).from(batches).where(eq(batches.userId, userId));
	return (await unionAll(ownThreads, ownBatches).limit(1)).length > 0;
}

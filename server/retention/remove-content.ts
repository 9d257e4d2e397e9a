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

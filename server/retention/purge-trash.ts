import type { Sql } from "postgres";
import { findTrash, removeThreads } from "../threads/index.ts";
import { removeTurns } from "../turns/index.ts";
import { inSteps } from "./steps.ts";

/** Conversations that are removed together. */
const threadsMax = 50;

/** Removes conversations whose trash time is over, with their answers and logs. Their spending stays in the ledger. */
export async function purgeTrash(sql: Sql): Promise<void> {
	for (;;) {
		const threadIds = await findTrash(sql, threadsMax);
		if (threadIds.length === 0) return;
		await inSteps((rowsMax) => removeTurns(sql, { threadIds }, rowsMax));
		await inSteps((rowsMax) => removeThreads(sql, { threadIds }, rowsMax));
	}
}

import { setTimeout as sleep } from "node:timers/promises";
import { isAppError } from "../../contract/errors.ts";
import type { Database } from "../connection/connect.ts";
import { isRefusal } from "../connection/explain-connection.ts";
import { findErrorCode } from "../connection/storage-error.ts";
import { type Migrated, migrateDatabase } from "./migrate.ts";

/** A database that restarts is away for some seconds. */
const usualPatience = { forMs: 8_000, everyMs: 500 };
/** How often a long wait is reported. */
const reportMs = 10_000;
/** SQLSTATE cannot_connect_now: the server starts, recovers after a crash, or stops. */
const notYet = "57P03";

/**
 * Waits for the database and migrates it. A server that does not answer has 8 s; one that says that it is starting is waited for as
 * long as it says so, because a recovery can take many minutes. What trying again does not change is thrown at once.
 *
 * @param onWait is given words for the operator at the first wait and every 10 s.
 * @throws {AppError} as `migrateDatabase`.
 */
export async function prepareDatabase(
	db: Database,
	onWait: (words: string) => void,
	patience = usualPatience,
): Promise<Migrated> {
	const startedAt = performance.now();
	let giveUpAt = startedAt + patience.forMs;
	let reportAt = 0;
	for (;;) {
		try {
			return await migrateDatabase(db);
		} catch (error) {
			const now = performance.now();
			const isStarting = findErrorCode(error) === notYet;
			if (isStarting) giveUpAt = now + patience.forMs;
			if (!isWorthRetrying(error) || now > giveUpAt) throw error;
			if (isStarting && now >= reportAt) {
				reportAt = now + reportMs;
				onWait(toWords(db.place, now - startedAt));
			}
			await sleep(patience.everyMs);
		}
	}
}

function isWorthRetrying(error: unknown): boolean {
	return isAppError(error) && error.code === "storage_unavailable" && !isRefusal(error);
}

function toWords(place: string, waitedMs: number): string {
	const soFar = waitedMs < 1_000 ? "" : `, ${Math.round(waitedMs / 1_000)} s so far`;
	return `PostgreSQL at ${place} is starting up: waiting until it accepts connections${soFar}`;
}

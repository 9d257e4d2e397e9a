import type { BackupManifest, TableHead } from "./format.ts";
import { readBackup } from "./read-backup.ts";
import { createTally, type MoneyCheck } from "./tally.ts";

/** What a whole file says: every checksum and count in it is right. */
export interface VerifiedBackup {
	readonly manifest: BackupManifest;
	readonly runningTurns: number;
	readonly checks: readonly MoneyCheck[];
	/** Whether the money in it adds up, everywhere. */
	readonly isExact: boolean;
}

/**
 * Reads a backup to its end, without any database.
 *
 * @throws AppError `conflict` for a file that is not there, not ours, of another format, or damaged.
 */
export async function verifyBackup(path: string): Promise<VerifiedBackup> {
	const tally = createTally();
	let head: TableHead | null = null;
	for await (const part of readBackup(path)) {
		if (part.kind === "table") head = part.head;
		if (part.kind === "rows" && head) tally.add(head, part.rows);
		if (part.kind !== "end") continue;
		const checks = tally.toChecks(part.manifest);
		const isExact = checks.every(({ isEqual }) => isEqual);
		return { manifest: part.manifest, runningTurns: tally.runningTurns(), checks, isExact };
	}
	throw new Error("A backup that was read has an end.");
}

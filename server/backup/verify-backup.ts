import type { BackupManifest, TableHead } from "./format.ts";
import { readBackup } from "./read-backup.ts";
import type { SealState } from "./seal.ts";
import { createTally, type MoneyCheck } from "./tally.ts";

/** What a file says whose every checksum and count is correct. */
export interface VerifiedBackup {
	readonly manifest: BackupManifest;
	readonly runningTurns: number;
	readonly checks: readonly MoneyCheck[];
	/** Whether the money in it adds up, everywhere. */
	readonly isExact: boolean;
	/** Whether this server wrote it, and nothing was changed since. */
	readonly seal: SealState;
}

/**
 * Reads a backup to its end, without any database. Without a key (null) everything but the seal is checked.
 *
 * @throws AppError `conflict` for a file that is not there, not ours, of another format, or damaged.
 */
export async function verifyBackup(path: string, sealKey: Buffer | null): Promise<VerifiedBackup> {
	const tally = createTally();
	let head: TableHead | null = null;
	for await (const part of readBackup(path, sealKey)) {
		if (part.kind === "table") head = part.head;
		if (part.kind === "rows" && head) tally.add(head, part.rows);
		if (part.kind !== "end") continue;
		const checks = tally.toChecks(part.manifest);
		const isExact = checks.every(({ isEqual }) => isEqual);
		const { manifest, seal } = part;
		return { manifest, runningTurns: tally.runningTurns(), checks, isExact, seal };
	}
	throw new Error("A backup that was read has an end.");
}

import { createHash, type Hash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import { type Database, findSchemaId, inTransaction, withQueries } from "../db/index.ts";
import { copyOut } from "./copy-out.ts";
import { countLines } from "./copy-text.ts";
import { type BackupHeader, type BackupManifest, endOfRows, explainFileError } from "./format.ts";
import { createSealer, formatVersion, toFirstLine } from "./seal.ts";
import { listTables, quote, type StoredTable } from "./tables.ts";

/** A new file, and what is in it. */
export interface WrittenBackup {
	readonly path: string;
	readonly bytes: number;
	readonly manifest: BackupManifest;
}

/**
 * Writes the whole database, as of one instant, into a new file (mode 0600), while servers run. Memory does not grow with the
 * database. The file gets its name only once it is complete and on the disk.
 *
 * @param input `path` must not exist; `makesFolder` creates its folder if needed; `sealKey` (`toSealKey`) proves later that this
 * server wrote the file, null leaves it unsealed.
 * @throws AppError `conflict` when the file cannot be written, or there is nothing to write.
 */
export async function createBackup(
	db: Pick<Database, "connectUnhurried">,
	input: {
		readonly path: string;
		readonly version: string;
		readonly sealKey: Buffer | null;
		readonly makesFolder?: boolean;
	},
): Promise<WrittenBackup> {
	const { path, version } = input;
	const draft = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.part`);
	const sql = db.connectUnhurried();
	try {
		if (input.makesFolder) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
		await requireNoFile(path);
		const manifest = await inSnapshot(sql, version, async (tx, head) => {
			let whole: BackupManifest | null = null;
			await pipeline(
				toText(tx, head, (made) => {
					whole = made;
				}),
				createGzip(),
				(compressed: AsyncIterable<Buffer>) => seal(compressed, input.sealKey),
				createWriteStream(draft, { flags: "wx", mode: 0o600, flush: true }),
			);
			return whole;
		});
		if (!manifest) throw new Error("A backup that was written has a manifest.");
		await requireNoFile(path);
		await rename(draft, path);
		await syncFolder(dirname(path));
		return { path, bytes: (await stat(path)).size, manifest };
	} catch (error) {
		throw explainFileError(error, path);
	} finally {
		await rm(draft, { force: true }).catch(() => undefined);
		await sql.end({ timeout: 2 });
	}
}

async function requireNoFile(path: string): Promise<void> {
	const found = await stat(path).catch(() => null);
	if (found)
		throw Object.assign(new Error("The file is there."), { code: found.isDirectory() ? "EISDIR" : "EEXIST" });
}

/** A rename survives a power cut once its folder is synced, which not every file system supports. */
async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r").catch(() => null);
	await handle?.sync().catch(() => undefined);
	await handle?.close();
}

interface Head {
	readonly header: BackupHeader;
	readonly tables: readonly StoredTable[];
}

/** Runs with every table as of one instant. Only a migration waits meanwhile. */
async function inSnapshot<Result>(
	sql: Sql,
	version: string,
	run: (tx: Sql, head: Head) => Promise<Result>,
): Promise<Result> {
	const known = await listTables(sql);
	if (known.length === 0)
		throw new AppError("conflict", "There is nothing to back up: no Parley has used this database", {
			details: { reason: "database_empty" },
		});
	const options = { isolationLevel: "repeatable read", accessMode: "read only" } as const;
	return await inTransaction(
		withQueries(sql),
		async ({ sql: tx }) => {
			// Before the first read, which sets the instant: no table changes its shape after it.
			await tx.unsafe(`lock table ${known.map(({ table }) => table).join(", ")} in access share mode`);
			// Text forms that any server reads, and no timeout of the transaction while the disk is slow.
			await tx`set local timezone = 'UTC'`;
			await tx`set local datestyle = 'ISO, YMD'`;
			await tx`set local idle_in_transaction_session_timeout = 0`;
			const [row] = await tx<{ now: Date }[]>`select clock_timestamp() as now`;
			const migrationId = await findSchemaId(tx);
			if (!row || migrationId === null)
				throw new AppError("conflict", "This database's schema is not Parley's");
			const header = {
				format: formatVersion,
				version,
				migrationId,
				createdAt: row.now.toISOString(),
			} as const;
			return await run(tx, { header, tables: await listTables(tx) });
		},
		options,
	);
}

async function* toText(
	tx: Sql,
	{ header, tables }: Head,
	done: (manifest: BackupManifest) => void,
): AsyncGenerator<string | Buffer> {
	yield toLine(header);
	const written: BackupManifest["tables"] = [];
	for (const table of tables) {
		yield toLine({ table: table.table, columns: table.columns });
		const count = { rows: 0, hash: createHash("sha256") };
		yield* toRows(tx, table, count);
		yield endOfRows;
		written.push({ name: table.table, rows: count.rows, sha256: count.hash.digest("hex") });
	}
	const hasLedger = tables.some(({ table }) => table === "ledger");
	const manifest = { ...header, tables: written, ledgerNanoUsd: hasLedger ? await sumLedger(tx) : {} };
	yield toLine(manifest);
	done(manifest);
}

const toLine = (value: unknown) => `${JSON.stringify(value)}\n`;

async function* toRows(
	tx: Sql,
	{ table, columns, orderBy }: StoredTable,
	count: { rows: number; readonly hash: Hash },
): AsyncGenerator<Buffer> {
	const query = `select ${columns.map(quote).join(", ")} from ${quote(table)} order by ${orderBy}`;
	for await (const rows of copyOut(tx, query)) {
		count.rows += countLines(rows);
		count.hash.update(rows);
		yield rows;
	}
}

/** The sum of all ledger entries by account, nano-dollars. */
export async function sumLedger(tx: Sql): Promise<Record<string, string>> {
	const rows = await tx<{ account: string; sum: string }[]>`
		select account, sum(amount_nano_usd)::text as sum from ledger group by account order by account`;
	return Object.fromEntries(rows.map(({ account, sum }) => [account, sum]));
}

/** The whole file, with its checksum and seal at the end. */
async function* seal(compressed: AsyncIterable<Buffer>, key: Buffer | null): AsyncGenerator<string | Buffer> {
	const sealer = createSealer(key);
	const firstLine = toFirstLine(formatVersion);
	sealer.update(firstLine);
	yield firstLine;
	for await (const piece of compressed) {
		sealer.update(piece);
		yield piece;
	}
	yield sealer.toLastLine();
}

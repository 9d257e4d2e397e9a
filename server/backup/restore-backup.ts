import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Sql } from "postgres";
import { writeAudit } from "../audit/index.ts";
import { deleteOpenLinks, endAllSessions } from "../auth/index.ts";
import { AppError, isAppError } from "../contract/errors.ts";
import {
	type Database,
	type DatabaseOrTransaction,
	holdSchema,
	inTransaction,
	listOwnTables,
	migrateDatabase,
	rebuildSchema,
	toStorageError,
	withQueries,
} from "../db/index.ts";
import { revokeAllKeys } from "../keys/index.ts";
import { orphanLiveTurns } from "../turns/index.ts";
import { type BackupManifest, refuseDamaged, refuseFile, type TableHead } from "./format.ts";
import { readBackup } from "./read-backup.ts";
import type { SealState } from "./seal.ts";
import { alignSequences, quote } from "./tables.ts";
import { type VerifiedBackup, verifyBackup } from "./verify-backup.ts";
import { sumLedger } from "./write-backup.ts";

export interface RestoreInput {
	readonly path: string;
	/** Whether accounts and ledger entries that the database has may be replaced. */
	readonly replaces: boolean;
	/** As for `verifyBackup`. */
	readonly sealKey: Buffer | null;
	/** Whether a file may be restored that this server's key has not sealed, and that may therefore contain anything. */
	readonly acceptsAnySeal: boolean;
}

/**
 * Replaces the content of the database with a backup, in one transaction: all of it or, whatever goes wrong, nothing. The
 * schema becomes that of the backup and is then migrated. Everyone has to sign in again, and one-time links that were open
 * then are removed. Answers that were being written end as interrupted once a server runs.
 *
 * @throws AppError `conflict` for an unusable or unsealed file, a running server, a newer schema, or a database with accounts
 * or ledger entries unless `replaces`; `storage_unavailable`.
 */
export async function restoreBackup(db: Database, input: RestoreInput): Promise<VerifiedBackup> {
	const verified = await verifyBackup(input.path, input.sealKey);
	requireSeal(verified.seal, input);
	const sql = db.connectUnhurried();
	try {
		await inTransaction(withQueries(sql), async ({ sql: tx, orm }) => {
			await holdSchema(tx);
			await requireNoServer(tx);
			if (!input.replaces) await requireEmpty(tx);
			await rebuildSchema(tx, verified.manifest.migrationId);
			await fill(tx, input);
			await requireSameLedger(tx, verified.manifest, input.path);
			await settleIn({ sql: tx, orm }, verified.manifest);
		});
	} catch (error) {
		throw toStorageError(error);
	} finally {
		await sql.end({ timeout: 2 });
	}
	await migrateDatabase(db);
	return verified;
}

const sealMistakes: Record<Exclude<SealState, "valid">, string> = {
	foreign: "was changed, or sealed by a server with another AUTH_SECRET",
	unchecked:
		"cannot be checked: the server's secret is not known here (AUTH_SECRET, or secrets.json in PARLEY_DATA_DIR)",
	none: "was never sealed, so it may have been changed",
};

function requireSeal(seal: SealState, { path, acceptsAnySeal }: RestoreInput): void {
	if (seal === "valid" || acceptsAnySeal) return;
	refuseFile(path, `${sealMistakes[seal]}. With --any-seal it is restored all the same`, "backup_seal");
}

/** Servers name their connections so; a role sees the names of its own. */
async function requireNoServer(tx: Sql): Promise<void> {
	const found = await tx`
		select from pg_stat_activity where datname = current_database() and application_name = 'parley' limit 1`;
	if (found.length === 0) return;
	throw new AppError("conflict", "A Parley server runs on this database. Stop every one of them first", {
		details: { reason: "server_runs" },
	});
}

async function requireEmpty(tx: Sql): Promise<void> {
	const [accounts = 0, lines = 0, calls = 0] = await Promise.all(
		["users", "ledger", "model_calls"].map((table) => countRows(tx, table)),
	);
	if (accounts + lines + calls === 0) return;
	const message = `The database has ${accounts} accounts and ${lines} lines in the ledger. With --replace the backup takes their place, and they are gone`;
	throw new AppError("conflict", message, { details: { reason: "database_not_empty" } });
}

async function countRows(tx: Sql, table: string): Promise<number> {
	const [found] = await tx`select to_regclass(${`public.${table}`}) is not null as is_there`;
	if (found?.is_there !== true) return 0;
	const [row] = await tx<{ rows: number }[]>`select count(*)::float8 as rows from ${tx(table)}`;
	return row?.rows ?? 0;
}

/** The file may have been replaced since it was verified, so its seal is checked again. */
async function fill(tx: Sql, input: RestoreInput): Promise<void> {
	const { path, sealKey } = input;
	const own = new Set(listOwnTables());
	let table: Filling | null = null;
	try {
		for await (const part of readBackup(path, sealKey)) {
			if (part.kind === "end") requireSeal(part.seal, input);
			if (part.kind === "rows") await table?.write(part.rows);
			else await table?.end();
			if (part.kind !== "table") continue;
			if (!own.has(part.head.table)) refuseDamaged(path, "it has a table that Parley never had");
			table = await openFilling(tx, part.head);
		}
	} catch (error) {
		table?.giveUp();
		throw error;
	}
}

interface Filling {
	write(rows: Buffer): Promise<void>;
	end(): Promise<void>;
	/** Frees the connection for the rollback. */
	giveUp(): void;
}

/**
 * COPY into one table. The driver reports an error in the middle on the stream; an error at the end it reports by rejecting
 * the promise of a query that has long been resolved, which is why `reject` is replaced.
 */
async function openFilling(tx: Sql, { table, columns }: TableHead): Promise<Filling> {
	const query = tx.unsafe(`copy ${quote(table)} (${columns.map(quote).join(", ")}) from stdin`);
	const stream: Writable = await query.writable();
	let failure: unknown = null;
	const fail = (error: unknown) => {
		failure ??= error;
	};
	stream.on("error", fail);
	Reflect.set(query, "reject", fail);
	let isOver = false;
	const refuse = (error: unknown) => toRefusal(table, failure ?? error);
	return {
		write: (rows) =>
			new Promise((resolve, reject) => {
				stream.write(rows, (error) => (failure || error ? reject(refuse(error)) : resolve()));
			}),
		giveUp: () => void (isOver || stream.destroy()),
		async end() {
			if (isOver) return;
			isOver = true;
			stream.end();
			await nextTurn();
			// Resolves once the table has all rows, or rejects because it refused some.
			await alignSequences(tx, table).catch((error: unknown) => {
				throw refuse(error);
			});
		},
	};
}

function toRefusal(table: string, failure: unknown): unknown {
	const storage = toStorageError(failure);
	if (isAppError(storage)) return storage;
	const reason = failure instanceof Error ? failure.message : String(failure);
	const message = `The database did not take the table ${table}: ${reason}`;
	return new AppError("conflict", message, { cause: failure });
}

/** The database's sums after the restore are those of the manifest. */
async function requireSameLedger(tx: Sql, manifest: BackupManifest, path: string): Promise<void> {
	if (!manifest.tables.some(({ name }) => name === "ledger")) return;
	const sums = await sumLedger(tx);
	if (JSON.stringify(sums) !== JSON.stringify(manifest.ledgerNanoUsd))
		refuseDamaged(path, "its ledger does not add up to what the manifest says");
}

/** Ends what must not come back to life, such as sessions that were ended since, and what must not go on, such as live turns. */
async function settleIn(
	tx: DatabaseOrTransaction,
	{ createdAt, migrationId, tables }: BackupManifest,
): Promise<void> {
	await orphanLiveTurns(tx.sql);
	await endAllSessions(tx);
	await deleteOpenLinks(tx);
	if (tables.some(({ name }) => name === "api_keys")) await revokeAllKeys(tx);
	if (!tables.some(({ name }) => name === "audit_log")) return;
	await writeAudit(tx, {
		actorId: null,
		action: "backup.restore",
		subject: `backup:${createdAt}`,
		details: { createdAt, migrationId },
	});
}

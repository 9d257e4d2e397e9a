import { fileURLToPath } from "node:url";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import type { ReservedSql, Sql } from "postgres";
import { AppError } from "../../contract/errors.ts";
import { sleep } from "../../kernel/sleep.ts";
import type { Database } from "../connection/connect.ts";
import { explainConnection } from "../connection/explain-connection.ts";
import { requireSupportedPooling } from "../connection/pooling.ts";
import { buildIndexes, isIndexBuild, toPlainStatement } from "./build-indexes.ts";

const migrationsFolder = fileURLToPath(new URL("../../../drizzle/migrations", import.meta.url));

/** A number of our own in the database's one namespace of advisory locks: "parley" in ASCII. */
const migrationLock = "123563833845113";
const serverVersionMin = 150_000;

/** How many migrations were missing. */
export interface Migrated {
	readonly applied: number;
	/** False behind a pooler that still has connections without Parley's time limits. */
	readonly hasLimits: boolean;
}

/**
 * Checks the server and the way to it, and applies the migrations that are missing: one process at a time (a session advisory lock; a
 * process that waited finds nothing to do), each in its own transaction, except for those that build indexes while others write.
 * Keeps its list where drizzle-kit keeps it.
 *
 * @throws {AppError} `storage_unavailable` with words for the operator; `conflict` when the database is older than PostgreSQL 15, was
 * made by a newer Parley (`newer_schema`), or is reached through an unsupported pooler (`unsupported_pooler`).
 */
export async function migrateDatabase(db: Database): Promise<Migrated> {
	// A migration, and the wait for the one of another process, may take longer than any statement of the product may.
	const sql = db.connectUnhurried();
	try {
		await requireServerVersion(sql);
		const { hasLimits } = await requireSupportedPooling(db);
		const { applied } = await migrateUnderLock(sql);
		return { applied, hasLimits };
	} catch (error) {
		const variable = db.isPooled ? "DATABASE_DIRECT_URL" : "DATABASE_URL";
		throw explainConnection(error, { place: db.place, database: sql.options.database, variable });
	} finally {
		await sql.end({ timeout: 2 });
	}
}

async function migrateUnderLock(sql: Sql): Promise<{ applied: number }> {
	const migrations = readMigrations();
	const connection = await sql.reserve();
	try {
		await waitForMigrationLock(connection, "session");
		return { applied: await applyMissing(connection, migrations) };
	} finally {
		connection.release();
	}
}

const lockPollMs = 200;

/**
 * Takes the lock of migrations, until the connection or the transaction ends. Asks again and again instead of waiting in one
 * statement: an index that another process builds under this lock would wait for that statement, and the two for each other.
 */
export async function waitForMigrationLock(connection: Sql, until: "session" | "transaction"): Promise<void> {
	const name = until === "session" ? "pg_try_advisory_lock" : "pg_try_advisory_xact_lock";
	for (;;) {
		const [row] = await connection.unsafe<{ isMine: boolean }[]>(
			`select ${name}(${migrationLock}) as "isMine"`,
		);
		if (row?.isMine) return;
		await sleep(lockPollMs);
	}
}

/** Every migration of this version, the oldest first. */
export const readMigrations = (): MigrationMeta[] => readMigrationFiles({ migrationsFolder });

async function applyMissing(connection: ReservedSql, migrations: MigrationMeta[]): Promise<number> {
	const applied = await readApplied(connection);
	requireKnownMigrations(applied, migrations);
	const last = Math.max(0, ...applied);
	const missing = migrations.filter(({ folderMillis }) => folderMillis > last);
	for (const migration of missing) {
		if (isIndexBuild(migration)) await applyIndexBuild(connection, migration);
		else await applyPatiently(connection, migration);
	}
	return missing.length;
}

/**
 * Other statements on the same table wait behind a migration that waits for its lock: no longer than this at a time. It is half of
 * the second that a lock may keep a writer, because one writer may meet a migration twice.
 */
const lockWaitMs = 400;
const patienceMs = 120_000;
const pauseMs = 500;

async function applyPatiently(connection: ReservedSql, migration: MigrationMeta): Promise<void> {
	await connection.unsafe(`set lock_timeout = ${lockWaitMs}`);
	const giveUpAt = performance.now() + patienceMs;
	for (;;) {
		try {
			return await applyInTransaction(connection, migration);
		} catch (error) {
			if (!isLockTimeout(error) || performance.now() > giveUpAt) throw error;
			await sleep(pauseMs);
		}
	}
}

/** SQLSTATE 55P03, lock_not_available. */
const isLockTimeout = (error: unknown) => error instanceof Error && "code" in error && error.code === "55P03";

async function applyIndexBuild(connection: ReservedSql, migration: MigrationMeta): Promise<void> {
	await buildIndexes(connection, migration.sql);
	await record(connection, migration);
}

/** @throws {AppError} `conflict` (`newer_schema`). */
export function requireKnownMigrations(
	applied: readonly number[],
	migrations: readonly MigrationMeta[],
): void {
	const newest = Math.max(0, ...migrations.map(({ folderMillis }) => folderMillis));
	const unknown = applied.filter((createdAt) => createdAt > newest);
	if (unknown.length === 0) return;
	const message = `The database was made by a newer Parley (${unknown.length} unknown migrations). Install that version, or restore a backup`;
	throw new AppError("conflict", message, { details: { reason: "newer_schema" } });
}

export async function ensureMigrationTable(connection: Sql): Promise<void> {
	await connection`create schema if not exists drizzle`;
	await connection`create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;
}

async function readApplied(connection: ReservedSql): Promise<number[]> {
	await ensureMigrationTable(connection);
	const rows = await connection<
		{ createdAt: string }[]
	>`select created_at as "createdAt" from drizzle.__drizzle_migrations`;
	return rows.map(({ createdAt }) => Number(createdAt));
}

async function applyInTransaction(connection: ReservedSql, migration: MigrationMeta): Promise<void> {
	await connection`begin`;
	try {
		await applyMigration(connection, migration);
		await connection`commit`;
	} catch (error) {
		await connection`rollback`;
		throw error;
	}
}

/** One migration and its row in the list, in the caller's transaction. */
export async function applyMigration(tx: Sql, migration: MigrationMeta): Promise<void> {
	for (const statement of migration.sql) await tx.unsafe(toPlainStatement(statement));
	await record(tx, migration);
}

async function record(connection: Sql, { hash, folderMillis }: MigrationMeta): Promise<void> {
	await connection`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis})`;
}

async function requireServerVersion(sql: Sql): Promise<void> {
	const [row] = await sql<
		{ version: string; name: string }[]
	>`select current_setting('server_version_num') as version, current_setting('server_version') as name`;
	if (row === undefined || Number(row.version) >= serverVersionMin) return;
	const message = `Parley needs PostgreSQL 15 or newer; this server is ${row.name}`;
	throw new AppError("conflict", message, { details: { reason: "old_server" } });
}

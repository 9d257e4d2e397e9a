import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import {
	applyInside,
	ensureMigrationBook,
	migrationLock,
	readMigrations,
	requireNoneUnknown,
} from "./migrate.ts";

/**
 * The id of the schema that a database has: when its last migration was written, in ms since 1970. Null where no migration
 * was ever applied.
 *
 * @throws {AppError} `conflict` (`newer_schema`) when this version does not know it.
 */
export async function findSchemaId(sql: Sql): Promise<number | null> {
	const [book] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as is_there`;
	if (book?.is_there !== true) return null;
	const rows = await sql<{ id: string }[]>`select created_at as id from drizzle.__drizzle_migrations`;
	const applied = rows.map(({ id }) => Number(id));
	requireNoneUnknown(applied, readMigrations());
	return applied.length > 0 ? Math.max(...applied) : null;
}

/** Keeps every other process from migrating, a starting server too, until the transaction ends. */
export async function holdSchema(tx: Sql): Promise<void> {
	await tx`select pg_advisory_xact_lock(${migrationLock}::bigint)`;
}

/** The tables that Parley's migrations ever made: whatever else is in the database is somebody else's. */
export const listOwnTables = (): string[] => listMade(/create table (?:if not exists )?"?(\w+)"?/gi);
const listOwnFunctions = (): string[] => listMade(/create (?:or replace )?function "?(\w+)"?/gi);
const listOwnDomains = (): string[] => listMade(/create domain "?(\w+)"?/gi);

function listMade(statement: RegExp): string[] {
	const text = readMigrations()
		.flatMap(({ sql }) => sql)
		.join("\n");
	return [...new Set([...text.matchAll(statement)].map(([, name = ""]) => name))];
}

/**
 * Removes everything of Parley's and makes it anew, empty, as it was after the migration `id`, in the caller's transaction.
 *
 * @throws {AppError} `conflict` (`newer_schema`) when this version has no such migration.
 */
export async function rebuildSchema(tx: Sql, id: number): Promise<void> {
	const wanted = readMigrations().filter(({ folderMillis }) => folderMillis <= id);
	if (wanted.at(-1)?.folderMillis !== id) {
		const message = "The backup is of a newer Parley: install that version, or a later one, first";
		throw new AppError("conflict", message, { details: { reason: "newer_schema" } });
	}
	await tx`set local lock_timeout = '10s'`;
	for (const name of listOwnTables()) await tx`drop table if exists ${tx(name)} cascade`;
	for (const name of listOwnFunctions()) await tx`drop function if exists ${tx(name)} cascade`;
	for (const name of listOwnDomains()) await tx`drop domain if exists ${tx(name)} cascade`;
	await ensureMigrationBook(tx);
	await tx`delete from drizzle.__drizzle_migrations`;
	for (const migration of wanted) await applyInside(tx, migration);
	for (const name of listOwnTables()) await empty(tx, name);
}

/** What migrations seed is in every backup, too. Tables that forbid it make an exception for once. */
async function empty(tx: Sql, name: string): Promise<void> {
	const [found] = await tx`select to_regclass(${`public.${name}`}) is not null as is_there`;
	if (found?.is_there !== true) return;
	await tx`alter table ${tx(name)} disable trigger user`;
	await tx`delete from ${tx(name)}`;
	await tx`alter table ${tx(name)} enable trigger user`;
}

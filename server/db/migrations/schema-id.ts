import type { Sql } from "postgres";
import { AppError } from "../../contract/errors.ts";
import {
	applyMigration,
	ensureMigrationTable,
	readMigrations,
	requireKnownMigrations,
	waitForMigrationLock,
} from "./migrate.ts";

/**
 * The id of the schema that a database has: when its last migration was written, in ms since 1970. Null where no migration
 * was ever applied.
 *
 * @throws {AppError} `conflict` (`newer_schema`) when this version does not know it.
 */
export async function findSchemaId(sql: Sql): Promise<number | null> {
	const [migrations] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as is_there`;
	if (migrations?.is_there !== true) return null;
	const rows = await sql<{ id: string }[]>`select created_at as id from drizzle.__drizzle_migrations`;
	const applied = rows.map(({ id }) => Number(id));
	requireKnownMigrations(applied, readMigrations());
	return applied.length > 0 ? Math.max(...applied) : null;
}

/** Keeps every other process, a starting server too, from migrating until the transaction ends. */
export async function holdSchema(tx: Sql): Promise<void> {
	await waitForMigrationLock(tx, "transaction");
}

/** The tables that Parley's migrations ever made: anything else in the database is not Parley's. */
export const listOwnTables = (): string[] => listCreated(/create table (?:if not exists )?"?(\w+)"?/gi);
const listOwnFunctions = (): string[] => listCreated(/create (?:or replace )?function "?(\w+)"?/gi);
const listOwnDomains = (): string[] => listCreated(/create domain "?(\w+)"?/gi);

function listCreated(statement: RegExp): string[] {
	const text = readMigrations()
		.flatMap(({ sql }) => sql)
		.join("\n");
	return [...new Set([...text.matchAll(statement)].map(([, name = ""]) => name))];
}

/**
 * Removes everything of Parley's and creates it again, empty, as it was after the migration `id`, in the caller's transaction.
 *
 * @throws {AppError} `conflict` (`newer_schema`) when this version has no such migration.
 */
export async function rebuildSchema(tx: Sql, id: number): Promise<void> {
	const wanted = readMigrations().filter(({ folderMillis }) => folderMillis <= id);
	if (wanted.at(-1)?.folderMillis !== id) {
		const message = "The backup was made by a newer Parley. Install that version or a later one first";
		throw new AppError("conflict", message, { details: { reason: "newer_schema" } });
	}
	await tx`set local lock_timeout = '10s'`;
	for (const name of listOwnTables()) await tx`drop table if exists ${tx(name)} cascade`;
	for (const name of listOwnFunctions()) await tx`drop function if exists ${tx(name)} cascade`;
	for (const name of listOwnDomains()) await tx`drop domain if exists ${tx(name)} cascade`;
	await ensureMigrationTable(tx);
	await tx`delete from drizzle.__drizzle_migrations`;
	for (const migration of wanted) await applyMigration(tx, migration);
	for (const name of listOwnTables()) await emptyTable(tx, name);
}

/** A backup holds what migrations insert, too. Triggers that forbid deleting are switched off meanwhile. */
async function emptyTable(tx: Sql, name: string): Promise<void> {
	const [found] = await tx`select to_regclass(${`public.${name}`}) is not null as is_there`;
	if (found?.is_there !== true) return;
	await tx`alter table ${tx(name)} disable trigger user`;
	await tx`delete from ${tx(name)}`;
	await tx`alter table ${tx(name)} enable trigger user`;
}

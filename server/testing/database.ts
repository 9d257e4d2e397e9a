import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { setRoleLimits } from "../db/connection/pooling.ts";
import { connectDatabase, type Database, migrateDatabase } from "../db/index.ts";

/** A database of one test file's own, migrated and empty. */
export interface TestDatabase extends Database {
	url: string;
	/** Past the pooler that `url` leads through; null without one. */
	directUrl: string | null;
	/** Closes the connections and removes the database. */
	drop(): Promise<void>;
}

/**
 * Copies the migrated template (0.1 s). Call it in `beforeAll`, `drop` in `afterAll`; no other file's statements
 * interfere, because each has a database of its own.
 */
export async function createTestDatabase(options: { poolMax?: number } = {}): Promise<TestDatabase> {
	const name = createName("test");
	await runOnServer(serverUrl(), (sql) =>
		sql.unsafe(`create database ${name} template ${inject("databaseTemplate")} strategy file_copy`),
	);
	return await openTestDatabase(name, options.poolMax);
}

/** A database without anything in it, as an operator makes one. */
export async function createBlankDatabase(): Promise<TestDatabase> {
	const name = createName("test");
	await runOnServer(serverUrl(), (sql) => createEmpty(sql, name));
	return await openTestDatabase(name);
}

/** Past any pooler. */
const serverUrl = () => inject("databaseDirectUrl") ?? inject("databaseUrl");

async function openTestDatabase(name: string, poolMax = 5): Promise<TestDatabase> {
	const url = toUrl(inject("databaseUrl"), name);
	const direct = inject("databaseDirectUrl");
	const directUrl = direct === null ? null : toUrl(direct, name);
	const db = connectDatabase({ url, directUrl, poolMax, applicationName: "parley test" });
	// Settings of a role belong to one database: a copy of the template has none.
	if (directUrl !== null) await setRoleLimits(db);
	return {
		...db,
		url,
		directUrl,
		drop: async () => {
			await db.close();
			await dropDatabase(inject("databaseAdminUrl"), name);
		},
	};
}

/** Runs one statement that only a superuser may, such as creating an event trigger. */
export async function runAsSuperuser({ url }: Pick<TestDatabase, "url">, statement: string): Promise<void> {
	const name = new URL(url).pathname.slice(1);
	await runOnServer(toUrl(inject("databaseAdminUrl"), name), (sql) => sql.unsafe(statement));
}

/** One more pool on a test's database, as of another process; `drop` closes the pool alone. */
export function connectAgain(
	{ url, directUrl }: Pick<TestDatabase, "url" | "directUrl">,
	{ poolMax = 5, applicationName = "parley test" } = {},
): TestDatabase {
	const db = connectDatabase({ url, directUrl, poolMax, applicationName });
	return { ...db, url, directUrl, drop: db.close };
}

/** A database with the server's own text rules (C.UTF-8 or not), migrated, without connections. For the global set-up. */
export async function createTemplate({
	serverUrl,
	adminUrl,
}: {
	serverUrl: string;
	adminUrl: string;
}): Promise<{ name: string; drop(): Promise<void> }> {
	const name = createName("template");
	await runOnServer(serverUrl, (sql) => createEmpty(sql, name));
	const db = connectDatabase({ url: toUrl(serverUrl, name), poolMax: 1, applicationName: "parley test" });
	try {
		await migrateDatabase(db);
	} finally {
		await db.close();
	}
	return { name, drop: () => dropDatabase(adminUrl, name) };
}

async function createEmpty(sql: postgres.Sql, name: string): Promise<void> {
	await sql.unsafe(`create database ${name} encoding 'UTF8' template template0`);
}

/** By the superuser: autovacuum may be at work there, and no other role may end that. */
async function dropDatabase(adminUrl: string, name: string): Promise<void> {
	await runOnServer(adminUrl, (sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
}

async function runOnServer(url: string, run: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
	const sql = postgres(url, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => undefined });
	try {
		await run(sql);
	} finally {
		await sql.end({ timeout: 5 });
	}
}

function createName(kind: "test" | "template"): string {
	return `parley_${kind}_${process.pid}_${randomBytes(4).toString("hex")}`;
}

function toUrl(serverUrl: string, name: string): string {
	const url = new URL(serverUrl);
	url.pathname = `/${name}`;
	return url.href;
}

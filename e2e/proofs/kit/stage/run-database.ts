import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedDatabase } from "../../../../server/embedded-postgres/index.ts";

/** The database of one run, on a server of the caller's or on an embedded one. */
export interface RunDatabase {
	readonly url: string;
	/** A direct connection, past all faults, to look at the database during the run and afterwards. */
	readonly sql: postgres.Sql;
	/** Ends the PostgreSQL server with SIGKILL, after which it is started again; null for a server of the caller's. */
	readonly crash: (() => void) | null;
	/** What the server is, for the report's title. */
	readonly version: string;
}

/** @throws when the server does not answer or the role may not create databases. */
export async function openRunDatabase(
	{ folder, databaseUrl }: { readonly folder: string; readonly databaseUrl: string | null },
	stack: AsyncDisposableStack,
): Promise<RunDatabase> {
	const server = databaseUrl === null ? await startServer(folder, stack) : { url: databaseUrl, crash: null };
	const name = `parley_chaos_${process.pid}_${Date.now().toString(36)}`;
	await runOnServer(server.url, `create database ${name} encoding 'UTF8' template template0`);
	const url = new URL(server.url);
	url.pathname = `/${name}`;
	const sql = postgres(url.href, { ...quiet, max: 3, connection: { application_name: "chaos" } });
	stack.defer(async () => {
		await sql.end({ timeout: 5 });
		await runOnServer(server.url, `drop database if exists ${name} with (force)`);
	});
	const [version] = await sql<{ server_version: string }[]>`show server_version`;
	const kind = databaseUrl === null ? "embedded " : "";
	return { url: url.href, sql, crash: server.crash, version: `${kind}PostgreSQL ${version?.server_version}` };
}

async function startServer(folder: string, stack: AsyncDisposableStack) {
	const dataDir = join(folder, "database");
	// The embedded PostgreSQL may run as another user, who must be able to enter the folder.
	mkdirSync(dataDir, { mode: 0o755 });
	const embedded = await startEmbeddedDatabase({ dataDir });
	stack.defer(embedded.stop);
	return {
		url: embedded.url,
		crash() {
			// The first line of this file of PostgreSQL's own is the process id of the server.
			const pid = Number.parseInt(readFileSync(join(dataDir, "pg", "postmaster.pid"), "utf8"), 10);
			if (!(pid > 1)) throw new Error("The embedded PostgreSQL has no process id.");
			process.kill(pid, "SIGKILL");
		},
	};
}

const quiet = { fetch_types: false, onnotice: () => undefined } as const;

async function runOnServer(url: string, statement: string): Promise<void> {
	const sql = postgres(url, { ...quiet, max: 1, connect_timeout: 5 });
	try {
		await sql.unsafe(statement);
	} finally {
		await sql.end({ timeout: 5 });
	}
}

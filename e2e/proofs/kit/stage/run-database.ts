import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedDatabase } from "../../../../server/embedded-postgres/index.ts";
import { hasOpenssl, offerTls } from "../../../../server/testing/servers/tls-postgres.ts";
import { waitUntil } from "../wait.ts";

/** The database of one run, on a server of the caller's or on an embedded one. */
export interface RunDatabase {
	readonly url: string;
	/** A direct connection, past all faults, to look at the database during the run and afterwards. */
	readonly sql: postgres.Sql;
	/**
	 * Ends the PostgreSQL server with SIGKILL; resolves when it was started again and has recovered. Null for a server of the
	 * caller's.
	 */
	readonly crash: (() => Promise<void>) | null;
	/** Path of the server's certificate, which is for 127.0.0.1; null where TLS is not the run's own to offer. */
	readonly certificate: string | null;
	/** What the server is, for the report's title. */
	readonly version: string;
}

/** @throws when the server does not answer or the role may not create databases. */
export async function openRunDatabase(
	{ folder, databaseUrl }: { readonly folder: string; readonly databaseUrl: string | null },
	stack: AsyncDisposableStack,
): Promise<RunDatabase> {
	const server = databaseUrl === null ? await startServer(folder, stack) : toGivenServer(databaseUrl);
	const name = `parley_chaos_${process.pid}_${Date.now().toString(36)}`;
	await runOnServer(server.url, `create database ${name} encoding 'UTF8' template template0`);
	const sql = postgres(withDatabase(server.adminUrl, name), {
		...quiet,
		max: 3,
		connection: { application_name: "chaos" },
	});
	stack.defer(async () => {
		await sql.end({ timeout: 5 });
		await runOnServer(server.url, `drop database if exists ${name} with (force)`);
	});
	const [version] = await sql<{ server_version: string }[]>`show server_version`;
	const kind = databaseUrl === null ? "embedded " : "";
	return {
		url: withDatabase(server.url, name),
		sql,
		crash: server.crash,
		certificate: server.certificate,
		version: `${kind}PostgreSQL ${version?.server_version}`,
	};
}

interface DatabaseServer {
	/** As a role that may create databases. */
	readonly url: string;
	readonly adminUrl: string;
	readonly crash: RunDatabase["crash"];
	readonly certificate: string | null;
}

const toGivenServer = (url: string): DatabaseServer => ({
	url,
	adminUrl: url,
	crash: null,
	certificate: null,
});

async function startServer(folder: string, stack: AsyncDisposableStack): Promise<DatabaseServer> {
	const dataDir = join(folder, "database");
	// The embedded PostgreSQL may run as another user, who must be able to enter the folder.
	mkdirSync(dataDir, { mode: 0o755 });
	const { adminUrl, stop } = await startEmbeddedDatabase({ dataDir });
	stack.defer(stop);
	return {
		url: await createRole(adminUrl),
		adminUrl,
		certificate: hasOpenssl() ? await offerTls({ dataDir, adminUrl }) : null,
		async crash() {
			const { pid } = readServer(dataDir);
			if (!(pid > 1)) throw new Error("The embedded PostgreSQL has no process id.");
			process.kill(pid, "SIGKILL");
			const isBack = () => {
				const server = readServer(dataDir);
				return server.pid !== pid && server.isReady;
			};
			if (!(await waitUntil(isBack, restartMsMax, 50))) throw new Error("PostgreSQL was not started again.");
		},
	};
}

/** How long PostgreSQL may take to be started again and to recover. */
const restartMsMax = 60_000;

/** What a file of PostgreSQL's own says of the server: its process id in the first line, whether it is ready in the last. */
function readServer(dataDir: string): { readonly pid: number; readonly isReady: boolean } {
	try {
		const text = readFileSync(join(dataDir, "pg", "postmaster.pid"), "utf8");
		return { pid: Number.parseInt(text, 10), isReady: text.trimEnd().endsWith("ready") };
	} catch {
		return { pid: 0, isReady: false };
	}
}

/** The product's role is no superuser. */
async function createRole(adminUrl: string): Promise<string> {
	const name = "parley_run";
	await runOnServer(adminUrl, `create role ${name} login createdb password '${name}'`);
	const url = new URL(adminUrl);
	url.username = name;
	url.password = name;
	return url.href;
}

function withDatabase(serverUrl: string, name: string): string {
	const url = new URL(serverUrl);
	url.pathname = `/${name}`;
	return url.href;
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

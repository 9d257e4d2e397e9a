import postgres from "postgres";

/** A database of one run's own on the server given. */
export interface RunDatabase {
	readonly url: string;
	/** For looking at it while it runs and afterwards, past all faults. */
	readonly sql: postgres.Sql;
	drop(): Promise<void>;
}

/** @throws when the server does not answer or the role may not create databases. */
export async function createRunDatabase(serverUrl: string): Promise<RunDatabase> {
	const name = `parley_chaos_${process.pid}_${Date.now().toString(36)}`;
	await runOnServer(serverUrl, `create database ${name} encoding 'UTF8' template template0`);
	const url = new URL(serverUrl);
	url.pathname = `/${name}`;
	const sql = postgres(url.href, { ...quiet, max: 3, connection: { application_name: "chaos" } });
	return {
		url: url.href,
		sql,
		async drop() {
			await sql.end({ timeout: 5 });
			await runOnServer(serverUrl, `drop database if exists ${name} with (force)`);
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

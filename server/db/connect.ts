import { connect, type Socket } from "node:net";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import * as schema from "../../drizzle/schema/index.ts";

/** One pool, two ways to speak to it: `sql` for statements written by hand, `orm` for typed queries. */
export interface Database {
	sql: postgres.Sql;
	orm: PostgresJsDatabase<typeof schema>;
	/** Lets running statements end for at most 2 s, then closes every connection. */
	close(): Promise<void>;
}

export interface ConnectInput {
	url: string;
	poolMax: number;
	/** Shown in `pg_stat_activity`. */
	applicationName: string;
}

/** A statement that runs longer than this is a mistake: every query here is bounded by an index or a page. */
const statementTimeoutMs = 5_000;
const lockTimeoutMs = 2_000;
const connectTimeoutSeconds = 3;

/** The driver's own delay grows to 20 s, in which a database that is back long since stays unused. */
const reconnectDelaySecondsMax = 0.5;

/** Opens no connection yet: the first statement does. Connections that break are replaced on the next statement. */
export function connectDatabase({ url, poolMax, applicationName }: ConnectInput): Database {
	const options: postgres.Options<Record<string, never>> & { socket: OpenSocket } = {
		max: poolMax,
		socket: openSocket,
		backoff: (retries) => Math.min(0.02 * 2 ** retries, reconnectDelaySecondsMax),
		connect_timeout: connectTimeoutSeconds,
		prepare: true,
		onnotice: () => undefined,
		connection: {
			application_name: applicationName,
			statement_timeout: statementTimeoutMs,
			lock_timeout: lockTimeoutMs,
			idle_in_transaction_session_timeout: 10_000,
		},
	};
	const sql = postgres(url, options);
	const orm = drizzle(sql, { schema });
	restoreTypes(sql);
	return { sql, orm, close: () => sql.end({ timeout: 2 }) };
}

/** PostgreSQL's type ids (`select oid, typname from pg_type`). */
const dateTypes = ["1082", "1114", "1184"];
const jsonTypes = ["114", "3802"];

/**
 * Drizzle switches off the pool's own reading and writing of dates and JSON, for every user of the pool. Both sides
 * work when dates are read as `Date` and JSON given as text is sent as it is; so a JSON value that is itself
 * a string must be given as text: `${JSON.stringify(value)}`.
 */
function restoreTypes(sql: postgres.Sql): void {
	const toInstant = (value: unknown) =>
		(value instanceof Date ? value : new Date(String(value))).toISOString();
	for (const type of dateTypes) {
		sql.options.parsers[Number(type)] = (text: string) => new Date(text);
		sql.options.serializers[Number(type)] = toInstant;
	}
	for (const type of jsonTypes) {
		sql.options.serializers[Number(type)] = (value: unknown) =>
			typeof value === "string" ? value : JSON.stringify(value);
	}
}

/** The driver's types leave this option out; its README has it. */
type OpenSocket = (options: { host: string[]; port: number[]; path: string | false }) => Socket;

/**
 * A proxy in front of a dead database accepts a connection and closes it. The driver takes a plain close for a reason to try
 * again, for ever, and the statement never ends; it gives up on an error, so a close becomes one.
 */
const openSocket: OpenSocket = ({ host, port, path }) => {
	const socket = path ? connect(path) : connect(port[0] ?? 5432, host[0] ?? "localhost");
	socket.once("close", (hadError) => {
		if (hadError) return;
		const error = new Error("The database closed the connection");
		socket.emit("error", Object.assign(error, { code: "CONNECTION_CLOSED" }));
	});
	return socket;
};

import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import * as schema from "../../drizzle/schema/index.ts";
import { createSocketOpener, type OpenSocket } from "./open-socket.ts";

/** One pool, two ways to speak to it: `sql` for statements written by hand, `orm` for typed queries. */
export interface Database {
	sql: postgres.Sql;
	orm: PostgresJsDatabase<typeof schema>;
	/** One more connection, on which a statement may take any time, such as a migration. Whoever asks ends it. */
	connectUnhurried(): postgres.Sql;
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
/** As good as no limit, 24 days: the driver leaves out a zero, and a limit of the role's own would count. */
const unhurriedMs = 2 ** 31 - 1;
const connectTimeoutSeconds = 3;

/** After this long the server has ended any statement and said so: a silent one is out of reach. */
const silenceMsMax = statementTimeoutMs + 1_000;
/** A listening connection says nothing for hours: only this finds out that its server is gone, about ten seconds later. */
const keepAliveSeconds = 15;

/**
 * The driver's own delay grows to 20 s, in which a database that is back long since stays unused. Short, because a statement that
 * waits for a connection is told no as often as this while the database is away; one connection at a time really tries.
 */
const reconnectDelaySecondsMax = 0.1;

/** Opens no connection yet: the first statement does. Connections that break are replaced on the next statement. */
export function connectDatabase({ url, poolMax, applicationName }: ConnectInput): Database {
	const options: ConnectOptions = {
		max: poolMax,
		socket: createSocketOpener(silenceMsMax),
		backoff: (retries) => Math.min(0.02 * 2 ** retries, reconnectDelaySecondsMax),
		connect_timeout: connectTimeoutSeconds,
		keep_alive: keepAliveSeconds,
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
	return {
		...{ sql, orm },
		connectUnhurried: () => postgres(url, toUnhurried(options)),
		close: () => sql.end({ timeout: 2 }),
	};
}

type ConnectOptions = postgres.Options<Record<string, never>> & { socket: OpenSocket };

function toUnhurried(options: ConnectOptions): ConnectOptions {
	const connection = { ...options.connection, statement_timeout: unhurriedMs, lock_timeout: unhurriedMs };
	return { ...options, max: 1, socket: createSocketOpener(null), connection };
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

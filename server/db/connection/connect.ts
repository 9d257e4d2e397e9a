import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import * as schema from "../../../drizzle/schema/index.ts";
import { type DatabaseAddress, parseDatabaseAddress, toPlace } from "./database-address.ts";
import { createSocketOpener, type OpenSocket } from "./open-socket.ts";

/** One pool, two ways to use it: `sql` for statements written as SQL, `orm` for typed queries. */
export interface Database {
	readonly sql: postgres.Sql;
	readonly orm: PostgresJsDatabase<typeof schema>;
	/**
	 * For what needs a session of its own, such as LISTEN. The same as `sql`, except behind a connection pooler, where each
	 * transaction of `sql` may run in another session; there it holds one connection to the server itself.
	 */
	readonly session: postgres.Sql;
	/** True when `sql` leads through a connection pooler and `session` past it. */
	readonly isPooled: boolean;
	/** Where `session` leads, for messages: `host:port` or the path of a socket, without user and password. */
	readonly place: string;
	/** Where `sql` leads. */
	readonly poolPlace: string;
	/** One more connection with a session of its own and without time limits, such as for migrations. The caller ends it. */
	connectUnhurried(): postgres.Sql;
	/** Lets running statements end for at most 2 s, then closes every connection. */
	close(): Promise<void>;
}

export interface ConnectInput {
	url: string;
	/** Set when `url` leads through a connection pooler: the address of the same database that does not. */
	directUrl?: string | null | undefined;
	poolMax: number;
	/** Shown in `pg_stat_activity`. */
	applicationName: string;
}

/** A statement that runs longer than this is a mistake: every query here is bounded by an index or a page. */
const statementTimeoutMs = 5_000;

/** What the server itself limits, as start-up parameters or, behind a pooler, as settings of the role. */
export const serverLimits = {
	statement_timeout: statementTimeoutMs,
	lock_timeout: 2_000,
	idle_in_transaction_session_timeout: 10_000,
} as const;

/** In effect no limit, 24 days: the driver leaves out a zero, and then a limit of the role would apply. */
const unhurriedMs = 2 ** 31 - 1;
const connectTimeoutSeconds = 3;

/** After this long the server has ended any statement and said so: a silent one is out of reach. */
const silenceMsMax = statementTimeoutMs + 1_000;
/** A listening connection receives nothing for hours: only this finds out that its server is gone, ten seconds later. */
const keepAliveSeconds = 15;

/**
 * The driver's own delay grows to 20 s, in which a database that is back is not used. This one is short, because while the
 * database is away a statement waits this long for its error; only one connection at a time really tries.
 */
const reconnectDelaySecondsMax = 0.1;

/**
 * Opens no connection yet: the first statement does. Connections that break are replaced on the next statement.
 *
 * @throws {AddressMistake} for an address that cannot be read.
 * @throws {Error} of the file system when a certificate's file cannot be read.
 */
export function connectDatabase({ url, directUrl, poolMax, applicationName }: ConnectInput): Database {
	const isPooled = Boolean(directUrl);
	const address = parseDatabaseAddress(url);
	const directAddress = directUrl ? parseDatabaseAddress(directUrl) : address;
	const sql = postgres(toDriverOptions({ address, poolMax, applicationName, isPooled }));
	const { orm } = withQueries(sql);
	const direct = { address: directAddress, poolMax: 1, applicationName };
	const session = isPooled ? postgres(toDriverOptions(direct)) : sql;
	return {
		sql,
		orm,
		session,
		isPooled,
		place: toPlace(directAddress),
		poolPlace: toPlace(address),
		connectUnhurried: () => postgres(toDriverOptions({ ...direct, isUnhurried: true })),
		async close() {
			await Promise.all([...new Set([sql, session])].map((each) => each.end({ timeout: 2 })));
		},
	};
}

/** Typed queries beside a connection that has none, such as an unhurried one. */
export function withQueries(sql: postgres.Sql): Pick<Database, "sql" | "orm"> {
	const orm = drizzle(sql, { schema });
	restoreTypes(sql);
	return { sql, orm };
}

/** A pooler may run each transaction in another session, which does not know a prepared statement. */
const forPoolers = { prepare: false };

/**
 * The driver sends a statement to a connection that is at its limit, and does not reserve that connection when the statement is a
 * BEGIN. The transaction then fails (`UNSAFE_TRANSACTION`) but stays open, and what others store on this connection is acknowledged
 * and never committed. A connection without a limit is never at it; nor is one whose socket always takes more (`open-socket.ts`).
 */
const maxPipeline = Number.POSITIVE_INFINITY;

/** The driver's types leave out the last two. */
type DriverOptions = postgres.Options<Record<string, never>> & { socket: OpenSocket; max_pipeline: number };

interface PoolInput {
	readonly address: DatabaseAddress;
	readonly poolMax: number;
	readonly applicationName: string;
	readonly isPooled?: boolean;
	readonly isUnhurried?: boolean;
}

function toDriverOptions(input: PoolInput): DriverOptions {
	const { address, poolMax, applicationName, isPooled = false, isUnhurried = false } = input;
	const { host, port, user, password, database } = address;
	const silence = isUnhurried ? null : silenceMsMax;
	return {
		host,
		port,
		username: user,
		password,
		database,
		// The opener encrypts.
		ssl: false,
		socket: createSocketOpener({
			address,
			connectMsMax: connectTimeoutSeconds * 1_000,
			silenceMsMax: silence,
			isOneAtATime: isPooled,
		}),
		max: poolMax,
		max_pipeline: maxPipeline,
		backoff: (retries) => Math.min(0.02 * 2 ** retries, reconnectDelaySecondsMax),
		connect_timeout: connectTimeoutSeconds,
		keep_alive: keepAliveSeconds,
		...(isPooled ? forPoolers : {}),
		onnotice: () => undefined,
		connection: {
			application_name: applicationName,
			...(isPooled ? {} : toSessionLimits(isUnhurried)),
			...(address.options === null ? {} : { options: address.options }),
		},
	};
}

/** Poolers refuse these as start-up parameters, or drop them without a word; there the role has them (`pooling.ts`). */
function toSessionLimits(isUnhurried: boolean): Record<keyof typeof serverLimits, number> {
	const { idle_in_transaction_session_timeout } = serverLimits;
	if (!isUnhurried) return serverLimits;
	return { statement_timeout: unhurriedMs, lock_timeout: unhurriedMs, idle_in_transaction_session_timeout };
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

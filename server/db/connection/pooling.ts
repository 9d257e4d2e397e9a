import { randomInt, randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import { AppError } from "../../contract/errors.ts";
import { type Database, serverLimits } from "./connect.ts";
import { explainConnection } from "./explain-connection.ts";

/** Several, because a pooler with idle connections may give a client another one than the first. */
const sessionProbes = 3;

const setDirectUrl =
	"Set DATABASE_DIRECT_URL to the address of PostgreSQL itself, and keep DATABASE_URL for the pooler";

/**
 * Refuses connection poolers that would lose what Parley relies on. A pooler in transaction mode is supported when
 * `DATABASE_DIRECT_URL` leads past it; one in session mode that keeps start-up parameters needs nothing.
 *
 * @returns whether a connection of the pool has Parley's time limits. It has not when the pooler opened it before the role
 * had them; it has them once the pooler replaces it.
 * @throws {AppError} `conflict` (`unsupported_pooler`) with words for the operator.
 */
export async function requireSupportedPooling(db: Database): Promise<{ hasLimits: boolean }> {
	if (!db.isPooled) {
		if (!(await keepsLimits(db.sql)))
			throw refuse(`A connection pooler before the database drops Parley's time limits. ${setDirectUrl}`);
		if (!(await isOwnSession(db)))
			throw refuse(
				`A connection pooler before the database changes sessions between transactions. ${setDirectUrl}`,
			);
		return { hasLimits: true };
	}
	if (!(await isOwnSession(db)))
		throw refuse(
			"DATABASE_DIRECT_URL leads through a connection pooler too: it must be the address of PostgreSQL itself",
		);
	await setRoleLimits(db);
	try {
		return await checkPool(db);
	} catch (error) {
		const { database } = db.sql.options;
		throw explainConnection(error, { place: db.poolPlace, database, variable: "DATABASE_URL" });
	}
}

async function checkPool(db: Database): Promise<{ hasLimits: boolean }> {
	if (!(await allowsTransactions(db.sql)))
		throw refuse(
			"The connection pooler at DATABASE_URL allows no transactions. Set its pool_mode to transaction",
		);
	if (!(await isSameDatabase(db)))
		throw refuse("DATABASE_URL and DATABASE_DIRECT_URL lead to different databases");
	return { hasLimits: await keepsLimits(db.sql) };
}

/** Gives the role the time limits that a pooler does not pass on, in this database only, as its settings. */
export async function setRoleLimits(db: Database): Promise<void> {
	const connection = db.connectUnhurried();
	try {
		const [found] = await connection<{ settings: string[] }[]>`
			select setconfig as settings from pg_db_role_setting
			where setrole = (select oid from pg_roles where rolname = current_user)
				and setdatabase = (select oid from pg_database where datname = current_database())`;
		const [names] = await connection<{ role: string; database: string }[]>`
			select quote_ident(current_user) as role, quote_ident(current_database()) as database`;
		for (const [name, ms] of Object.entries(serverLimits)) {
			if (found?.settings.includes(`${name}=${ms}`)) continue;
			await connection.unsafe(`alter role ${names?.role} in database ${names?.database} set ${name} = ${ms}`);
		}
	} finally {
		await connection.end({ timeout: 2 });
	}
}

/** Whether a connection has the time limits that it was opened with, or that its role has. */
async function keepsLimits(sql: Sql): Promise<boolean> {
	const names = Object.keys(serverLimits);
	const rows = await sql<{ name: keyof typeof serverLimits; ms: number }[]>`
		select name, setting::int as ms from pg_settings where name = any(${names})`;
	return rows.length === names.length && rows.every(({ name, ms }) => ms === serverLimits[name]);
}

/**
 * Whether a connection past the pooler keeps one session. PostgreSQL announces the process id of the session at the start;
 * poolers announce a number of their own. Where these differ, one connection leaves a mark in its session and others
 * look for it.
 */
async function isOwnSession(db: Database): Promise<boolean> {
	const marking = db.connectUnhurried();
	try {
		const rows = await marking<{ pid: number }[]>`select pg_backend_pid() as pid`;
		if (rows.state?.pid === rows[0]?.pid) return true;
		const mark = randomUUID();
		await marking`select set_config('parley.session', ${mark}, false)`;
		for (let probe = 0; probe < sessionProbes; probe++) {
			if (await isMarkMisplaced(db, marking, mark)) return false;
		}
		return true;
	} finally {
		await marking.end({ timeout: 2 });
	}
}

/** Holds a session in a transaction, and looks for the mark there; then whether the marking connection still has it. */
async function isMarkMisplaced(db: Database, marking: Sql, mark: string): Promise<boolean> {
	const other = db.connectUnhurried();
	const read = "select current_setting('parley.session', true) as mark";
	try {
		if (!(await allowsTransactions(other))) return true;
		return await other.begin(async (tx) => {
			const [elsewhere] = await tx.unsafe(read);
			const [own] = await marking.unsafe(read);
			return elsewhere?.mark === mark || own?.mark !== mark;
		});
	} finally {
		await other.end({ timeout: 2 });
	}
}

/** A pooler in statement mode ends the connection of a client that begins a transaction. */
async function allowsTransactions(sql: Sql): Promise<boolean> {
	await sql`select 1`;
	return await sql
		.begin(async (tx) => {
			await tx`select 1`;
			return true;
		})
		.catch(() => false);
}

/** A lock that `session` holds is held in its database alone. */
async function isSameDatabase({ sql, session }: Database): Promise<boolean> {
	const key = randomInt(2 ** 47);
	return await session.begin(async (tx) => {
		await tx`select pg_advisory_xact_lock(${key}::bigint)`;
		const [row] = await sql<
			{ isFree: boolean }[]
		>`select pg_try_advisory_xact_lock(${key}::bigint) as "isFree"`;
		return row?.isFree === false;
	});
}

function refuse(message: string): AppError {
	return new AppError("conflict", message, { details: { reason: "unsupported_pooler" } });
}

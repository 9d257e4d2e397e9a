import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { AppError } from "../contract/errors.ts";

/** One connection that says to others: this embedded database is in use. PostgreSQL forgets it the instant its process dies. */
export interface Keeper {
	/** Gives up this process's claim; true when nobody else has one, and then nobody new gets one. */
	release(): Promise<boolean>;
	close(): Promise<void>;
}

export interface KeeperInput {
	role: "server" | "tool";
	dataDir: string;
	/** The address of the running server, after starting it if need be. Called again whenever the connection is lost. */
	connect(): Promise<string>;
}

/** Advisory locks: everybody shares the first, a server alone holds the second. Numbers of our own: "parley" and one more byte. */
const useLock = "31632341464348929";
const serverLock = "31632341464348930";
/** The claim of a killed server ends when PostgreSQL notices its closed socket. */
const serverLockPatienceMs = 2_000;
const renewalPatienceMs = 10_000;

/**
 * Claims the database for this process and renews the claim after every loss of connection.
 * @throws {AppError} `conflict` when `role` is server and another server has it.
 */
export async function createKeeper(input: KeeperInput): Promise<Keeper> {
	let isClosing = false;
	let renewal: Promise<void> = Promise.resolve();
	let current = await claim(input, onLost);

	function onLost() {
		if (!isClosing) renewal = renew();
	}

	async function renew() {
		await current.end({ timeout: 0 });
		for (let waitMs = 100; !isClosing; waitMs = Math.min(waitMs * 2, 10_000)) {
			try {
				current = await claim(input, onLost);
				return;
			} catch {
				await sleep(waitMs, undefined, { ref: false });
			}
		}
	}

	return {
		release: async () => {
			// Without its claim this process could not tell whether it is the last.
			await Promise.race([renewal, sleep(renewalPatienceMs, undefined, { ref: false })]);
			isClosing = true;
			return release(current);
		},
		close: () => current.end({ timeout: 1 }),
	};
}

/** What a server says to a password: `silent` covers starting, stopping and not there. */
export async function tryConnect(url: string): Promise<"ok" | "refused" | "silent"> {
	const sql = postgres(url, { max: 1, connect_timeout: 2, fetch_types: false, onnotice: () => undefined });
	try {
		await sql`select 1`;
		return "ok";
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "28P01" ? "refused" : "silent";
	} finally {
		await sql.end({ timeout: 0 });
	}
}

async function claim(input: KeeperInput, onLost: () => void): Promise<postgres.Sql> {
	const deadline = performance.now() + 30_000;
	for (;;) {
		let isClaimed = false;
		let isLost = false;
		const sql = postgres(await input.connect(), {
			max: 1,
			connect_timeout: 3,
			idle_timeout: 0,
			max_lifetime: 0,
			fetch_types: false,
			onnotice: () => undefined,
			onclose: () => {
				// The driver may tell more than once; a second renewal would be a claim that nobody gives up.
				if (isClaimed && !isLost) onLost();
				isLost = true;
			},
			connection: { application_name: `parley ${input.role} ${process.pid}` },
		});
		try {
			await sql`select pg_advisory_lock_shared(${useLock}::bigint)`;
			if (input.role === "server") await requireOnlyServer(sql, input.dataDir);
			await ensureDatabase(sql);
			if (isLost) throw new Error("The database closed the connection");
			isClaimed = true;
			return sql;
		} catch (error) {
			await sql.end({ timeout: 0 });
			// The server was stopped by its last user just before: it is started again.
			if (error instanceof AppError || performance.now() > deadline) throw error;
			await sleep(50);
		}
	}
}

async function requireOnlyServer(sql: postgres.Sql, dataDir: string): Promise<void> {
	const until = performance.now() + serverLockPatienceMs;
	do {
		const [row] = await sql<{ isMine: boolean }[]>`
			select pg_try_advisory_lock(${serverLock}::bigint) as "isMine"`;
		if (row?.isMine === true) return;
		await sleep(100);
	} while (performance.now() < until);
	const [other] = await sql<{ pid: string }[]>`
		select substring(application_name from '[0-9]+$') as pid from pg_stat_activity
		where application_name like 'parley server %' and pid <> pg_backend_pid() limit 1`;
	const who = other === undefined ? "" : ` (process ${other.pid})`;
	const message = `Another Parley server${who} runs on ${dataDir}. Stop it first, or give this one its own folder with PARLEY_DATA_DIR`;
	throw new AppError("conflict", message, { details: { reason: "data_dir_in_use" } });
}

/** @returns when the product's database exists; two processes may create it at once. */
async function ensureDatabase(sql: postgres.Sql): Promise<void> {
	const rows = await sql`select 1 from pg_database where datname = 'parley'`;
	if (rows.length > 0) return;
	try {
		await sql`create database parley`;
	} catch (error) {
		const code = error instanceof Error && "code" in error ? error.code : null;
		if (code !== "42P04" && code !== "23505") throw error;
	}
}

async function release(sql: postgres.Sql): Promise<boolean> {
	try {
		await sql`select pg_advisory_unlock_all()`;
		const [row] = await sql<{ isLast: boolean }[]>`
			select pg_try_advisory_lock(${useLock}::bigint) as "isLast"`;
		return row?.isLast === true;
	} catch {
		return false;
	}
}

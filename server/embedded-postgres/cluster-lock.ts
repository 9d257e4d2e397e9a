import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { AppError } from "../contract/errors.ts";

/**
 * One connection that shows other processes that this embedded database is in use. PostgreSQL releases the lock at the
 * instant the process dies.
 */
export interface ClusterLock {
	/** Gives the lock up; true when no other process holds it, and then no other can take it. */
	release(): Promise<boolean>;
	close(): Promise<void>;
}

export interface ClusterLockInput {
	readonly role: "server" | "tool";
	readonly dataDir: string;
	/** Returns the address of the running server, after starting it if need be. Called again whenever the connection is lost. */
	connect(): Promise<string>;
}

/** Advisory locks: every process shares the first, one server alone holds the second. The numbers are "parley" and one more byte. */
const useLock = "31632341464348929";
const serverLock = "31632341464348930";
/** The lock of a killed server ends when PostgreSQL notices its closed socket. */
const serverLockPatienceMs = 2_000;
const renewalPatienceMs = 10_000;
const acquirePatienceMs = 30_000;

/**
 * Takes the lock for this process and takes it again after every loss of connection.
 *
 * @throws {AppError} `conflict` (`data_dir_in_use`) when `role` is server and another server holds it.
 */
export async function holdClusterLock(input: ClusterLockInput): Promise<ClusterLock> {
	let isClosing = false;
	let renewal: Promise<void> = Promise.resolve();
	let current = await acquire(input, onLost);

	function onLost() {
		if (!isClosing) renewal = renew();
	}

	async function renew() {
		await current.end({ timeout: 0 });
		for (let waitMs = 100; !isClosing; waitMs = Math.min(waitMs * 2, 10_000)) {
			try {
				current = await acquire(input, onLost);
				return;
			} catch {
				await sleep(waitMs, undefined, { ref: false });
			}
		}
	}

	return {
		release: async () => {
			// Without its lock this process could not tell whether it is the last.
			await Promise.race([renewal, sleep(renewalPatienceMs, undefined, { ref: false })]);
			isClosing = true;
			return release(current);
		},
		close: () => current.end({ timeout: 1 }),
	};
}

/** Tries until the server stays up long enough: its last user may have stopped it just now, and then it is started again. */
async function acquire(input: ClusterLockInput, onLost: () => void): Promise<postgres.Sql> {
	const deadline = performance.now() + acquirePatienceMs;
	for (;;) {
		const connection = openConnection(await input.connect(), `parley ${input.role} ${process.pid}`);
		try {
			await connection.sql`select pg_advisory_lock_shared(${useLock}::bigint)`;
			if (input.role === "server") await requireOnlyServer(connection.sql, input.dataDir);
			if (connection.isLost()) throw new Error("The database closed the connection");
			connection.onLost(onLost);
			return connection.sql;
		} catch (error) {
			await connection.sql.end({ timeout: 0 });
			if (error instanceof AppError || performance.now() > deadline) throw error;
			await sleep(50);
		}
	}
}

function openConnection(url: string, applicationName: string) {
	let isLost = false;
	let listener = () => {};
	const sql = postgres(url, {
		max: 1,
		connect_timeout: 3,
		idle_timeout: 0,
		max_lifetime: 0,
		fetch_types: false,
		onnotice: () => undefined,
		onclose: () => {
			// The driver may report a loss twice; a second renewal would leave a lock that is never released.
			if (!isLost) listener();
			isLost = true;
		},
		connection: { application_name: applicationName },
	});
	return {
		sql,
		isLost: () => isLost,
		onLost(next: () => void) {
			listener = next;
		},
	};
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

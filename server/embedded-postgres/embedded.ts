import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureSecrets } from "../settings/index.ts";
import {
	type Cluster,
	databaseUser,
	ensureCluster,
	findFreePort,
	readLogTail,
	spawnPostgres,
	trimLog,
} from "./embedded-cluster.ts";
import { createKeeper, tryConnect } from "./keeper.ts";
import { preparePostgresBinaries } from "./postgres-binaries.ts";
import { choosePostgresUser } from "./postgres-user.ts";
import { findPostmaster, stopPostmaster } from "./postmaster.ts";

export interface EmbeddedDatabase {
	/** For `connectDatabase`; the same for as long as this object lives. */
	url: string;
	/** Stops PostgreSQL if nobody else uses it. */
	stop(): Promise<void>;
}

export interface EmbeddedInput {
	dataDir: string;
	/** Told what takes time, in words for a terminal. */
	onProgress?: (step: string) => void;
	/** A data folder has one `server` (the default) at a time; a `tool`, such as the command line, works beside it. */
	role?: "server" | "tool";
}

/** Crash recovery after a power cut may take long; a healthy start takes 50 ms. */
const startTimeoutMs = 120_000;

/**
 * The database in `dataDir`/pg: created, started or, when it runs already (a killed Parley leaves it running), adopted.
 * It listens on 127.0.0.1 with a random password. If it dies while this object lives, it is started again.
 * @throws {Error} with words for the operator.
 * @throws {AppError} `conflict` when another server uses the folder.
 */
export async function startEmbeddedDatabase(input: EmbeddedInput): Promise<EmbeddedDatabase> {
	const onProgress = input.onProgress ?? (() => undefined);
	const cluster = await openCluster(input.dataDir);
	await ensureCluster(cluster, () => onProgress("Creating the embedded database"));
	await trimLog(cluster);
	let port = 0;
	let isStopping = false;
	const keeper = await createKeeper({
		role: input.role ?? "server",
		dataDir: cluster.dataDir,
		connect: async () => {
			port = await ensureRunning(cluster, { preferredPort: port, onProgress, isCancelled: () => isStopping });
			return toUrl(cluster, port, "postgres");
		},
	});
	return {
		url: toUrl(cluster, port, databaseUser),
		stop: async () => {
			const isLast = await keeper.release();
			isStopping = true;
			const running = isLast ? await findPostmaster(cluster.folder) : null;
			if (running !== null) await stopPostmaster(running);
			await keeper.close();
		},
	};
}

async function openCluster(givenDataDir: string): Promise<Cluster> {
	const { databasePassword } = await ensureSecrets(givenDataDir);
	const dataDir = await realpath(givenDataDir);
	const folder = join(dataDir, "pg");
	const binaries = await realpath(await preparePostgresBinaries(dataDir));
	const user = await choosePostgresUser({ dataDir, cluster: folder, binaries });
	return { dataDir, folder, binaries, user, password: databasePassword };
}

interface RunOptions {
	/** The port of before, so that a URL stays true; 0 = any. */
	preferredPort: number;
	onProgress: (step: string) => void;
	isCancelled: () => boolean;
}

/** The port of the running server, after starting it if need be. Several processes may do this at once: one starts it. */
async function ensureRunning(cluster: Cluster, options: RunOptions): Promise<number> {
	const deadline = performance.now() + startTimeoutMs;
	let port = options.preferredPort || (await findFreePort());
	let failures = 0;
	while (performance.now() < deadline && !options.isCancelled()) {
		const running = await findPostmaster(cluster.folder);
		if (running !== null) {
			if (await answers(cluster, running.port)) return running.port;
			await sleep(50);
			continue;
		}
		options.onProgress("Starting the embedded database");
		const { exited } = spawnPostgres(cluster, port);
		if (await isUp(cluster, { port, exited, deadline })) return port;
		failures += 1;
		if ((await findPostmaster(cluster.folder)) !== null) continue;
		if (failures >= 5) break;
		if (options.preferredPort === 0) port = await findFreePort();
		await sleep(100 * failures);
	}
	throw new Error(
		`The embedded PostgreSQL in ${cluster.folder} does not start:\n${await readLogTail(cluster)}`,
	);
}

/** Waits until the server answers (true) or has ended (false). */
async function isUp(
	cluster: Cluster,
	{ port, exited, deadline }: { port: number; exited: Promise<number | null>; deadline: number },
): Promise<boolean> {
	let hasEnded = false;
	void exited.then(() => {
		hasEnded = true;
	});
	while (!hasEnded && performance.now() < deadline) {
		const running = await findPostmaster(cluster.folder);
		if (running?.port === port && (await answers(cluster, port))) return true;
		await sleep(15);
	}
	return false;
}

async function answers(cluster: Cluster, port: number): Promise<boolean> {
	const answer = port === 0 ? "silent" : await tryConnect(toUrl(cluster, port, "postgres"));
	if (answer !== "refused") return answer === "ok";
	throw new Error(
		`The embedded PostgreSQL does not accept the password in ${join(cluster.dataDir, "secrets.json")}. Restore the file that belongs to ${cluster.folder}`,
	);
}

function toUrl(cluster: Cluster, port: number, database: string): string {
	return `postgres://${databaseUser}:${encodeURIComponent(cluster.password)}@127.0.0.1:${port}/${database}`;
}

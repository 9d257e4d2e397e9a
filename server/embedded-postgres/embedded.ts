import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { ensureSecrets } from "../settings/index.ts";
import { ensureApplicationRole, toApplicationUser } from "./application-role.ts";
import { preferSocket, toAdmin, toClusterUrl } from "./cluster-address.ts";
import { holdClusterLock } from "./cluster-lock.ts";
import { type Cluster, ensureCluster, trimLog } from "./embedded-cluster.ts";
import { preparePostgresBinaries } from "./postgres-binaries.ts";
import { choosePostgresUser } from "./postgres-user.ts";
import { findPostmaster, stopPostmaster } from "./postmaster.ts";
import { ensureRunning } from "./run-server.ts";

export interface EmbeddedDatabase {
	/** For `connectDatabase`: the product's database, as a role that is no superuser. The same for as long as this object lives. */
	readonly url: string;
	/** The superuser's address of PostgreSQL's own database `postgres`, for maintenance and tests. */
	readonly adminUrl: string;
	/** Stops PostgreSQL unless another process uses it. */
	stop(): Promise<void>;
}

export interface EmbeddedInput {
	dataDir: string;
	/** Receives what takes long, in words for a terminal. */
	onProgress?: (step: string) => void;
	/** A data folder has one `server` (the default) at a time; a `tool`, such as the command line, works beside it. */
	role?: "server" | "tool";
}

/**
 * The database in `dataDir`/pg: created, started or, when it runs already (a killed Parley leaves it running), adopted.
 * It listens on 127.0.0.1 and, except on Windows, on a Unix socket, with a random password. If it dies while this object lives, it is started again.
 *
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
	const admin = toAdmin(cluster.password);
	const lock = await holdClusterLock({
		role: input.role ?? "server",
		dataDir: cluster.dataDir,
		connect: async () => {
			port = await ensureRunning(cluster, { preferredPort: port, onProgress, isCancelled: () => isStopping });
			return toClusterUrl(port, admin);
		},
	});
	const stop = async () => {
		const isLast = await lock.release();
		isStopping = true;
		const running = isLast ? await findPostmaster(cluster.folder) : null;
		if (running !== null) await stopPostmaster(running);
		await lock.close();
	};
	try {
		await ensureApplicationRole(port, cluster.password);
	} catch (error) {
		await stop();
		throw error;
	}
	const tcpUrl = toClusterUrl(port, toApplicationUser(cluster.password));
	const url = await preferSocket(tcpUrl, cluster.folder, port);
	return { url, adminUrl: toClusterUrl(port, admin), stop };
}

async function openCluster(givenDataDir: string): Promise<Cluster> {
	const { databasePassword } = await ensureSecrets(givenDataDir);
	const dataDir = await realpath(givenDataDir);
	const folder = join(dataDir, "pg");
	const binaries = await realpath(await preparePostgresBinaries(dataDir));
	const user = await choosePostgresUser({ dataDir, cluster: folder, binaries });
	return { dataDir, folder, binaries, user, password: databasePassword };
}

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import {
	chown,
	mkdir,
	open,
	readdir,
	readFile,
	rename,
	rm,
	stat,
	truncate,
	writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { toAdmin, toSocketFolder } from "./cluster-address.ts";
import { chownTree, type PostgresUser } from "./postgres-user.ts";

/** One embedded database on disk, and what runs it. */
export interface Cluster {
	dataDir: string;
	/** The folder that PostgreSQL calls its data directory. */
	folder: string;
	/** Holds `bin`, `lib` and `share`. */
	binaries: string;
	user: PostgresUser;
	password: string;
}

const logBytesMax = 10_000_000;
const abandonedAfterMs = 3_600_000;

/** Creates the cluster if there is none: made under a private name, then renamed, so that it is complete or absent. */
export async function ensureCluster(cluster: Cluster, onCreate: () => void): Promise<void> {
	const version = await readFile(join(cluster.folder, "PG_VERSION"), "utf8").catch(() => null);
	if (version === null) {
		onCreate();
		await createCluster(cluster);
		return;
	}
	const { identity } = cluster.user;
	if (identity !== null && (await stat(cluster.folder)).uid !== identity.uid) {
		await chownTree(cluster.folder, identity);
	}
	const installed = await runProgram(cluster, "postgres", ["--version"]);
	const major = / (\d+)\./.exec(installed)?.[1];
	if (major !== undefined && major !== version.trim()) {
		throw new Error(
			`${cluster.folder} was made by PostgreSQL ${version.trim()}, installed is ${major}. Install the Parley that made it, or restore a backup into an empty folder`,
		);
	}
}

/** After a crash PostgreSQL flushes every file of the cluster by itself, which takes seconds; Linux can flush the file system in one call. */
const quickRecovery = { recovery_init_sync_method: "syncfs" };

/** Starts the server as a process of its own group, so that Ctrl+C in a terminal reaches Parley alone, which stops it last. */
export function spawnPostgres(cluster: Cluster, port: number): { exited: Promise<number | null> } {
	const settings = {
		listen_addresses: "127.0.0.1",
		port: String(port),
		unix_socket_directories: toSocketFolder(cluster.folder) ?? "",
		max_connections: "100",
		timezone: "UTC",
		log_timezone: "UTC",
		cluster_name: "parley",
		// Many small commits: rarer checkpoints write fewer whole pages into the log.
		max_wal_size: "2GB",
		checkpoint_timeout: "15min",
		...(process.platform === "linux" && quickRecovery),
	};
	const switches = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
	const program = join(cluster.binaries, "bin", "postgres");
	const { file, args, uid, gid } = cluster.user.toCommand(program, ["-D", cluster.folder, ...switches]);
	const log = openSync(logPath(cluster), "a", 0o600);
	const child = spawn(file, args, {
		cwd: cluster.folder,
		detached: true,
		stdio: ["ignore", log, log],
		env: childEnvironment(),
		uid,
		gid,
	});
	closeSync(log);
	child.unref();
	const exited = new Promise<number | null>((resolve) => {
		child.once("exit", (code) => resolve(code));
		child.once("error", () => resolve(null));
	});
	return { exited };
}

/** The last lines that PostgreSQL wrote: why it did not start. */
export async function readLogTail(cluster: Cluster): Promise<string> {
	const text = await readFile(logPath(cluster), "utf8").catch(() => "");
	return text.trimEnd().split("\n").slice(-6).join("\n");
}

/** Keeps the server's log below 10 MB, as far as starts allow. */
export async function trimLog(cluster: Cluster): Promise<void> {
	const size = (await stat(logPath(cluster)).catch(() => null))?.size ?? 0;
	if (size > logBytesMax) await truncate(logPath(cluster));
}

/** A TCP port of 127.0.0.1 that no program used a moment ago. */
export async function findFreePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(0, "127.0.0.1", resolve);
	});
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	if (address === null || typeof address === "string") throw new Error("No TCP port is free on 127.0.0.1");
	return address.port;
}

async function createCluster(cluster: Cluster): Promise<void> {
	await removeAbandoned(cluster);
	const suffix = `new-${process.pid}-${randomBytes(4).toString("hex")}`;
	const draft = `${cluster.folder}.${suffix}`;
	const passwordFile = join(cluster.dataDir, `.password-${suffix}`);
	const { identity } = cluster.user;
	try {
		await mkdir(draft, { mode: 0o700 });
		await writeFile(passwordFile, cluster.password, { mode: 0o600, flag: "wx" });
		if (identity !== null) {
			await chown(draft, identity.uid, identity.gid);
			await chown(passwordFile, identity.uid, identity.gid);
		}
		await runProgram(cluster, "initdb", [
			...["--pgdata", draft, "--username", toAdmin(cluster.password).name, "--pwfile", passwordFile],
			...["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"],
			...["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
		]);
		await rename(draft, cluster.folder).catch((error: unknown) => {
			const code = error instanceof Error && "code" in error ? error.code : null;
			if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
		});
		await syncFolder(cluster.dataDir);
	} finally {
		await rm(passwordFile, { force: true });
		await rm(draft, { recursive: true, force: true });
	}
}

/** Removes what processes that were killed while they created a cluster left behind. */
async function removeAbandoned(cluster: Cluster): Promise<void> {
	const names = (await readdir(cluster.dataDir)).filter((name) =>
		/^(pg\.new-|\.password-|\.secrets-)/.test(name),
	);
	for (const name of names) {
		const path = join(cluster.dataDir, name);
		const changedAt = (await stat(path).catch(() => null))?.mtimeMs ?? Date.now();
		if (Date.now() - changedAt > abandonedAfterMs) await rm(path, { recursive: true, force: true });
	}
}

async function runProgram(cluster: Cluster, name: string, programArgs: string[]): Promise<string> {
	const { file, args, uid, gid } = cluster.user.toCommand(join(cluster.binaries, "bin", name), programArgs);
	const child = spawn(file, args, { cwd: cluster.dataDir, env: childEnvironment(), uid, gid });
	let output = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.on("data", (chunk: Buffer) => {
			output = (output + chunk.toString()).slice(-8_000);
		});
	}
	const code = await new Promise<number | null>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", resolve);
	});
	if (code === 0) return output;
	throw new Error(`${name} of the embedded PostgreSQL failed:\n${output.trimEnd()}`);
}

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, "r").catch(() => null);
	await handle?.sync().catch(() => undefined);
	await handle?.close();
}

function logPath(cluster: Cluster): string {
	return join(cluster.dataDir, "pg.log");
}

/** Nothing of Parley's own environment: it holds keys, and PG* variables would change how PostgreSQL behaves. */
function childEnvironment(): NodeJS.ProcessEnv {
	return {
		NODE_ENV: "production",
		PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		LC_ALL: "C",
		TZ: "UTC",
	};
}

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A PgBouncer of a test's own. */
export interface TestPooler {
	/** The same database through the pooler, in plain text. */
	readonly url: string;
	close(): Promise<void>;
}

export interface PoolerInput {
	/** The server behind it; user and password are used on both sides. */
	readonly url: string;
	readonly mode: "session" | "transaction" | "statement";
	/** Start-up parameters that it drops instead of refusing the connection. */
	readonly ignores?: readonly string[];
	/** Connections to the server, for each database; 20 unless set. */
	readonly size?: number;
}

/** Whether tests can start a PgBouncer; says so when they cannot. */
export function hasPgBouncer(): boolean {
	try {
		execFileSync("pgbouncer", ["--version"], { stdio: "ignore" });
		return true;
	} catch {
		process.stderr.write("pgbouncer is not installed: the tests behind a connection pooler are left out\n");
		return false;
	}
}

export async function startPgBouncer(input: PoolerInput): Promise<TestPooler> {
	const server = new URL(input.url);
	const port = await findPort();
	const folder = mkdtempSync(join(tmpdir(), "parley-pgbouncer-"));
	const users = join(folder, "users.txt");
	const settings = join(folder, "pgbouncer.ini");
	writeFileSync(users, `"${server.username}" "${decodeURIComponent(server.password)}"\n`);
	writeFileSync(settings, toSettings(input, { server, port, users }));
	const child = start(settings, folder, [users, settings]);
	await untilListening(port, child);
	const url = new URL(input.url);
	[url.hostname, url.port, url.search] = ["127.0.0.1", String(port), ""];
	return {
		url: url.href,
		async close() {
			const ended = once(child, "exit");
			if (child.exitCode === null && child.kill("SIGKILL")) await ended;
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

function toSettings(
	{ mode, ignores = [], size = 20 }: PoolerInput,
	{ server, port, users }: { server: URL; port: number; users: string },
): string {
	return [
		"[databases]",
		`* = host=${server.hostname} port=${server.port || 5432}`,
		"[pgbouncer]",
		...["listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
		...[`pool_mode = ${mode}`, `default_pool_size = ${size}`, "max_client_conn = 500"],
		...["auth_type = scram-sha-256", `auth_file = ${users}`],
		// Its own 15 s would keep everybody from a PostgreSQL that was restarted in one.
		"server_login_retry = 1",
		...(server.search.includes("sslmode") ? ["server_tls_sslmode = require"] : []),
		...(ignores.length > 0 ? [`ignore_startup_parameters = ${ignores.join(",")}`] : []),
		"",
	].join("\n");
}

/** PgBouncer refuses to run as root. */
function start(settings: string, folder: string, files: readonly string[]): ChildProcess {
	const isRoot = process.getuid?.() === 0;
	const nobody = 65_534;
	if (isRoot) for (const path of [folder, ...files]) chownSync(path, nobody, nobody);
	return spawn("pgbouncer", ["-q", settings], {
		stdio: "ignore",
		...(isRoot ? { uid: nobody, gid: nobody } : {}),
	});
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
	for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
		const socket = connect(port, "127.0.0.1");
		const isOpen = await once(socket, "connect").then(
			() => true,
			() => false,
		);
		socket.destroy();
		if (isOpen) return;
		await sleep(25);
	}
	child.kill("SIGKILL");
	throw new Error("pgbouncer did not start.");
}

async function findPort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	if (typeof address !== "object" || address === null) throw new Error("A listening server has a port.");
	return address.port;
}

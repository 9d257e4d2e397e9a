import { execFile } from "node:child_process";
import { link, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A running PostgreSQL server, as its own `postmaster.pid` describes it. */
export interface Postmaster {
	pid: number;
	port: number;
}

/**
 * The server that runs on `cluster`, or null. A file left by a killed server is PostgreSQL's own to judge, except when its process
 * id belongs to another program by now (usual after a container restarts): PostgreSQL would refuse to start, so it is removed.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | null> {
	const path = join(cluster, "postmaster.pid");
	const text = await readFile(path, "utf8").catch(() => "");
	const [pidLine, , , portLine] = text.split("\n");
	const pid = Number(pidLine);
	if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
	const commandLine = await readCommandLine(pid);
	if (commandLine !== null && !commandLine.includes(cluster)) {
		await removeIfSame(path, text);
		return null;
	}
	return { pid, port: Number(portLine) || 0 };
}

/**
 * Ends a server: a fast shutdown (SIGINT: transactions are rolled back, files are left clean), then, if that takes longer
 * than 20 s, an immediate one (SIGQUIT: the next start recovers from the log).
 */
export async function stopPostmaster({ pid }: Postmaster): Promise<void> {
	for (const [signal, patienceMs] of [["SIGINT", 20_000] as const, ["SIGQUIT", 5_000] as const]) {
		try {
			process.kill(pid, signal);
		} catch {
			return;
		}
		const until = performance.now() + patienceMs;
		while (performance.now() < until) {
			if (!isAlive(pid)) return;
			await sleep(20);
		}
	}
}

/** Moves the file away first: another process may have removed it and started the database since it was read. */
async function removeIfSame(path: string, text: string): Promise<void> {
	const aside = `${path}.stale-${process.pid}`;
	try {
		await rename(path, aside);
		if ((await readFile(aside, "utf8")) !== text) await link(aside, path);
	} catch {
		// Another process was faster; the next call reads its result.
	} finally {
		await rm(aside, { force: true });
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}

/** null where the system does not say; an empty line is a process that has ended and waits for its parent. */
async function readCommandLine(pid: number): Promise<string | null> {
	if (process.platform === "linux") return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => null);
	if (process.platform === "win32") return null;
	const answer = await promisify(execFile)("ps", ["-p", String(pid), "-o", "command="]).catch(() => null);
	return answer?.stdout ?? null;
}

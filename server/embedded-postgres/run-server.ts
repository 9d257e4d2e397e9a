import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toAdmin, toClusterUrl } from "./cluster-address.ts";
import { type Cluster, findFreePort, readLogTail, spawnPostgres } from "./embedded-cluster.ts";
import { findPostmaster } from "./postmaster.ts";
import { type ProbeResult, probeServer } from "./probe.ts";

export interface RunOptions {
	/** The port of before, so that a URL stays true; 0 = any. */
	readonly preferredPort: number;
	readonly onProgress: (step: string) => void;
	readonly isCancelled: () => boolean;
}

/** A healthy start takes 50 ms. The time does not run while the server answers that it is starting or recovering. */
const startTimeoutMs = 120_000;
const startsMax = 5;
/** How often a long recovery is reported. */
const reportMs = 10_000;

/**
 * The port of the running server, after starting it if need be. Several processes may do this at once: one starts it.
 *
 * @throws {Error} with words for the operator when it does not start.
 */
export async function ensureRunning(cluster: Cluster, options: RunOptions): Promise<number> {
	const probe = createProbe(cluster, options.onProgress);
	let port = options.preferredPort || (await findFreePort());
	let failures = 0;
	while (!probe.isLate() && !options.isCancelled()) {
		const running = await findPostmaster(cluster.folder);
		if (running !== null) {
			if ((await probe.ask(running.port)) === "ready") return running.port;
			await sleep(50);
			continue;
		}
		options.onProgress("Starting the embedded database");
		const { exited } = spawnPostgres(cluster, port);
		if (await isUp(cluster, { port, exited, probe })) return port;
		failures += 1;
		if ((await findPostmaster(cluster.folder)) !== null) continue;
		if (failures >= startsMax) break;
		if (options.preferredPort === 0) port = await findFreePort();
		await sleep(100 * failures);
	}
	throw new Error(
		`The embedded PostgreSQL in ${cluster.folder} does not start:\n${await readLogTail(cluster)}`,
	);
}

interface Probe {
	ask(port: number): Promise<ProbeResult>;
	isLate(): boolean;
}

/** @throws {Error} from `ask` when the server refuses the password. */
function createProbe(cluster: Cluster, onProgress: (step: string) => void): Probe {
	let giveUpAt = performance.now() + startTimeoutMs;
	let reportAt = performance.now() + reportMs;
	return {
		async ask(port) {
			const url = toClusterUrl(port, toAdmin(cluster.password));
			const result = port === 0 ? "silent" : await probeServer(url);
			if (result === "refused") throw new Error(toRefusal(cluster));
			const now = performance.now();
			if (result === "starting") giveUpAt = now + startTimeoutMs;
			if (result === "starting" && now >= reportAt) {
				reportAt = now + reportMs;
				onProgress("The embedded database recovers after a crash: waiting until it accepts connections");
			}
			return result;
		},
		isLate: () => performance.now() > giveUpAt,
	};
}

/** Waits until the server answers (true) or has ended (false). */
async function isUp(
	cluster: Cluster,
	{ port, exited, probe }: { port: number; exited: Promise<number | null>; probe: Probe },
): Promise<boolean> {
	let hasEnded = false;
	void exited.then(() => {
		hasEnded = true;
	});
	while (!hasEnded && !probe.isLate()) {
		const running = await findPostmaster(cluster.folder);
		if (running?.port === port && (await probe.ask(port)) === "ready") return true;
		await sleep(15);
	}
	return false;
}

function toRefusal({ dataDir, folder }: Cluster): string {
	return `The embedded PostgreSQL does not accept the password in ${join(dataDir, "secrets.json")}. Restore the file that belongs to ${folder}`;
}

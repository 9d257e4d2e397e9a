/**
 * Measures what SIGTERM does to fifty live answers of the real server: `npm run bench:drain`. It takes about a minute and a half,
 * because some answers last longer than a draining server waits.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import { type Goal, toGoal, toGoalLine } from "./goal.ts";
import { openStream, readUntil, sendMessage, toFollowPath, viewerEventsPath, waitUntil } from "./streams.ts";
import { type Parley, startParley, startSimulator } from "./targets.ts";

const port = 4_430;
const streams = 50;
const exitSecondsMax = 65;

/** A goal that is reached or not, without a figure. */
const toCheck = (what: string, isReached: boolean, detail: string): Goal =>
	toGoal(what, isReached ? 0 : 1, { goal: 0, unit: " wrong", detail });

const isRunning = ({ pid }: Parley) => existsSync(`/proc/${pid}`);
const readStatus = async (url: string) =>
	await fetch(url).then(
		({ status }) => status,
		() => null,
	);

/** Half of the answers end while the server waits for them, half are longer. */
async function startStreams(parley: Parley) {
	const turnIds = await Promise.all(
		Array.from({ length: streams }, (_, index) => sendMessage(parley, index % 2 ? "load" : "endless")),
	);
	const ends = turnIds.map(async (turnId) => {
		const text = await readUntil(await openStream(parley, toFollowPath(turnId)), /event: return\n/);
		return /"type":"turn-end","status":"(\w+)"/.exec(text)?.[1] ?? "no end";
	});
	const heard = openStream(parley, viewerEventsPath).then((socket) => readUntil(socket, /event: return\n/));
	return { turnIds, ends: Promise.allSettled(ends), heard: Promise.allSettled([heard]) };
}

async function measureDrain(parley: Parley): Promise<Goal[]> {
	const { turnIds, ends, heard } = await startStreams(parley);
	await sleep(1_000);
	const startedAt = performance.now();
	process.kill(parley.pid, "SIGTERM");
	const isUnready = await waitUntil(
		async () => (await readStatus(`${parley.url}/api/health/ready`)) === 503,
		1_000,
	);
	const refused = waitUntil(async () => {
		const sent = await sendMessage(parley, "warm").catch((error: unknown) => error);
		return sent instanceof Error && "code" in sent && sent.code === "draining";
	}, 8_000);
	const late = await readUntil(await openStream(parley, toFollowPath(turnIds[0] ?? "")), /\nid: 1\.2\n/);
	const isRefused = await refused;
	const statuses = (await ends).map((end) => (end.status === "fulfilled" ? end.value : String(end.reason)));
	const counts = [...Map.groupBy(statuses, (status) => status)].map(
		([status, { length }]) => `${length} ${status}`,
	);
	const [event] = await heard;
	await waitUntil(() => !isRunning(parley), 20_000);
	const seconds = (performance.now() - startedAt) / 1_000;
	return [
		toCheck("readiness within a second of SIGTERM", isUnready, "503"),
		toCheck("sending while it drains", isRefused, "refused as draining"),
		toCheck("following an answer while it drains", late.includes("id: 1.2"), "its events come"),
		toCheck(
			"ends of the answers, each by its own connection's end",
			statuses.length === streams &&
				statuses.every((status) => status === "complete" || status === "interrupted"),
			counts.join(", "),
		),
		toCheck("end of the person's events", event?.status === "fulfilled", "by `return`"),
		{
			what: "exit after SIGTERM",
			measured: seconds,
			goal: exitSecondsMax,
			unit: " s",
			isReached: seconds <= exitSecondsMax && parley.exitCode() === 0,
			detail: `exit code ${parley.exitCode()}`,
		},
	];
}

/** A second signal ends the process without waiting. */
async function measureSecondSignal(parley: Parley): Promise<Goal> {
	process.kill(parley.pid, "SIGTERM");
	await sleep(1_500);
	const wasRunning = isRunning(parley);
	process.kill(parley.pid, "SIGTERM");
	const isEnded = await waitUntil(() => !isRunning(parley), 1_000);
	return toCheck("exit within a second of a second SIGTERM", wasRunning && isEnded, "1.5 s after the first");
}

async function main(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "parley-drain-"));
	chmodSync(folder, 0o711);
	const simulator = await startSimulator({ port, folder });
	const dataDir = join(folder, "own");
	mkdirSync(dataDir, { mode: 0o755 });
	// A database of its own, as behind a load balancer: only then does the server report itself as not ready before it drains.
	const database = await startEmbeddedDatabase({ dataDir });
	try {
		const input = { upstreamPort: port, people: 1, nodeArgs: [], databaseUrl: database.url };
		const parley = await startParley({ port: port + 1, folder }, input);
		const goals = await measureDrain(parley).finally(parley.end);
		const other = join(folder, "other");
		mkdirSync(other, { mode: 0o755 });
		const hurried = await startParley({ port: port + 2, folder: other }, { ...input, people: 0 });
		goals.push(await measureSecondSignal(hurried).finally(hurried.end));
		process.stdout.write(`${goals.map(toGoalLine).join("\n")}\n`);
		if (!goals.every(({ isReached }) => isReached)) process.exitCode = 1;
	} finally {
		await simulator.end();
		await database.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

main().catch((error: unknown) => {
	process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
	process.exit(1);
});

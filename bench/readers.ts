/**
 * Measures the cost of readers who come and go, who do not read and who come back, and how fast the log stores 200 live answers:
 * `npm run bench:readers`. It calls nothing but this machine. `--help` prints the options.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connectDatabase } from "../server/db/index.ts";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import { type Goal, quantile, toGoal, toGoalLine } from "./goal.ts";
import { measureInserts } from "./inserts.ts";
import { openStream, readUntil, sendMessage, toFollowPath, viewerEventsPath, waitUntil } from "./streams.ts";
import { type Parley, startParley, startSimulator } from "./targets.ts";

const help = `npm run bench:readers -- [--drops 10000] [--slow 500] [--live 200] [--port 4420]

  --drops  connections that are opened and dropped, twice; half follow an answer, half the person's events
  --slow   readers of a long answer who read nothing
  --live   answers at a time whose log is timed
Exit code 1 when a number is not reached.
`;

const { values } = parseArgs({
	options: {
		drops: { type: "string", default: "10000" },
		slow: { type: "string", default: "500" },
		live: { type: "string", default: "200" },
		port: { type: "string", default: "4420" },
		help: { type: "boolean", default: false },
	},
});

/** Connections of one batch; each batch has an answer of its own to follow. */
const batch = 100;
/** Below the server's limit of streams of one person. */
const readersPerPerson = 190;
/** 256 KiB of waiting events, a page of the log, the copy that Node passes to the kernel, and the heap's garbage. */
const slowReaderKiBMax = 1_024;
/** Longer than the 30 s after which a reader is cut who takes nothing. */
const cutMsMax = 60_000;

const say = (line: string) => process.stderr.write(`${line}\n`);
const countFiles = ({ pid }: Parley) => readdirSync(`/proc/${pid}/fd`).length;
const toMiB = (bytes: number) => Math.round(bytes / 1024 / 1024);

async function dropReaders(parley: Parley, count: number): Promise<void> {
	for (let opened = 0; opened < count; opened += batch) {
		const path = toFollowPath(await sendMessage(parley, "warm"));
		await Promise.all(
			Array.from({ length: batch }, async (_, index) => {
				const socket = await openStream(parley, index % 2 ? path : viewerEventsPath);
				await readUntil(socket, /event: connected/);
				await sleep(Math.random() * 20);
				socket.destroy();
			}),
		);
	}
	// The last answers end, and caches are dropped.
	await sleep(5_000);
}

/** Memory without garbage: the least of half a minute, in which the collector finds time. */
async function readSettledBytes(parley: Parley): Promise<number> {
	let least = Number.POSITIVE_INFINITY;
	for (let second = 0; second < 30; second++) {
		least = Math.min(least, parley.usage().anonymousBytes);
		await sleep(1_000);
	}
	return least;
}

async function measureDrops(parley: Parley): Promise<Goal[]> {
	const count = Number(values.drops);
	await dropReaders(parley, batch * 5);
	const files = countFiles(parley);
	const memoryBytes: number[] = [];
	for (const run of [1, 2]) {
		await dropReaders(parley, count);
		await waitUntil(() => countFiles(parley) <= files, 10_000);
		memoryBytes.push(await readSettledBytes(parley));
		say(`drops: run ${run}, ${countFiles(parley)} open files, ${toMiB(memoryBytes.at(-1) ?? 0)} MiB`);
	}
	const [first = 0, second = 0] = memoryBytes;
	const left = countFiles(parley) - files;
	return [
		toGoal(`open files left by 2 x ${count} dropped readers`, Math.max(0, left), {
			goal: 0,
			unit: "",
			detail: `${files} before`,
		}),
		toGoal("memory after the second run, above the first", first > 0 ? (second / first - 1) * 100 : null, {
			goal: 10,
			unit: " %",
			detail: `${toMiB(first)} MiB, then ${toMiB(second)} MiB`,
		}),
	];
}

/** A finished answer with 6 MB of events: more than the kernel's buffers hold. */
async function createLongAnswer(parley: Parley, person: number): Promise<string> {
	const turnId = await sendMessage(parley, "warm", person);
	await readUntil(await openStream(parley, toFollowPath(turnId), {}, person), /turn-end/);
	const embedded = await startEmbeddedDatabase({ dataDir: parley.dataDir, role: "tool" });
	const { sql, close } = connectDatabase({ url: embedded.url, poolMax: 1, applicationName: "bench" });
	await sql`delete from turn_events where turn_id = ${turnId} and seq > 1`;
	await sql`
		insert into turn_events select ${turnId}::uuid, place, 1,
			json_build_object('type', 'text-delta', 'text', repeat('x', 2000)) from generate_series(2, 3000) as place`;
	await sql`
		insert into turn_events select id, 3001, 1, json_build_object('type', 'turn-end', 'status', status,
			'receipt', receipt) from turns where id = ${turnId}`;
	await sql`update turns set last_seq = 3001 where id = ${turnId}`;
	await close();
	await embedded.stop();
	return turnId;
}

async function measureSlowReaders(parley: Parley): Promise<Goal[]> {
	const count = Number(values.slow);
	const paths: string[] = [];
	for (const person of parley.people.keys()) paths.push(toFollowPath(await createLongAnswer(parley, person)));
	const files = countFiles(parley);
	const before = parley.usage().anonymousBytes;
	let most = before;
	let least = Number.POSITIVE_INFINITY;
	const openedAt = performance.now();
	const sampler = setInterval(() => {
		const now = parley.usage().anonymousBytes;
		most = Math.max(most, now);
		const isHeld = performance.now() - openedAt > 10_000 && countFiles(parley) >= files + count * 0.9;
		if (isHeld) least = Math.min(least, now);
	}, 200);
	const sockets = await Promise.all(
		Array.from({ length: count }, (_, index) => {
			const person = index % paths.length;
			return openStream(parley, paths[person] ?? "", {}, person);
		}),
	);
	const startedAt = performance.now();
	const turnId = await sendMessage(parley, "warm");
	await readUntil(await openStream(parley, toFollowPath(turnId)), /turn-end/);
	const otherMs = performance.now() - startedAt;
	const isCut = await waitUntil(() => countFiles(parley) <= files + 2, cutMsMax + count * 50);
	clearInterval(sampler);
	for (const socket of sockets) socket.destroy();
	const eachKiB = Number.isFinite(least) ? (least - before) / count / 1024 : null;
	const left = Math.max(0, countFiles(parley) - files - 2);
	return [
		toGoal(`memory of each of ${count} readers who do not read`, eachKiB, {
			goal: slowReaderKiBMax,
			unit: " KiB",
			detail: `${toMiB(before)} MiB before, ${toMiB(least)} MiB while all are held, ${toMiB(most)} MiB at most, with garbage; another answer took ${otherMs.toFixed(0)} ms meanwhile`,
		}),
		toGoal("of them not cut after 30 s without reading", isCut ? left : count, {
			goal: 0,
			unit: "",
			detail: `${files} open files before`,
		}),
	];
}

/** Comes back to answers that are being written, with an event id, until the first event after it arrives. */
async function measureReconnects(parley: Parley): Promise<Goal> {
	const tookMs: number[] = [];
	for (let round = 0; round < 5; round++) {
		const turnIds = await Promise.all(Array.from({ length: 50 }, () => sendMessage(parley, "load")));
		await sleep(500);
		await Promise.all(
			turnIds.map(async (turnId) => {
				await sleep(Math.random() * 2_000);
				const startedAt = performance.now();
				const socket = await openStream(parley, toFollowPath(turnId), { "last-event-id": "1.1" });
				await readUntil(socket, /\nid: 1\.2\n/);
				tookMs.push(performance.now() - startedAt);
				socket.destroy();
			}),
		);
	}
	return toGoal("reconnect to the first event, p95", quantile(tookMs, 0.95), {
		goal: 500,
		unit: " ms",
		detail: `${tookMs.length} reconnects, 50 live answers, median ${quantile(tookMs, 0.5).toFixed(1)} ms`,
	});
}

async function run(folder: string): Promise<Goal[]> {
	const port = Number(values.port);
	const simulator = await startSimulator({ port, folder });
	try {
		const goals = [await measureInserts({ folder, upstreamPort: port, live: Number(values.live) })];
		const parley = await startParley(
			{ port: port + 1, folder },
			{ upstreamPort: port, people: Math.ceil(Number(values.slow) / readersPerPerson) + 1, nodeArgs: [] },
		);
		try {
			goals.push(await measureReconnects(parley));
			goals.push(...(await measureDrops(parley)));
			goals.push(...(await measureSlowReaders(parley)));
		} finally {
			await parley.end();
		}
		return goals;
	} finally {
		await simulator.end();
	}
}

async function main(): Promise<void> {
	if (values.help) return void process.stdout.write(help);
	const folder = mkdtempSync(join(tmpdir(), "parley-readers-"));
	// The embedded PostgreSQL may run as another user, who must be able to enter the folder.
	chmodSync(folder, 0o711);
	try {
		const goals = await run(folder);
		process.stdout.write(
			`${cpus().length} cores, Node ${process.version}\n\n${goals.map(toGoalLine).join("\n")}\n`,
		);
		if (!goals.every(({ isReached }) => isReached)) process.exitCode = 1;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

main().catch((error: unknown) => {
	say(`bench: ${error instanceof Error ? error.stack : String(error)}`);
	process.exit(1);
});

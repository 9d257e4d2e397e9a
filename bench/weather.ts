/**
 * Measures what the resilience room costs while nothing fails: `npm run bench:weather`. Answers of a simulated provider are read
 * through the queue, the circuit breakers and the deadlines, and without them, alternating within one run, on a real PostgreSQL.
 * The result is a share of reading alone, and of the least that a stream costs to serve: a bare Next route that pipes bytes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { toTextMessage } from "../server/contract/model-message.ts";
import { connectDatabase, createNotices, migrateDatabase } from "../server/db/index.ts";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import { systemClock } from "../server/kernel/clock.ts";
import { createModels, type ModelCall } from "../server/models/index.ts";
import {
	answerDeadlines,
	type CallPart,
	createBreakers,
	createCallPermits,
	createQueue,
	withDeadlines,
} from "../server/resilience/index.ts";
import { parseSettings } from "../server/settings/index.ts";
import { quantile, toGoal, toGoalLine } from "./goal.ts";
import { runPhase } from "./load.ts";
import { startBare, startSimulator } from "./targets.ts";

const { values } = parseArgs({
	options: {
		rounds: { type: "string", default: "30" },
		port: { type: "string", default: "4480" },
		json: { type: "boolean", default: false },
	},
});
const rounds = Number(values.rounds);
/** Times are measured in a process with little load, CPU in a busy one: a process that wakes for every part wastes CPU. */
const light = { streams: 100, conc: 50 };
const dense = { streams: 400, conc: 200 };
/** Readers wait up to so long before each answer. */
const spreadMs = 200;
const goals = { addedMsP50: 1, addedCpuShare: 0.03 };

interface Round {
	readonly firstTokenMsP50: number;
	/** Milliseconds of this process, of the dense part. */
	readonly cpuMsPerStream: number;
	/** Spent before the call: the line and the breakers. */
	readonly enterMsP50: number;
}

const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
const port = Number(values.port);
const simulator = await startSimulator({ port, folder });
const embedded = await startEmbeddedDatabase({ dataDir: join(folder, "data"), onProgress: () => undefined });
const db = connectDatabase({ url: embedded.url, poolMax: 5, applicationName: "bench" });
await migrateDatabase(db);
const notices = await createNotices(db, "bench");
const breakers = createBreakers({ sql: db.sql, notices, clock: systemClock, log: console });
const queue = createQueue({ clock: systemClock, instances: 1 });
const permits = createCallPermits({ breakers, queue });
const models = await createModels({ settings: toSettings() });
const model = models.find("bench") ?? models.default();
const call = (signal: AbortSignal): ModelCall => ({
	model,
	maxOutputTokens: 200,
	signal,
	messages: [toTextMessage("user", "How do queues behave under load?")],
});

let servedCpuMs = Number.NaN;
const bare: Round[] = [];
const whole: Round[] = [];
try {
	servedCpuMs = await measureServed();
	await measure(readBare);
	await measure(readWhole);
	for (let round = 0; round < rounds; round++) {
		// The order is random, so that drift of the machine affects both.
		const order = Math.random() < 0.5 ? ([bare, whole] as const) : ([whole, bare] as const);
		for (const side of order) side.push(await measure(side === bare ? readBare : readWhole));
	}
	print();
} finally {
	queue.close();
	await models.close();
	await breakers.end();
	await notices.close();
	await db.close();
	await embedded.stop();
	await simulator.end();
	rmSync(folder, { recursive: true, force: true });
}

function toSettings() {
	const config = {
		providers: [
			{ id: "sim", kind: "openai-compatible", baseUrl: `http://127.0.0.1:${port}/v1`, loadSeconds: 0 },
		],
		models: [
			{
				id: "bench",
				provider: "sim",
				providerModelId: "sim:ttft=20,itl=5,tokens=100",
				tier: "small",
				contextWindow: 16_000,
				maxOutputTokens: 1_000,
				limits: { concurrency: dense.conc * 4, requestsPerMinute: 1_000_000 },
			},
		],
	};
	return parseSettings({ PARLEY_CONFIG: "bench.json" }, { read: () => JSON.stringify(config) });
}

type Reading = () => Promise<{ readonly firstTokenMs: number; readonly enterMs: number }>;

async function readBare() {
	const startedAt = performance.now();
	return {
		firstTokenMs: await readParts(models.open(call(new AbortController().signal)), startedAt),
		enterMs: 0,
	};
}

/** As a turn does it: `server/resilience/calls/call-models.ts`. */
async function readWhole() {
	const { signal } = new AbortController();
	const startedAt = performance.now();
	const permit = await permits.acquire({
		model,
		signal,
		userId: "bench",
		priority: "people",
		tokens: 300,
		expiresAtMs: systemClock.elapsed() + 45_000,
	});
	if ("class" in permit) throw new Error(`A call was refused although nothing fails: ${permit.class}.`);
	const enterMs = performance.now() - startedAt;
	const open = withDeadlines(models.open, answerDeadlines(model));
	const firstTokenMs = await readParts(open(call(signal)), startedAt, permit);
	permit.release({ failure: null, tokens: 300 });
	return { firstTokenMs, enterMs };
}

async function readParts(
	parts: AsyncIterable<CallPart>,
	startedAt: number,
	permit?: { noteHeaders(headers?: Readonly<Record<string, string>>): void; noteContent(): void },
): Promise<number> {
	let firstTokenMs = 0;
	for await (const part of parts) {
		if (part.type === "response-start") permit?.noteHeaders(part.rateHeaders);
		else if (part.type === "text-delta") {
			if (firstTokenMs === 0) firstTokenMs = performance.now() - startedAt;
			permit?.noteContent();
		}
	}
	return firstTokenMs;
}

async function measure(read: Reading): Promise<Round> {
	const seen = await readAll(read, light);
	const cpu = process.cpuUsage();
	await readAll(read, dense);
	const { user, system } = process.cpuUsage(cpu);
	return {
		firstTokenMsP50: median(seen.map(({ firstTokenMs }) => firstTokenMs)),
		enterMsP50: median(seen.map(({ enterMs }) => enterMs)),
		cpuMsPerStream: (user + system) / 1_000 / dense.streams,
	};
}

/** Milliseconds of CPU of one stream, of the same answers, of a server that does nothing but serve it. */
async function measureServed(): Promise<number> {
	const target = await startBare({ port: port + 1, folder }, port);
	try {
		await runPhase(target, { concurrent: 20, streams: 200, speed: "warm" });
		const phases = [];
		for (let round = 0; round < 3; round++)
			phases.push(await runPhase(target, { concurrent: dense.conc, streams: dense.streams, speed: "load" }));
		return median(phases.map(({ cpuSeconds, streams }) => (cpuSeconds * 1_000) / streams));
	} finally {
		await target.end();
	}
}

async function readAll(read: Reading, { streams, conc }: typeof light) {
	const seen: Awaited<ReturnType<Reading>>[] = [];
	let left = streams;
	const readOn = async () => {
		while (left-- > 0) {
			// People do not ask at the same instant.
			await setTimeout(Math.random() * spreadMs);
			seen.push(await read());
		}
	};
	await Promise.all(Array.from({ length: conc }, readOn));
	return seen;
}

const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

function print(): void {
	const over = (side: readonly Round[], read: (round: Round) => number) => median(side.map(read));
	// Of neighbouring rounds, so that a slow minute of the machine is on both sides.
	const pairs = whole.map((round, index) => ({ round, other: bare[index] ?? round }));
	const addedMsP50 = median(pairs.map(({ round, other }) => round.firstTokenMsP50 - other.firstTokenMsP50));
	const addedCpuMs = median(pairs.map(({ round, other }) => round.cpuMsPerStream - other.cpuMsPerStream));
	const readingCpuMs = over(bare, (round) => round.cpuMsPerStream);
	const figures = {
		streams: rounds * (light.streams + dense.streams) * 2,
		bareFirstTokenMsP50: over(bare, (round) => round.firstTokenMsP50),
		enterMsP50: over(whole, (round) => round.enterMsP50),
		addedMsP50,
		addedCpuMs,
		readingCpuMs,
		servedCpuMs,
		addedCpuShare: addedCpuMs / servedCpuMs,
		addedCpuShareOfReading: addedCpuMs / readingCpuMs,
	};
	const reached = [
		toGoal("added to the first token, p50", addedMsP50, {
			goal: goals.addedMsP50,
			unit: " ms",
			detail: `${light.conc} at once; queue and breakers alone ${figures.enterMsP50.toFixed(3)} ms`,
		}),
		toGoal("added CPU of a stream, as a share of a stream served bare", figures.addedCpuShare * 100, {
			goal: goals.addedCpuShare * 100,
			unit: " %",
			detail: `${dense.conc} at once; ${addedCpuMs.toFixed(3)} ms of ${servedCpuMs.toFixed(2)} ms, and ${(100 * figures.addedCpuShareOfReading).toFixed(1)} % of ${readingCpuMs.toFixed(2)} ms for reading alone`,
		}),
	];
	const isReached = reached.every((goal) => goal.isReached);
	const head = `${figures.streams} answers of 100 tokens, half of them through the room`;
	const lines = values.json
		? [JSON.stringify({ ...figures, isReached })]
		: [head, ...reached.map(toGoalLine)];
	process.stdout.write(`${lines.join("\n")}\n`);
	if (!isReached) process.exitCode = 1;
}

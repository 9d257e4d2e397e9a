/**
 * What the resilience room costs while all is well: `npm run bench:weather`. Answers of a simulated provider are read through
 * the line, the circuit breakers and the deadlines, and without them, in turns within one run, on a real PostgreSQL. What that
 * adds is told as a part of reading alone, and of the least that a stream costs to serve: a bare Next route that pipes bytes.
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
/** Waiting times are told by a process that has time, and its CPU by one that is busy: one that wakes for every part wastes it. */
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
		// By lot who goes first, so that whatever drifts or swings falls on both.
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

/** As a turn does it: `server/chat/answer.ts`. */
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
	if ("class" in permit) throw new Error(`All is well, so nobody is refused: ${permit.class}.`);
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
			// People do not ask in step.
			await setTimeout(Math.random() * spreadMs);
			seen.push(await read());
		}
	};
	await Promise.all(Array.from({ length: conc }, readOn));
	return seen;
}

function median(numbers: readonly number[]): number {
	const sorted = numbers.toSorted((one, other) => one - other);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

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
	const isReached = addedMsP50 <= goals.addedMsP50 && figures.addedCpuShare <= goals.addedCpuShare;
	if (values.json) console.log(JSON.stringify({ ...figures, isReached }));
	else {
		const toShare = (share: number) => `${(100 * share).toFixed(1)} %`;
		const load = `times at ${light.conc} at once, CPU at ${dense.conc}`;
		console.log(`${figures.streams} answers of 100 tokens, half of them through the room; ${load}`);
		console.log(`line and breakers, p50        ${figures.enterMsP50.toFixed(3)} ms`);
		console.log(`added to the first token, p50 ${addedMsP50.toFixed(3)} ms (goal ${goals.addedMsP50})`);
		console.log(`added CPU of a stream         ${addedCpuMs.toFixed(3)} ms`);
		console.log(
			`  of a stream served bare     ${toShare(figures.addedCpuShare)} of ${servedCpuMs.toFixed(2)} ms (goal 3)`,
		);
		console.log(
			`  of reading alone            ${toShare(figures.addedCpuShareOfReading)} of ${readingCpuMs.toFixed(2)} ms`,
		);
	}
	if (!isReached) process.exitCode = 1;
}

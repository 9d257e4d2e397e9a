/**
 * Measures what kept connections save: `npm run bench:pool [-- --calls 1000 --conc 50 --rounds 3 --json]`. The product's pool beside
 * plain `fetch`, against the simulator in a process of its own, in alternating rounds: new connections per 1,000 calls, and the time
 * from a call to its response's headers, warm and on a cold connection (a loopback address that was never called before).
 * Exits with 1 when the pool opens more connections than its calls at a time, or is much slower than plain `fetch`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { createConnectionPool } from "../server/models/http/connection-pool.ts";
import { createHttpFetch } from "../server/models/http/http-fetch.ts";
import { makeCertificate } from "../server/testing/servers/certificate.ts";
import { type Goal, quantile, toGoal, toGoalLine } from "./goal.ts";

const { values } = parseArgs({
	options: {
		calls: { type: "string", default: "1000" },
		conc: { type: "string", default: "50" },
		rounds: { type: "string", default: "3" },
		cold: { type: "string", default: "60" },
		json: { type: "boolean", default: false },
	},
});
const [calls, conc, rounds, coldCalls] = [values.calls, values.conc, values.rounds, values.cold].map(
	Number,
) as [number, number, number, number];

type Wire = "plain" | "tls" | "h2";
interface Sample {
	readonly client: "pool" | "fetch";
	readonly wire: Wire;
	connections: number;
	calls: number;
	readonly warmMs: number[];
	readonly coldMs: number[];
	readonly oneByOneMs: number[];
	cpuMs: number;
	readonly cpuUsPerToken: number[];
}

/** The addresses that are cold for the one client and for the other. */
const toHosts = (index: number): [string, string] => [`127.1.${index}.1`, `127.2.${index}.1`];

async function startProvider(
	certificate: ReturnType<typeof makeCertificate>,
): Promise<{ child: ChildProcess; ports: Record<Wire | "counter", number> }> {
	const child = spawn(process.execPath, [new URL("./pool-provider.ts", import.meta.url).pathname], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	child.stdin.end(JSON.stringify(certificate));
	let text = "";
	for await (const part of child.stdout) {
		text += part;
		if (text.includes("\n")) break;
	}
	return { child, ports: JSON.parse(text) };
}

const body = JSON.stringify({
	model: "sim-small",
	stream: true,
	messages: [{ role: "user", content: "Hello!" }],
});

/** One call, read to its end. Ms until its headers. */
async function call(fetch: typeof globalThis.fetch, base: string, asked = body): Promise<number> {
	const startedAt = performance.now();
	const response = await fetch(`${base}/v1/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: asked,
	});
	const tookMs = performance.now() - startedAt;
	const reader = response.body?.getReader();
	while (reader && !(await reader.read()).done);
	if (!response.ok) throw new Error(`HTTP ${response.status}`);
	return tookMs;
}

const streams = 100;
const streamTokens = 200;
const paced = JSON.stringify({
	model: "sim-small",
	stream: true,
	messages: [{ role: "user", content: `[[sim tokens=${streamTokens},itl=10]] Hello!` }],
});

/** CPU of this process for each token of a hundred answers that are written at the pace of a model. */
async function streamMany(fetch: typeof globalThis.fetch, base: string): Promise<number> {
	await Promise.all(Array.from({ length: streams }, () => call(fetch, base)));
	const before = process.cpuUsage();
	await Promise.all(Array.from({ length: streams }, () => call(fetch, base, paced)));
	const { user, system } = process.cpuUsage(before);
	return (user + system) / (streams * streamTokens);
}

function toFigures({
	client,
	wire,
	connections,
	calls: made,
	warmMs,
	coldMs,
	oneByOneMs,
	cpuMs,
	cpuUsPerToken,
}: Sample) {
	return {
		client,
		wire,
		newConnectionsPer1000: Math.round((connections * 10_000) / made) / 10,
		loaded: { p50Ms: quantile(warmMs, 0.5), p95Ms: quantile(warmMs, 0.95) },
		warm: { p50Ms: quantile(oneByOneMs, 0.5), p95Ms: quantile(oneByOneMs, 0.95) },
		cold: { p50Ms: quantile(coldMs, 0.5), p95Ms: quantile(coldMs, 0.95) },
		cpuMsPerCall: cpuMs / made,
		cpuUsPerToken: quantile(cpuUsPerToken, 0.5),
	};
}

/** A call over the pool may take so much longer than over plain `fetch`, in the median; timers of a busy machine are coarse. */
const slowerMsMax = 1;

function toGoals(figures: readonly ReturnType<typeof toFigures>[]): Goal[] {
	const ofPool = figures.filter(({ client }) => client === "pool");
	return ofPool.flatMap(({ wire, newConnectionsPer1000, warm }) => {
		const plain = figures.find((other) => other.client === "fetch" && other.wire === wire);
		return [
			toGoal(`new connections per 1,000 calls, ${wire}`, newConnectionsPer1000, {
				goal: (conc * 1_000) / calls,
				unit: "",
				detail: `${conc} calls at a time; plain fetch ${plain?.newConnectionsPer1000}`,
			}),
			toGoal(`warm call above plain fetch, p50, ${wire}`, plain ? warm.p50Ms - plain.warm.p50Ms : null, {
				goal: slowerMsMax,
				unit: " ms",
				detail: `${warm.p50Ms.toFixed(2)} ms`,
			}),
		];
	});
}

const coldHosts = Array.from({ length: 250 }, (_, index) => toHosts(index));
const certificate = makeCertificate(coldHosts.flat());
const { child, ports } = await startProvider(certificate);
const countAccepted = async (wire: Wire): Promise<number> =>
	(await (await globalThis.fetch(`http://127.0.0.1:${ports.counter}/accepted`)).json())[wire];
const pool = createConnectionPool();
const clients = { pool: createHttpFetch(pool), fetch: globalThis.fetch };
const wires: Wire[] = certificate ? ["plain", "tls", "h2"] : ["plain"];
const samples: Sample[] = wires.flatMap((wire) =>
	(["pool", "fetch"] as const).map((client) => ({
		client,
		wire,
		connections: 0,
		calls: 0,
		warmMs: [],
		coldMs: [],
		oneByOneMs: [],
		cpuMs: 0,
		cpuUsPerToken: [],
	})),
);
let coldHost = 0;

async function measure(sample: Sample): Promise<void> {
	const fetch = clients[sample.client];
	const scheme = sample.wire === "plain" ? "http" : "https";
	const base = `${scheme}://127.0.0.1:${ports[sample.wire]}`;
	const before = await countAccepted(sample.wire);
	const cpuBefore = process.cpuUsage();
	let left = calls;
	const worker = async () => {
		while (left-- > 0) sample.warmMs.push(await call(fetch, base));
	};
	await Promise.all(Array.from({ length: conc }, worker));
	const cpu = process.cpuUsage(cpuBefore);
	sample.cpuMs += (cpu.user + cpu.system) / 1_000;
	sample.calls += calls;
	sample.connections += (await countAccepted(sample.wire)) - before;
	sample.cpuUsPerToken.push(await streamMany(fetch, base));
	for (let n = 0; n < coldCalls; n += 1) sample.oneByOneMs.push(await call(fetch, base));
	for (let n = 0; n < coldCalls / rounds; n += 1) {
		const [forPool, forFetch] = toHosts(coldHost++ % 250);
		const host = sample.client === "pool" ? forPool : forFetch;
		sample.coldMs.push(await call(fetch, `${scheme}://${host}:${ports[sample.wire]}`));
	}
}

try {
	for (const { client, wire } of samples)
		await call(clients[client], `${wire === "plain" ? "http" : "https"}://127.0.0.1:${ports[wire]}`);
	for (let round = 0; round < rounds; round += 1) {
		for (const sample of round % 2 === 0 ? samples : samples.toReversed()) await measure(sample);
	}
	const figures = samples.map(toFigures);
	const goals = toGoals(figures);
	if (!goals.every(({ isReached }) => isReached)) process.exitCode = 1;
	if (values.json) process.stdout.write(`${JSON.stringify({ calls, conc, rounds, figures })}\n`);
	else {
		process.stdout.write(
			`${rounds} rounds of ${calls} calls, ${conc} at a time; p50/p95 ms until the response's headers\n`,
		);
		process.stdout.write(
			"client wire   new conn. per 1,000    one by one, warm    cold          at once        CPU ms a call, us a token\n",
		);
		for (const {
			client,
			wire,
			newConnectionsPer1000,
			warm,
			cold,
			loaded,
			cpuMsPerCall,
			cpuUsPerToken,
		} of figures) {
			const pair = ({ p50Ms, p95Ms }: { p50Ms: number; p95Ms: number }) =>
				`${p50Ms.toFixed(2)}/${p95Ms.toFixed(2)}`.padEnd(14);
			process.stdout.write(
				`${client.padEnd(6)} ${wire.padEnd(6)} ${String(newConnectionsPer1000).padStart(12)}          ${pair(warm)}      ${pair(cold)}${pair(loaded)} ${cpuMsPerCall.toFixed(3)}, ${cpuUsPerToken.toFixed(1)}\n`,
			);
		}
		process.stdout.write(`${goals.map(toGoalLine).join("\n")}\n`);
	}
} finally {
	pool.close();
	child.kill();
}
process.exit();

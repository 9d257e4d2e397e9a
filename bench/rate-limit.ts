/**
 * Measures what a rate-limit check costs on a Redis of this machine, and how long it takes while that Redis is silent or gone:
 * `npm run bench:rate-limit`. Starts a `redis-server` of its own. For comparison, a bare PING over another connection follows
 * every check.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import {
	createMemoryRates,
	createTurnRates,
	openSharedRates,
	type TurnRates,
} from "../server/rates/index.ts";
import { startRedis, untilShared } from "../server/testing/servers/redis.ts";
import { quantile, toGoal, toGoalLine } from "./goal.ts";

const { values } = parseArgs({
	options: {
		checks: { type: "string", default: "20000" },
		people: { type: "string", default: "500" },
		json: { type: "boolean", default: false },
	},
});

/** Ms, p95. */
const goals = { check: 0.3, gain: 5 };
const plans = { findMax: async () => 1_000_000 };
const log = { warn: () => undefined, info: () => undefined };

interface Figures {
	readonly name: string;
	readonly p50Ms: number;
	readonly p95Ms: number;
	readonly p99Ms: number;
}

/** Checks of many people, `concurrent` at a time; after each of them, untimed, whatever the caller wants in between. */
async function measure(
	name: string,
	rates: TurnRates,
	concurrent: number,
	between = async () => {},
): Promise<Figures> {
	const checks = Number(values.checks);
	const tookMs: number[] = [];
	let asked = 0;
	const ask = async () => {
		while (asked++ < checks) {
			const id = `person ${asked % Number(values.people)}`;
			const startedAt = performance.now();
			await rates.take({ userId: id, plan: "free" });
			tookMs.push(performance.now() - startedAt);
			await between();
			// As requests do, the next one comes from the event loop.
			if (asked % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
		}
	};
	await Promise.all(Array.from({ length: concurrent }, ask));
	return toFigures(name, tookMs);
}

function toFigures(name: string, tookMs: readonly number[]): Figures {
	const at = (share: number) => quantile(tookMs, share);
	return { name, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** A round trip to Redis and nothing else. */
async function ping(): Promise<void> {
	const startedAt = performance.now();
	await anchor.ping();
	pingsMs.push(performance.now() - startedAt);
}

const redis = await startRedis();
const anchor = new Redis(redis.url, { retryStrategy: null });
anchor.on("error", () => undefined);
const pingsMs: number[] = [];
const shared = await openSharedRates({ url: redis.url, token: null }, log);
const create = (store: typeof shared | null) =>
	createTurnRates({ shared: store, local: createMemoryRates(), instances: 1, plans });
const rates = create(shared);
try {
	await untilShared(shared);
	await measure("warm", rates, 1);
	const local = await measure("in this process", create(null), 1);
	const checks = await measure("Redis, one after the other", rates, 1, ping);
	const figures = [
		local,
		checks,
		toFigures("a PING after each of them", pingsMs),
		await measure("Redis, 10 at once", rates, 10),
	];
	redis.freeze();
	await rates.take({ userId: "the first to notice", plan: "free" });
	await sleep(1_000);
	figures.push(await measure("Redis silent, after 1 s", rates, 10));
	redis.thaw();
	await untilShared(shared);
	await redis.kill();
	await rates.take({ userId: "the first to notice", plan: "free" });
	await sleep(1_000);
	figures.push(await measure("Redis gone, after 1 s", rates, 10));
	const [silent, gone] = figures.slice(-2);
	const gainMs = Math.max(silent?.p95Ms ?? 0, gone?.p95Ms ?? 0);
	const reached = [
		toGoal("a check on local Redis, p95", checks.p95Ms, {
			goal: goals.check,
			unit: " ms",
			detail: "one by one",
		}),
		toGoal("a check while Redis is silent or gone, p95", gainMs, {
			goal: goals.gain,
			unit: " ms",
			detail: "10 at once, from one second after it failed",
		}),
	];
	const isMet = reached.every(({ isReached }) => isReached);
	if (values.json) process.stdout.write(`${JSON.stringify({ figures, goals, isMet })}\n`);
	else {
		for (const { name, p50Ms, p95Ms, p99Ms } of figures) {
			const [p50, p95, p99] = [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(3).padStart(8));
			process.stdout.write(`${name.padEnd(28)} p50 ${p50} ms   p95 ${p95} ms   p99 ${p99} ms\n`);
		}
		process.stdout.write(`${reached.map(toGoalLine).join("\n")}\n`);
	}
	process.exitCode = isMet ? 0 : 1;
} finally {
	await shared.close();
	anchor.disconnect();
	await redis.close();
}

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { RateStore } from "../../rates/index.ts";

/** A Redis of a test's own, that may be hurt. */
export interface TestRedis {
	readonly url: string;
	flush(): Promise<void>;
	/** Ends it at once, as a crash does; what it counted is lost. */
	kill(): Promise<void>;
	/** Starts it again at the same address. */
	restart(): Promise<void>;
	/** It stays connected and answers nothing until `thaw`. */
	freeze(): void;
	thaw(): void;
	close(): Promise<void>;
}

/** Whether tests can start a Redis of their own; says so when they cannot. */
export function hasRedis(): boolean {
	try {
		execFileSync("redis-server", ["--version"], { stdio: "ignore" });
		return true;
	} catch {
		process.stderr.write("redis-server is not installed: the tests of shared rate limits are left out\n");
		return false;
	}
}

export async function startRedis(): Promise<TestRedis> {
	const port = await findPort();
	const folder = mkdtempSync(join(tmpdir(), "parley-redis-"));
	const url = `redis://127.0.0.1:${port}`;
	let child = await spawnRedis(port, folder);
	const end = async () => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		const ended = once(child, "exit");
		child.kill("SIGKILL");
		await ended;
	};
	return {
		url,
		flush: async () => void (await ask(url, (redis) => redis.flushall())),
		kill: end,
		async restart() {
			child = await spawnRedis(port, folder);
		},
		freeze: () => void child.kill("SIGSTOP"),
		thaw: () => void child.kill("SIGCONT"),
		async close() {
			await end();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** Waits until limits are counted in Redis (again). */
export async function untilShared(store: RateStore): Promise<void> {
	for (let look = 0; look < 300; look++) {
		const { outcome } = await store.take(randomUUID(), { max: 1, windowMs: 60_000 });
		if (outcome !== "unknown") return;
		await sleep(10);
	}
	throw new Error("Redis did not answer within 3 s.");
}

async function spawnRedis(port: number, folder: string): Promise<ChildProcess> {
	const settings = { port, bind: "127.0.0.1", dir: folder, save: "", appendonly: "no" };
	const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
	const child = spawn("redis-server", args, { stdio: "ignore" });
	for (let look = 0; look < 200; look++) {
		const isUp = await ask(`redis://127.0.0.1:${port}`, (redis) => redis.ping()).catch(() => null);
		if (isUp) return child;
		await sleep(25);
	}
	child.kill("SIGKILL");
	throw new Error("redis-server did not start.");
}

async function ask<Answer>(url: string, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
	const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
	redis.on("error", () => undefined);
	try {
		await redis.connect();
		return await question(redis);
	} finally {
		redis.disconnect();
	}
}

async function findPort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	if (typeof address !== "object" || address === null) throw new Error("A listening server has a port.");
	return address.port;
}

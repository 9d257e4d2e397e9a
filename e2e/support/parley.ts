import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { type Child, findPort, startChild } from "./child.ts";

/** A short lease, so that an answer of a killed process is closed within the patience of a test. */
const leaseMs = 5_000;
const readyTimeoutMs = 60_000;

/** The built product as an operator runs it: one process, an embedded database in a folder of its own. */
export interface Parley {
	readonly url: string;
	/** The one-time link that the first start printed. */
	setupLink(): Promise<string>;
	/** Ends it with SIGINT. */
	stop(): Promise<void>;
	/** Ends it as a power cut would; its database stays. */
	kill9(): Promise<void>;
	/** Stops the process in the middle of whatever it does, until `resume`. */
	pause(): void;
	resume(): void;
	/** Starts it again on the same port and folder. */
	restart(): Promise<void>;
	/** Ends it with its database and removes its folder. */
	dispose(): Promise<void>;
	/** What it has printed since its last start. */
	output(): string;
	/** Where its database listens. */
	databaseUrl(): Promise<string>;
}

/** A model at a provider of its own, so that what becomes of it touches no other. */
export interface ExtraModel {
	readonly id: string;
	readonly providerModelId: string;
	/** In place of the simulator's. */
	readonly baseUrl?: string;
	readonly contextWindow?: number;
	readonly fallbacks?: readonly string[];
	readonly limits?: { readonly concurrency: number };
}

export async function startParley(input: {
	upstreamUrl: string;
	env?: Record<string, string>;
	models?: readonly ExtraModel[];
}): Promise<Parley> {
	const dataDir = await mkdtemp(join(tmpdir(), "parley-e2e-"));
	const port = await findPort();
	const url = `http://localhost:${port}`;
	const config = join(dataDir, "models.json");
	await writeFile(config, JSON.stringify(toConfig(input.upstreamUrl, input.models ?? [])));
	const env = {
		PORT: String(port),
		PARLEY_DATA_DIR: dataDir,
		PARLEY_CONFIG: config,
		PARLEY_LEASE_MS: String(leaseMs),
		PARLEY_LOG_LEVEL: "warn",
		// No Ollama of this machine may join the catalogue.
		OLLAMA_BASE_URL: "http://127.0.0.1:9",
		...input.env,
	};
	let child = await start(env, url);
	return {
		url,
		setupLink: async () => (await child.waitFor(/https?:\S+\/setup\?token=\S+/))[0],
		stop: () => child.end("SIGINT"),
		kill9: () => child.end("SIGKILL"),
		output: () => child.output(),
		databaseUrl: () => findDatabase(dataDir),
		pause: () => void child.process.kill("SIGSTOP"),
		resume: () => void child.process.kill("SIGCONT"),
		async restart() {
			await child.end("SIGINT");
			child = await start(env, url);
		},
		async dispose() {
			// SIGKILL: an answer that is still being written is no longer needed.
			await child.end("SIGKILL");
			await stopDatabase(dataDir);
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

const secrets = z.object({ databasePassword: z.string() });

/** As the superuser. The embedded database writes its port into the fourth line of its own file; the password is in another. */
async function findDatabase(dataDir: string): Promise<string> {
	const [, , , port] = (await readFile(join(dataDir, "pg", "postmaster.pid"), "utf8")).split("\n");
	const { databasePassword } = secrets.parse(
		JSON.parse(await readFile(join(dataDir, "secrets.json"), "utf8")),
	);
	return `postgres://parley:${encodeURIComponent(databasePassword)}@127.0.0.1:${port}/parley`;
}

/** A killed server leaves its database running: ends the one process whose id its own folder holds. */
async function stopDatabase(dataDir: string): Promise<void> {
	const pidFile = join(dataDir, "pg", "postmaster.pid");
	const written = await readFile(pidFile, "utf8").catch(() => "");
	const pid = Number.parseInt(written, 10);
	if (!(pid > 1)) return;
	process.kill(pid, "SIGINT");
	while (existsSync(pidFile)) await sleep(20);
}

async function start(env: Record<string, string>, url: string): Promise<Child> {
	const child = startChild("server/main.ts", [], env);
	const deadline = Date.now() + readyTimeoutMs;
	while (!(await isReady(url))) {
		if (child.process.exitCode !== null || Date.now() > deadline)
			throw new Error(`Parley did not become ready:\n${child.output()}`);
		await sleep(50);
	}
	return child;
}

async function isReady(url: string): Promise<boolean> {
	return await fetch(`${url}/api/health/ready`).then(
		(response) => response.ok,
		() => false,
	);
}

/** `brief` is cut off after 30 tokens. */
function toConfig(upstreamUrl: string, extra: readonly ExtraModel[]) {
	const prices = {
		small: { inputUsdPerMTok: "0.10", outputUsdPerMTok: "0.40" },
		large: { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
	};
	const baseUrl = `${upstreamUrl}/v1`;
	const kind = "openai-compatible";
	const model = (id: string, tier: "small" | "large", maxOutputTokens = 8_192) => ({
		id,
		provider: "sim",
		providerModelId: `sim-${tier}`,
		tier,
		maxOutputTokens,
		contextWindow: 32_000,
		abilities: ["images"],
		prices: prices[tier],
	});
	return {
		providers: [
			{ id: "sim", kind, baseUrl, loadSeconds: 0 },
			...extra.map((one) => ({ id: `at-${one.id}`, kind, baseUrl: one.baseUrl ?? baseUrl, loadSeconds: 0 })),
		],
		models: [
			model("small", "small"),
			model("large", "large"),
			model("brief", "large", 30),
			...extra.map(({ baseUrl: _, ...one }) => ({
				tier: "small",
				maxOutputTokens: 8_192,
				contextWindow: 32_000,
				prices: prices.small,
				fallbacks: [],
				provider: `at-${one.id}`,
				...one,
			})),
		],
	};
}

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPeople } from "./create-people.ts";
import { readUsage, startProcess, type Usage } from "./proc.ts";
import type { Person } from "./sign-in.ts";

export const projectDir = join(import.meta.dirname, "..");
const host = "127.0.0.1";

/** What a model's name asks of the simulator; marks say in the text when each token was sent. */
export const models = {
	load: "sim:ttft=150,itl=30,tokens=100,text=marks",
	warm: "sim:ttft=20,itl=3,tokens=100,text=marks",
	hold: "sim:ttft=500,itl=1000,tokens=30,text=marks",
	endless: "sim:ttft=150,itl=100,tokens=4000,text=marks",
} as const;
export type Speed = keyof typeof models;

export interface HttpRequest {
	readonly method: "GET" | "POST";
	readonly path: string;
	readonly headers: Record<string, string>;
	readonly body?: string;
}

/** Something that streams an answer, and how it is asked. */
export interface Target {
	readonly name: "direct" | "bare" | "portkey" | "parley";
	readonly port: number;
	/** The requests of one stream in their order: each gets the JSON that the one before answered; the last one streams. */
	readonly requests: (
		speed: Speed,
		index: number,
	) => readonly ((before: Record<string, string>) => HttpRequest)[];
	/** The server's own processes. */
	usage(): Usage;
	/** Its database's, when it has one. */
	databaseUsage(): Usage;
	end(): Promise<void>;
}

export interface Places {
	readonly port: number;
	/** An empty folder for logs and data. */
	readonly folder: string;
}

const nothing: Usage = { cpuSeconds: 0, rssBytes: 0, anonymousBytes: 0 };
const asJson = { "content-type": "application/json" };
const toPrompt = (index: number) => `Question ${index}: how do queues behave under load?`;

/** The simulator, in a process of its own; called directly it is the noise floor of the measurement. */
export async function startSimulator({ port, folder }: Places): Promise<Target> {
	const main = join(projectDir, "server/simulator/main.ts");
	const started = await startProcess({
		command: [process.execPath, "--disable-warning=ExperimentalWarning", main, "--port", String(port)],
		cwd: projectDir,
		logFile: join(folder, "simulator.log"),
		readyUrl: `http://${host}:${port}/v1/models`,
	});
	return {
		name: "direct",
		port,
		end: started.end,
		usage: () => readUsage(started.pid),
		databaseUsage: () => nothing,
		requests: (speed, index) => [
			() => {
				const messages = [{ role: "user", content: toPrompt(index) }];
				const body = JSON.stringify({ model: models[speed], stream: true, messages });
				return { method: "POST", path: "/v1/chat/completions", headers: asJson, body };
			},
		],
	};
}

/** Portkey's gateway, installed in a folder (`npm i @portkey-ai/gateway`), with the simulator as its provider. */
export async function startPortkey(
	{ port, folder }: Places,
	{ installed, upstreamPort }: { installed: string; upstreamPort: number },
): Promise<Target> {
	const started = await startProcess({
		command: [
			process.execPath,
			join(installed, "node_modules/@portkey-ai/gateway/build/start-server.js"),
			`--port=${port}`,
			"--headless",
		],
		cwd: installed,
		logFile: join(folder, "portkey.log"),
		readyUrl: `http://${host}:${port}/`,
	});
	const upstream = {
		"x-portkey-provider": "openai",
		"x-portkey-custom-host": `http://${host}:${upstreamPort}/v1`,
	};
	return {
		name: "portkey",
		port,
		end: started.end,
		usage: () => readUsage(started.pid),
		databaseUsage: () => nothing,
		requests: (speed, index) => [
			() => {
				const messages = [{ role: "user", content: toPrompt(index) }];
				const body = JSON.stringify({ model: models[speed], stream: true, messages });
				return { method: "POST", path: "/v1/chat/completions", headers: { ...asJson, ...upstream }, body };
			},
		],
	};
}

/** A Next app whose one route pipes the provider's bytes; built when it has not been. */
export async function startBare({ port, folder }: Places, upstreamPort: number): Promise<Target> {
	const cwd = join(projectDir, "bench/bare");
	const next = join(projectDir, "node_modules/next/dist/bin/next");
	if (!existsSync(join(cwd, ".next/BUILD_ID"))) build(next, cwd);
	const started = await startProcess({
		command: [process.execPath, next, "start", "--port", String(port), "--hostname", host],
		cwd,
		env: { OPENAI_BASE_URL: `http://${host}:${upstreamPort}/v1`, NEXT_TELEMETRY_DISABLED: "1" },
		logFile: join(folder, "bare.log"),
		readyUrl: `http://${host}:${port}/pipe`,
	});
	return {
		name: "bare",
		port,
		end: started.end,
		usage: () => readUsage(started.pid),
		databaseUsage: () => nothing,
		requests: (speed, index) => [
			() => {
				const body = JSON.stringify({ model: models[speed], text: toPrompt(index) });
				return { method: "POST", path: "/pipe", headers: asJson, body };
			},
		],
	};
}

export interface Parley extends Target {
	readonly pid: number;
	readonly url: string;
	/** Where its embedded database lives, when it has one. */
	readonly dataDir: string;
	/** Null while it runs. */
	exitCode(): number | null;
	readonly people: readonly Person[];
}

/** The real server on an embedded database of its own; `people` persons are signed in as a browser signs in. */
export async function startParley(
	{ port, folder }: Places,
	input: { upstreamPort: number; people: number; nodeArgs: readonly string[]; databaseUrl?: string },
): Promise<Parley> {
	if (!existsSync(join(projectDir, ".next/BUILD_ID")))
		build(join(projectDir, "node_modules/next/dist/bin/next"), projectDir);
	const dataDir = join(folder, "data");
	mkdirSync(dataDir, { mode: 0o755 });
	const configFile = join(folder, "config.json");
	writeFileSync(configFile, JSON.stringify(toConfig(input.upstreamPort)));
	const url = `http://${host}:${port}`;
	const started = await startProcess({
		command: [
			process.execPath,
			"--disable-warning=ExperimentalWarning",
			...input.nodeArgs,
			join(projectDir, "server/main.ts"),
		],
		cwd: projectDir,
		env: {
			PORT: String(port),
			HOST: host,
			PARLEY_PUBLIC_URL: url,
			PARLEY_DATA_DIR: dataDir,
			PARLEY_CONFIG: configFile,
			PARLEY_LOG_LEVEL: "error",
			...(input.databaseUrl && { DATABASE_URL: input.databaseUrl }),
		},
		logFile: join(folder, "parley.log"),
		readyUrl: `${url}/api/health/ready`,
	});
	try {
		const people = await createPeople(url, { dataDir, count: input.people, databaseUrl: input.databaseUrl });
		const databasePid = input.databaseUrl
			? 0
			: Number(readFileSync(join(dataDir, "pg/postmaster.pid"), "utf8").split("\n", 1)[0]);
		return {
			name: "parley",
			port,
			url,
			dataDir,
			people,
			pid: started.pid,
			end: started.end,
			exitCode: started.exitCode,
			usage: () => readUsage(started.pid, [databasePid]),
			databaseUsage: () => readUsage(databasePid),
			requests: (speed, index) => toTurn(speed, index, people[index % people.length]),
		};
	} catch (error) {
		await started.end();
		throw error;
	}
}

/** A message and the following of its answer, as the browser sends them. */
function toTurn(speed: Speed, index: number, person: Person | undefined) {
	const headers = { ...asJson, ...person?.headers };
	return [
		(): HttpRequest => {
			const clientMessageId = crypto.randomUUID();
			const body = JSON.stringify({ clientMessageId, text: toPrompt(index), model: speed });
			return { method: "POST", path: "/api/trpc/chat.send", headers, body };
		},
		({ turnId }: Record<string, string>): HttpRequest => {
			const input = encodeURIComponent(JSON.stringify({ turnId }));
			return { method: "GET", path: `/api/trpc/chat.follow?input=${input}`, headers };
		},
	];
}

export function toConfig(upstreamPort: number) {
	return {
		providers: [
			{ id: "sim", kind: "openai-compatible", baseUrl: `http://${host}:${upstreamPort}/v1`, loadSeconds: 0 },
		],
		models: Object.entries(models).map(([id, providerModelId]) => ({
			id,
			providerModelId,
			provider: "sim",
			tier: "small",
			contextWindow: 16_000,
			maxOutputTokens: 4_096,
			prices: { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
		})),
	};
}

function build(next: string, cwd: string): void {
	process.stderr.write(`building ${cwd}\n`);
	const env = { ...process.env, NODE_ENV: "production" as const, NEXT_TELEMETRY_DISABLED: "1" };
	execFileSync(process.execPath, [next, "build"], { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
}

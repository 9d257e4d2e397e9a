import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type postgres from "postgres";
import * as z from "zod";
import { type Person, signIn } from "../../../bench/sign-in.ts";
import { createUser } from "../../../server/auth/index.ts";
import { connectDatabase } from "../../../server/db/index.ts";
import { startEmbeddedDatabase } from "../../../server/embedded-postgres/index.ts";
import { retry } from "../../../server/kernel/retry.ts";
import { startChaosProxy } from "../../../server/testing/chaos-proxy.ts";
import { addRoomyPlan } from "../../../server/testing/roomy-plan.ts";
import { type Child, findPort, startChild } from "../../support/child.ts";
import { createRunDatabase } from "./database.ts";
import { waitUntil } from "./exchange.ts";
import { type Front, startFront } from "./front.ts";
import { type Crash, createInstance, type Instance } from "./instances.ts";

/** Connections of one instance to the database at most. */
export const poolMax = 10;
/** The first port to try; above those of the browser tests, and elsewhere for each run on a machine. */
const portMin = 4_700 + (process.pid % 400) * 10;

export interface StageInput {
	/** An empty folder. */
	readonly folder: string;
	readonly instances: number;
	readonly people: number;
	readonly leaseMs: number;
	/** Null starts an embedded PostgreSQL. */
	readonly databaseUrl: string | null;
	/** What PARLEY_CONFIG says about providers and models; one small model when nothing is said. */
	toConfig?(upstreamUrl: string): object;
	/** More settings of every instance. */
	readonly env?: Readonly<Record<string, string>>;
	/** More of the simulated provider's command line. */
	readonly upstreamArgs?: readonly string[];
	/** Makes the plan that people are on and returns its id; hardly any limit when nothing is said. */
	addPlan?(sql: postgres.Sql): Promise<string>;
	say(line: string): void;
}

/** Somebody who is signed in. */
export interface StagePerson extends Person {
	readonly email: string;
	readonly userId: string;
}

/** Everything that a run is played on; torn down by the stack that it was given. */
export interface Stage {
	readonly instances: readonly Instance[];
	/** What each process printed, of all that were started. */
	outputs(): readonly string[];
	/** Processes that ended though nobody ended them. */
	readonly crashes: readonly Crash[];
	readonly front: Front;
	readonly people: readonly StagePerson[];
	/** Settings for the operator's command line. */
	readonly operator: Record<string, string>;
	/** Makes an account and signs it in. */
	addPerson(account: { readonly email: string; readonly role: "user" | "admin" }): Promise<StagePerson>;
	/** Past all faults. */
	readonly sql: postgres.Sql;
	readonly upstreamUrl: string;
	/** One more simulated provider, at this port. */
	startUpstream(port: number): Promise<Child>;
	readonly leaseMs: number;
	/** What the database says it is. */
	readonly databaseVersion: string;
}

/** PostgreSQL, the provider's simulator, the instances behind their front, and people who are signed in. */
export async function openStage(input: StageInput, stack: AsyncDisposableStack): Promise<Stage> {
	const { folder, leaseMs, say } = input;
	const database = await createRunDatabase(input.databaseUrl ?? (await startPostgres(folder, stack)));
	stack.defer(database.drop);
	const [version] = await database.sql<{ server_version: string }[]>`show server_version`;
	const { onStart, outputs } = keepChildren(stack);
	const upstream = await startSimulator(onStart, ["--port", "0", ...(input.upstreamArgs ?? [])]);
	const ports = await findPorts(input.instances);
	const front = await startFront(ports);
	stack.defer(async () => front.close());
	const env = {
		...{ HOST: "127.0.0.1", PARLEY_PUBLIC_URL: front.url, PARLEY_LOG_LEVEL: "warn" },
		...{ PARLEY_LEASE_MS: String(leaseMs), PARLEY_DATABASE_POOL: String(poolMax) },
		...{
			AUTH_SECRET: "a-secret-that-only-one-chaos-run-knows",
			PARLEY_CONFIG: writeConfig(folder, (input.toConfig ?? toStandardConfig)(upstream.url)),
		},
		// The logs are what clients' histories are compared with.
		PARLEY_TURN_LOG_RETENTION_MS: String(86_400_000),
		// Nobody's Ollama may join the catalogue.
		OLLAMA_BASE_URL: "http://127.0.0.1:9",
		...input.env,
	};
	const instances: Instance[] = [];
	const crashes: Crash[] = [];
	const onCrash = (crash: Crash) => {
		if (stack.disposed) return;
		crashes.push(crash);
		say(`instance ${crash.instance} ended by itself: ${crash.words}`);
	};
	for (const [index, port] of ports.entries()) {
		const { proxy, url } = await startDatabaseProxy(database.url, stack);
		const dataDir = join(folder, `instance-${index}`);
		mkdirSync(dataDir);
		const own = { ...env, PORT: String(port), PARLEY_DATA_DIR: dataDir, DATABASE_URL: url };
		instances.push(createInstance({ index, port, database: proxy, env: own, onStart, onCrash }));
	}
	say(`starting ${instances.length} instances`);
	await Promise.all(instances.map((instance) => instance.start()));
	await waitUntil(() => instances.every(({ index }) => front.isReady(index)), 10_000);
	say(`signing ${input.people} people in`);
	const addPerson = await openAccounts({ databaseUrl: database.url, front, input }, stack);
	const emails = Array.from({ length: input.people }, (_, index) => `person${index}@example.com`);
	const people: StagePerson[] = [];
	// One after the other: passwords cost so much that a busy machine would miss its health checks.
	for (const email of emails) people.push(await addPerson({ email, role: "user" }));
	return {
		...{ instances, outputs, crashes, front, people, leaseMs, sql: database.sql, upstreamUrl: upstream.url },
		...{ addPerson, operator: { ...env, PARLEY_DATA_DIR: folder, DATABASE_URL: database.url } },
		startUpstream: async (port) => (await startSimulator(onStart, ["--port", String(port)])).child,
		databaseVersion: `${input.databaseUrl ? "" : "embedded "}PostgreSQL ${version?.server_version}`,
	};
}

/** No process outlives the harness, however that ends. Their words are kept. */
function keepChildren(stack: AsyncDisposableStack) {
	const children: Child[] = [];
	let isOver = false;
	process.once("exit", () => {
		for (const { process: child } of children) child.kill("SIGKILL");
	});
	stack.defer(async () => {
		isOver = true;
		await Promise.all(children.map((child) => child.end("SIGKILL")));
	});
	return {
		onStart(child: Child) {
			children.push(child);
			// A restart that was under way when the run ended.
			if (isOver) child.process.kill("SIGKILL");
		},
		outputs: () => children.map((child) => child.output()),
	};
}

/** What misbehaves between one instance and the database, and the address that leads through it. */
async function startDatabaseProxy(databaseUrl: string, stack: AsyncDisposableStack) {
	const url = new URL(databaseUrl);
	const target = { host: url.hostname, port: Number(url.port || 5432) };
	const proxy = await startChaosProxy({ target });
	stack.defer(() => proxy.close());
	[url.hostname, url.port] = ["127.0.0.1", String(proxy.port)];
	return { proxy, url: url.href };
}

async function startPostgres(folder: string, stack: AsyncDisposableStack): Promise<string> {
	const dataDir = join(folder, "database");
	// An embedded PostgreSQL may run as another user, who must be able to pass the folder.
	mkdirSync(dataDir, { mode: 0o755 });
	const embedded = await startEmbeddedDatabase({ dataDir });
	stack.defer(embedded.stop);
	return embedded.url;
}

const started = z.object({ url: z.string() });

async function startSimulator(
	onStart: (child: Child) => void,
	args: readonly string[],
): Promise<{ url: string; child: Child }> {
	const child = startChild("server/simulator/main.ts", ["--json", ...args], {});
	onStart(child);
	const [line] = await child.waitFor(/^\{.*\}$/m);
	return { ...started.parse(JSON.parse(line)), child };
}

async function findPorts(count: number): Promise<number[]> {
	const ports: number[] = [];
	while (ports.length < count) ports.push(await findPort((ports.at(-1) ?? portMin) + 1));
	return ports;
}

function writeConfig(folder: string, config: object): string {
	const file = join(folder, "config.json");
	writeFileSync(file, JSON.stringify(config));
	return file;
}

const toStandardConfig = (upstreamUrl: string) => ({
	providers: [{ id: "sim", kind: "openai-compatible", baseUrl: `${upstreamUrl}/v1` }],
	models: [
		{
			...{ id: "small", provider: "sim", providerModelId: "sim-small", tier: "small" },
			...{ contextWindow: 32_000, maxOutputTokens: 8_192 },
			prices: { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
		},
	],
});

async function openAccounts(
	{ databaseUrl, front, input }: { databaseUrl: string; front: Front; input: StageInput },
	stack: AsyncDisposableStack,
): Promise<Stage["addPerson"]> {
	const db = connectDatabase({ url: databaseUrl, poolMax: 2, applicationName: "chaos" });
	stack.defer(db.close);
	const plan = await (input.addPlan ?? addRoomyPlan)(db.sql);
	const password = "a long password of the harness";
	return async ({ email, role }) => {
		const { userId } = await createUser(db, { email, password, role, plan, name: email });
		// On a machine that is short of everything the front may believe for a moment that nobody is there.
		const person = await retry(() => signIn(front.url, { email, password }), { forMs: 30_000, everyMs: 500 });
		return { ...person, email, userId };
	};
}

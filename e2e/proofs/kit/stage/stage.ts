import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type postgres from "postgres";
import type { Child } from "../../../support/child.ts";
import { waitUntil } from "../wait.ts";
import { type AccountsInput, type AddPerson, openAccounts, type StagePerson } from "./accounts.ts";
import { type DatabaseWay, listWays, openWay } from "./database-ways.ts";
import { type Crash, createInstance, type Instance } from "./instances.ts";
import { type LoadBalancer, startLoadBalancer } from "./load-balancer.ts";
import { createProcesses, findPorts, type Processes, startSimulator } from "./processes.ts";
import { openRunDatabase, type RunDatabase } from "./run-database.ts";

/** Connections of one instance to the database at most. */
export const poolMax = 10;

export interface StageInput {
	/** An empty folder. */
	readonly folder: string;
	readonly instances: number;
	readonly people: number;
	readonly leaseMs: number;
	/** Null starts an embedded PostgreSQL. */
	readonly databaseUrl: string | null;
	/** The content of PARLEY_CONFIG: providers and models. By default one small model. */
	toConfig?(upstreamUrl: string): object;
	/** More settings of every instance. */
	readonly env?: Readonly<Record<string, string>>;
	/** More arguments of the provider simulator. */
	readonly upstreamArgs?: readonly string[];
	readonly addPlan?: AccountsInput["addPlan"];
	/** Instances reach the database in turn over TLS, through PgBouncer and in plain text, as far as possible here; else all in plain text. */
	readonly variesDatabaseWays?: boolean;
	say(line: string): void;
}

/** The servers of a run, and the people who use them; ended by the stack that it was given. */
export interface Stage {
	readonly instances: readonly Instance[];
	/** The output of every process that was started. */
	outputs(): readonly string[];
	/** Processes that ended by themselves. */
	readonly crashes: readonly Crash[];
	readonly balancer: LoadBalancer;
	readonly people: readonly StagePerson[];
	/** Settings for the operator's command line. */
	readonly operator: Record<string, string>;
	readonly addPerson: AddPerson;
	/** A direct connection to the database, past all faults. */
	readonly sql: postgres.Sql;
	/** Ends PostgreSQL with SIGKILL; resolves when it was started again and has recovered. Null where it is not the run's own. */
	readonly crashPostgres: RunDatabase["crash"];
	readonly upstreamUrl: string;
	/** Starts one more provider simulator, at this port. */
	startUpstream(port: number): Promise<Child>;
	readonly leaseMs: number;
	readonly databaseVersion: string;
}

/** Starts PostgreSQL, the provider simulator and the instances behind their load balancer, and signs people in. */
export async function openStage(input: StageInput, stack: AsyncDisposableStack): Promise<Stage> {
	const { folder, leaseMs, say, addPlan } = input;
	const database = await openRunDatabase(input, stack);
	const processes = createProcesses(stack);
	const upstream = await startSimulator(processes, ["--port", "0", ...(input.upstreamArgs ?? [])]);
	const ports = await findPorts(input.instances);
	const balancer = await startLoadBalancer(ports);
	stack.defer(async () => balancer.close());
	const env = toSettings(input, { url: balancer.url, upstreamUrl: upstream.url });
	const crashes: Crash[] = [];
	const ways = input.variesDatabaseWays ? listWays(database) : (["plain"] as const);
	const instances = await openInstances({ ports, folder, database, ways, env }, processes, {
		stack,
		onCrash(crash) {
			crashes.push(crash);
			say(`instance ${crash.instance} ended by itself: ${crash.words}`);
		},
	});
	say(`starting ${instances.length} instances`);
	await Promise.all(instances.map((instance) => instance.start()));
	await waitUntil(() => instances.every(({ index }) => balancer.isReady(index)), 10_000);
	say(`signing ${input.people} people in`);
	const addPerson = await openAccounts(
		{ databaseUrl: database.url, url: balancer.url, ...(addPlan ? { addPlan } : {}) },
		stack,
	);
	const people: StagePerson[] = [];
	// One after the other: hashing passwords takes so much CPU that a busy machine would miss its health checks.
	for (let index = 0; index < input.people; index++)
		people.push(await addPerson({ email: `person${index}@example.com`, role: "user" }));
	return {
		instances,
		outputs: processes.outputs,
		crashes,
		balancer,
		people,
		leaseMs,
		addPerson,
		sql: database.sql,
		crashPostgres: database.crash,
		upstreamUrl: upstream.url,
		operator: { ...env, PARLEY_DATA_DIR: folder, DATABASE_URL: database.url },
		startUpstream: async (port) => (await startSimulator(processes, ["--port", String(port)])).child,
		databaseVersion: database.version,
	};
}

function toSettings(
	{ folder, leaseMs, env, toConfig = toStandardConfig }: StageInput,
	{ url, upstreamUrl }: { readonly url: string; readonly upstreamUrl: string },
): Record<string, string> {
	const config = join(folder, "config.json");
	writeFileSync(config, JSON.stringify(toConfig(upstreamUrl)));
	return {
		HOST: "127.0.0.1",
		PARLEY_PUBLIC_URL: url,
		PARLEY_LOG_LEVEL: "warn",
		PARLEY_LEASE_MS: String(leaseMs),
		PARLEY_DATABASE_POOL: String(poolMax),
		AUTH_SECRET: "a-secret-that-only-one-chaos-run-knows",
		PARLEY_CONFIG: config,
		// The proofs compare what clients saw with the turn log, so it must outlive the run.
		PARLEY_TURN_LOG_RETENTION_MS: String(86_400_000),
		// No Ollama of this machine may join the catalogue.
		OLLAMA_BASE_URL: "http://127.0.0.1:9",
		...env,
	};
}

interface InstancesInput {
	readonly ports: readonly number[];
	readonly folder: string;
	readonly database: RunDatabase;
	readonly ways: readonly DatabaseWay[];
	readonly env: Record<string, string>;
}

/** One instance for each port, each behind a proxy of its own to the database. None of them runs yet. */
async function openInstances(
	{ ports, folder, database, ways, env }: InstancesInput,
	processes: Processes,
	{ stack, onCrash }: { readonly stack: AsyncDisposableStack; onCrash(crash: Crash): void },
): Promise<Instance[]> {
	const instances: Instance[] = [];
	for (const [index, port] of ports.entries()) {
		const { way, env: address, proxy } = await openWay(ways[index % ways.length] ?? "plain", database, stack);
		const dataDir = join(folder, `instance-${index}`);
		mkdirSync(dataDir);
		const own = { ...env, ...address, PORT: String(port), PARLEY_DATA_DIR: dataDir };
		const callbacks = {
			onStart: processes.add,
			onCrash: (crash: Crash) => void (stack.disposed || onCrash(crash)),
		};
		instances.push(createInstance({ index, port, way, database: proxy, env: own, ...callbacks }));
	}
	return instances;
}

const toStandardConfig = (upstreamUrl: string) => ({
	providers: [{ id: "sim", kind: "openai-compatible", baseUrl: `${upstreamUrl}/v1`, loadSeconds: 0 }],
	models: [
		{
			id: "small",
			provider: "sim",
			providerModelId: "sim-small",
			tier: "small",
			contextWindow: 32_000,
			maxOutputTokens: 8_192,
			prices: { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
		},
	],
});

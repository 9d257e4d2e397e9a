/**
 * Breaks a real Parley while people use it, and checks afterwards that it kept its promises: `npm run chaos`.
 * Nothing is called but this machine. See `help` below for the options.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { runProof, say, toCount } from "../kit/program.ts";
import { createRandom } from "../kit/random.ts";
import { countOutcomes, type Report, toJson, toText } from "../kit/report.ts";
import { toWarnings } from "../kit/server-warnings.ts";
import { openStage, poolMax, type Stage } from "../kit/stage/stage.ts";
import { waitForQuiet } from "../kit/wait.ts";
import { startSampling } from "./database-samples.ts";
import { type Evidence, readCalls, readTurns } from "./evidence.ts";
import { toFigures } from "./figures.ts";
import { createHistory } from "./history.ts";
import { invariants } from "./invariants.ts";
import { type Field, live } from "./people.ts";
import { planFaults, playFaults, type Scenario, scenarios } from "./scenarios.ts";

const help = `npm run chaos -- [--instances 3] [--kills 200] [--scenario all] [--seed N] [--short] [--people 60]
                   [--lease-ms 20000] [--database-url URL] [--json]

Starts PostgreSQL, a simulated provider and several instances behind a load balancer, lets people send, read, stop and
come back, breaks things meanwhile, and checks what clients saw against the database and the provider's records.
  --scenario      ${scenarios.join(", ")}
  --kills         processes killed in all; other faults come in proportion to it
  --seed          of an earlier run: the same schedule again
  --short         about a minute: 2 instances, 6 kills, 20 people, a lease of 3 s
  --database-url  a PostgreSQL of your own, in which a database is created and dropped; else an embedded one
Exits with 1 when a promise was broken or a goal not reached.
`;

/** Load without any fault, in which what one instance owes another is measured. */
const calmMs = { short: 6_000, long: 15_000 };
/** How long people with restless readers are watched when nothing else is the matter. */
const readersMs = { short: 15_000, long: 120_000 };
/** After the end of the load: an answer to its end, or a lease to its sweep. */
const leaveMs = 150_000;

interface Options {
	readonly scenario: Scenario;
	readonly seed: string;
	readonly instances: number;
	readonly kills: number;
	readonly people: number;
	readonly leaseMs: number;
	readonly isShort: boolean;
	readonly isJson: boolean;
	readonly databaseUrl: string | null;
}

/** Null when help was asked for. @throws on anything that makes no sense. */
function readOptions(): Options | null {
	const { values } = parseArgs({
		options: {
			scenario: { type: "string", default: "all" },
			seed: { type: "string" },
			instances: { type: "string" },
			kills: { type: "string" },
			people: { type: "string" },
			"lease-ms": { type: "string" },
			"database-url": { type: "string" },
			short: { type: "boolean", default: false },
			json: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) return null;
	const scenario = scenarios.find((name) => name === values.scenario);
	if (!scenario)
		throw new Error(`There is no scenario "${values.scenario}"; there are ${scenarios.join(", ")}.`);
	const isShort = values.short;
	const standard = isShort
		? { instances: 2, kills: 6, people: 20, leaseMs: 3_000 }
		: { instances: 3, kills: 200, people: 60, leaseMs: 20_000 };
	return {
		scenario,
		isShort,
		isJson: values.json,
		databaseUrl: values["database-url"] ?? null,
		seed: values.seed ?? String(Date.now() % 1_000_000),
		instances: toCount("instances", values.instances, standard.instances, [2, 8]),
		kills: toCount("kills", values.kills, standard.kills, [1, 100_000]),
		people: toCount("people", values.people, standard.people, [1, 1_000]),
		leaseMs: toCount("lease-ms", values["lease-ms"], standard.leaseMs, [1_000, 600_000]),
	};
}

/** People come, all is well for a while, then things break, then all is well again; returns what is known. */
async function play(options: Options, stage: Stage): Promise<Evidence> {
	const { scenario, seed, isShort } = options;
	const length = isShort ? "short" : "long";
	const history = createHistory();
	let isOpen = true;
	const field: Field = {
		frontUrl: stage.balancer.url,
		instances: stage.instances,
		history,
		isOpen: () => isOpen,
		restlessness: scenario === "readers" ? 0.6 : 0.1,
	};
	const sampling = startSampling(stage);
	say(`${stage.people.length} people, no faults yet`);
	const people = Promise.all(
		stage.people.map((person, index) => live(person, field, createRandom(`${seed} person ${index}`))),
	);
	await Promise.race([sleep(calmMs[length]), people]);
	const plan = planFaults({ scenario, kills: options.kills, seed, isShort });
	await Promise.race([playFaults(plan, { stage, history, isShort, say }), people.then(() => undefined)]);
	if (plan.length === 0) await Promise.race([sleep(readersMs[length]), people]);
	isOpen = false;
	say("no more messages; waiting for the ends");
	const waiting = new AbortController();
	const leave = sleep(leaveMs, undefined, { signal: waiting.signal }).catch(() => undefined);
	await Promise.race([people, leave]);
	waiting.abort();
	await waitForQuiet(stage);
	const samples = await sampling.end();
	// One connection more than the pool: the one that listens for notices.
	const stored = { ...(await readTurns(stage)), calls: await readCalls(stage) };
	return {
		history,
		...stored,
		samples,
		crashes: stage.crashes,
		connectionsMax: poolMax + 1,
		leaseMs: stage.leaseMs,
	};
}

async function run(options: Options, folder: string, stack: AsyncDisposableStack): Promise<Report> {
	const stage = await openStage({ ...options, folder, say }, stack);
	const mib = () =>
		stage.instances.map((instance) => Math.round((instance.memoryBytes() ?? 0) / 2 ** 20)).join(", ");
	const before = mib();
	const evidence = await play(options, stage);
	const { goals, notes } = toFigures(evidence);
	const { scenario, seed, instances, kills, leaseMs, people } = options;
	return {
		title: `chaos ${scenario}: seed ${seed}, ${instances} instances, ${kills} kills, ${people} people, lease ${leaseMs} ms, ${stage.databaseVersion}`,
		findings: invariants.map((check) => check(evidence)),
		figures: { goals, notes: [...notes, `resident MiB by instance: ${before} before, ${mib()} after`] },
		warnings: toWarnings(stage.outputs()),
	};
}

await runProof("chaos", async (context) => {
	const options = readOptions();
	if (!options) return help;
	say(`seed ${options.seed}`);
	const report = await run(options, await context.open(), context.stack);
	if (countOutcomes(report).failed > 0) process.exitCode = 1;
	return options.isJson ? toJson(report) : toText(report);
});

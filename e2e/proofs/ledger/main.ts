/**
 * Spends money with a simulated provider in every way there is, and holds all money against its invoice to the nano-dollar:
 * `npm run verify:ledger`. Nothing is called but this machine. See `help` below for the options.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { spawnProgram } from "../../../server/testing/run-program.ts";
import { type MoneyRecords, readMoneyRecords } from "../kit/money/money-records.ts";
import { readInvoiceText, readStats } from "../kit/money/provider-records.ts";
import { runProof, say, toCount } from "../kit/program.ts";
import { createRandom } from "../kit/random.ts";
import { toWarnings } from "../kit/server-warnings.ts";
import type { StagePerson } from "../kit/stage/accounts.ts";
import { toConfig } from "../kit/stage/simulated-models.ts";
import { openStage, type Stage } from "../kit/stage/stage.ts";
import { waitForQuiet, waitUntil } from "../kit/wait.ts";
import { compareRecords, toEstimates, toRows } from "./compare.ts";
import { checkOnce, readCallNames } from "./exactly-once.ts";
import { keepClosed } from "./keep-breakers-closed.ts";
import { planRequests } from "./planned-requests.ts";
import { models, priceCommands, providerPrices } from "./priced-models.ts";
import { hasFailed, type LedgerReport, toJson, toText } from "./report.ts";
import { type Field, type RequestRecord, work } from "./request-records.ts";

const help = `npm run verify:ledger -- [--requests 10000] [--processes 4] [--people 48] [--kills 8] [--seed N]
                            [--short] [--json] [--database-url URL]

Starts PostgreSQL, a simulated provider that keeps its own invoice, and several instances; makes requests of all kinds
(retries, fallbacks, stops, cuts, odd reports of usage, leaving readers, posts made again, killed processes) at prices
that catch any rounding; then compares invoice, ledger, limits, reports and exports, imports the invoice, and compares again.
  --seed          of an earlier run: the same requests again
  --short         about a minute: 400 requests, 2 processes, 16 people, 2 kills, and none of the slow faults
  --database-url  a PostgreSQL of your own, in which a database is created and dropped; else an embedded one
Exits with 1 when anything is off by a nano-dollar.
`;

/** Short, so that the requests of a killed process are soon over. */
const leaseMs = 4_000;
/** More than any run spends; with a budget the site has buckets to compare. */
const siteBudgetUsd = "1000000";
const downMs = 300;

interface Options {
	readonly requests: number;
	readonly instances: number;
	readonly people: number;
	readonly kills: number;
	readonly seed: string;
	readonly isShort: boolean;
	readonly isJson: boolean;
	readonly databaseUrl: string | null;
}

/** Null when help was asked for. @throws on anything that makes no sense. */
function readOptions(): Options | null {
	const text = { type: "string" } as const;
	const flag = { type: "boolean", default: false } as const;
	const { values } = parseArgs({
		options: {
			requests: text,
			processes: text,
			people: text,
			kills: text,
			seed: text,
			"database-url": text,
			short: flag,
			json: flag,
			help: flag,
		},
	});
	if (values.help) return null;
	const standard = values.short
		? { requests: 400, processes: 2, people: 16, kills: 2 }
		: { requests: 10_000, processes: 4, people: 48, kills: 8 };
	return {
		isShort: values.short,
		isJson: values.json,
		databaseUrl: values["database-url"] ?? null,
		seed: values.seed ?? String(Date.now() % 1_000_000),
		requests: toCount("requests", values.requests, standard.requests, [1, 50_000]),
		instances: toCount("processes", values.processes, standard.processes, [1, 8]),
		people: toCount("people", values.people, standard.people, [1, 500]),
		kills: toCount("kills", values.kills, standard.kills, [0, 1_000]),
	};
}

async function open(options: Options, folder: string, stack: AsyncDisposableStack): Promise<Stage> {
	const prices = join(folder, "provider-prices.json");
	writeFileSync(prices, JSON.stringify(providerPrices));
	const stage = await openStage(
		{
			...options,
			folder,
			leaseMs,
			toConfig: toConfig(models),
			say,
			upstreamArgs: ["--prices", prices, "--ttft", "5", "--tps", "2000", "--seed", "1"],
			env: { PARLEY_SITE_BUDGET_USD: siteBudgetUsd },
		},
		stack,
	);
	for (const words of priceCommands) await operate(stage, words);
	// Instances learn of a new price within seconds; these are to know it from their first call on.
	await Promise.all(stage.instances.map((instance) => instance.kill().then(() => instance.start())));
	await waitUntil(() => stage.instances.every(({ index }) => stage.balancer.isReady(index)), 10_000);
	return stage;
}

/** Runs an operator's command. @throws when it fails, with its words. */
async function operate({ operator }: Stage, words: readonly string[]): Promise<string> {
	const { output, complaint, exitCode } = await spawnProgram([...words], { env: operator });
	if (exitCode !== 0) throw new Error(`parley ${words.join(" ")}: ${complaint}`);
	return output;
}

/** Everybody works off the requests while processes are killed; returns when no turn and no call runs any more. */
async function drive(options: Options, stage: Stage, admin: StagePerson): Promise<RequestRecord[]> {
	const { seed, requests, kills, isShort } = options;
	const planned = planRequests(requests, createRandom(`${seed} planned`), isShort);
	const records: RequestRecord[] = [];
	const field: Field = { url: stage.balancer.url, records, take: () => planned.pop() ?? null };
	say(`${requests} requests of ${stage.people.length} people`);
	const telling = setInterval(() => say(`${records.length} of ${requests} requests`), 15_000);
	const people = Promise.all(
		stage.people.map((person, index) => work(person, field, createRandom(`${seed} person ${index}`))),
	);
	const killing = killInstances(stage, {
		kills,
		isDue: (kill) => records.length >= (kill * requests) / (kills + 1),
	});
	const over = new AbortController();
	const closing = keepClosed(stage, admin, over.signal);
	await Promise.all([people, killing]).finally(() => {
		clearInterval(telling);
		over.abort();
	});
	say(`${await closing} circuit breakers were closed by hand`);
	say("waiting for the ends");
	await waitForQuiet(stage);
	const isProviderIdle = async () => (await readStats(stage.upstreamUrl)).active === 0;
	if (!(await waitUntil(isProviderIdle, 150_000))) throw new Error("A call of the provider does not end.");
	return records;
}

async function killInstances(
	{ instances }: Stage,
	{ kills, isDue }: { kills: number; isDue: (kill: number) => boolean },
): Promise<void> {
	for (let kill = 1; kill <= kills; kill++) {
		while (!isDue(kill)) await sleep(50);
		const instance = instances[kill % instances.length];
		await instance?.kill();
		await sleep(downMs);
		await instance?.start();
	}
}

async function run(options: Options, folder: string, stack: AsyncDisposableStack): Promise<LedgerReport> {
	const stage = await open(options, folder, stack);
	const admin = await stage.addPerson({ email: "admin@example.com", role: "admin" });
	const startedAtMs = Date.now();
	const records = await drive(options, stage, admin);
	const seconds = (Date.now() - startedAtMs) / 1_000;
	say("reading the money");
	const before = await readMoneyRecords(stage, admin);
	const invoice = join(folder, "invoice.json");
	writeFileSync(invoice, await readInvoiceText(stage.upstreamUrl));
	const imported = [
		"usage",
		"import-invoice",
		invoice,
		"--complete",
		"--post",
		"--reason",
		"checked",
		"--json",
	];
	const first = JSON.parse(await operate(stage, imported));
	const second = JSON.parse(await operate(stage, imported));
	const after = await readMoneyRecords(stage, admin);
	const turns = await stage.sql<{ name: string; ending: string }[]>`
		select client_message_id as name, status || coalesce(' (' || code || ')', '') as ending from turns`;
	const traces = {
		turnNames: turns.map(({ name }) => name),
		callNames: await readCallNames(stage.upstreamUrl),
	};
	const { seed, requests, instances, people } = options;
	return {
		title: `ledger: seed ${seed}, ${requests} requests, ${instances} processes, ${people} people, ${stage.databaseVersion}`,
		notes: [
			...toNotes(records, before, { ...options, seconds }),
			`turns: ${toCounts(turns, ({ ending }) => ending)}`,
			`the import posted ${first.differenceNanoUsd} nano-dollars on the house, the same file again ${second.differenceNanoUsd}`,
		],
		before: toRows(before),
		after: toRows(after),
		estimates: toEstimates(before),
		findings: [
			...compareRecords(before, "before the import"),
			...compareRecords(after, "after the import"),
			...checkOnce(records, traces),
			checkImport(second.differenceNanoUsd),
			...checkStage(stage, { records, requests }),
		],
		warnings: toWarnings(stage.outputs()),
	};
}

const checkImport = (differenceNanoUsd: unknown) => ({
	id: "after",
	promise: "the invoice once more has no difference",
	checked: 1,
	violations: differenceNanoUsd === "0" ? [] : [`${differenceNanoUsd} nano-dollars`],
});

/** That the run was what it says it was. */
const checkStage = (
	stage: Stage,
	{ records, requests }: { records: readonly RequestRecord[]; requests: number },
) => [
	{
		id: "run",
		promise: "every request was made",
		checked: requests,
		violations: records.length === requests ? [] : [`only ${records.length} were`],
	},
	{
		id: "run",
		promise: "no process ended by itself",
		checked: stage.instances.length,
		violations: stage.crashes.map(({ instance, words }) => `instance ${instance}: ${words}`),
	},
];

function toNotes(
	records: readonly RequestRecord[],
	money: MoneyRecords,
	{ kills, seconds }: Options & { seconds: number },
): string[] {
	const reposts = records.reduce((sum, record) => sum + record.reposts, 0);
	const refused = records.filter(({ refusal }) => refusal !== null);
	return [
		`requests: ${toCounts(records, ({ kind }) => kind)}; ${reposts} posted again; ${kills} processes killed; ${seconds.toFixed(0)} s`,
		`refused: ${refused.length > 0 ? toCounts(refused, ({ refusal }) => refusal ?? "") : "none"}`,
		`calls: ${money.calls.length}; ${toCounts(money.calls, ({ outcome }) => outcome)}`,
		`tokens by: ${toCounts(money.calls, ({ usageSource }) => usageSource)}`,
	];
}

/** How many there are of each name, the most frequent first. */
function toCounts<Item>(items: readonly Item[], toName: (item: Item) => string): string {
	return Array.from(Map.groupBy(items, toName), ([name, { length }]) => ({ name, length }))
		.toSorted((one, other) => other.length - one.length)
		.map(({ name, length }) => `${length} ${name}`)
		.join(", ");
}

await runProof("ledger", async (harness) => {
	const options = readOptions();
	if (!options) return help;
	say(`seed ${options.seed}`);
	const report = await run(options, await harness.open(), harness.stack);
	if (hasFailed(report)) process.exitCode = 1;
	return options.isJson ? toJson(report) : toText(report);
});

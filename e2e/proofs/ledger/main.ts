/**
 * Spends money with a simulated provider in every way there is, and compares all money records with its invoice to the
 * nano-dollar: `npm run verify:ledger`. It calls nothing but this machine. `--help` prints the options.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnProgram } from "../../../server/testing/run-program.ts";
import type { Finding } from "../kit/finding.ts";
import { checkEstimates, checkLedgerSum, toEstimates } from "../kit/money/estimates.ts";
import { checkCallLines, checkOwnCalls, checkPurposes, checkStrayLines } from "../kit/money/line-checks.ts";
import { checkMoney } from "../kit/money/money-checks.ts";
import { type MoneyRecords, readMoneyRecords } from "../kit/money/money-records.ts";
import { readInvoiceText } from "../kit/money/provider-records.ts";
import { runProof, say } from "../kit/program.ts";
import { toWarnings } from "../kit/server-warnings.ts";
import { toConfig } from "../kit/stage/simulated-models.ts";
import { openStage, type Stage } from "../kit/stage/stage.ts";
import { waitUntil } from "../kit/wait.ts";
import { driveLoad } from "./drive-load.ts";
import { checkOnce, readCallNames } from "./exactly-once.ts";
import { checkImport, type ImportReports } from "./import-checks.ts";
import { help, type Options, readOptions } from "./options.ts";
import { embedding, models, priceCommands, providerPrices } from "./priced-models.ts";
import { publishPolicy } from "./publish-policy.ts";
import { hasFailed, type LedgerReport, toJson, toText } from "./report.ts";
import type { RequestRecord } from "./request-records.ts";
import { toSumRows } from "./sums.ts";

/** Short, so that the turns of a killed process are soon closed. */
const leaseMs = 4_000;
/** More than any run spends; only with a budget does the site have buckets to compare. */
const siteBudgetUsd = "1000000";
/** How far the ledger may be off before the invoice is imported, as a whole and by kind of estimate. */
const bounds = { ledger: { percent: 10 }, estimates: { percent: 10 } };

async function open(options: Options, folder: string, stack: AsyncDisposableStack): Promise<Stage> {
	const prices = join(folder, "provider-prices.json");
	writeFileSync(prices, JSON.stringify(providerPrices));
	const stage = await openStage(
		{
			...options,
			folder,
			leaseMs,
			toConfig: (upstreamUrl) => ({ ...toConfig(models)(upstreamUrl), embeddings: [embedding] }),
			say,
			upstreamArgs: [
				"--prices",
				prices,
				"--ttft",
				"5",
				"--tps",
				"2000",
				"--seed",
				"1",
				"--tokenizer",
				"published",
			],
			env: { PARLEY_SITE_BUDGET_USD: siteBudgetUsd, PARLEY_EMBEDDINGS: embedding.id },
		},
		stack,
	);
	for (const words of priceCommands) await operate(stage, words);
	// Instances notice a new price within seconds; a restart makes them use it from the first call on.
	await Promise.all(stage.instances.map((instance) => instance.kill().then(() => instance.start())));
	await waitUntil(() => stage.instances.every(({ index }) => stage.balancer.isReady(index)), 10_000);
	return stage;
}

/** Runs an operator's command. @throws with its error output when it fails. */
async function operate({ operator }: Stage, words: readonly string[]): Promise<string> {
	const { output, complaint, exitCode } = await spawnProgram([...words], { env: operator });
	if (exitCode !== 0) throw new Error(`parley ${words.join(" ")}: ${complaint}`);
	return output;
}

/** Imports the provider's invoice twice. */
async function importInvoice(stage: Stage, folder: string): Promise<ImportReports> {
	const file = join(folder, "invoice.json");
	writeFileSync(file, await readInvoiceText(stage.upstreamUrl));
	const command = ["usage", "import-invoice", file, "--complete", "--post", "--reason", "checked", "--json"];
	const first = JSON.parse(await operate(stage, command));
	const second = JSON.parse(await operate(stage, command));
	return { firstNanoUsd: BigInt(first.differenceNanoUsd), secondNanoUsd: BigInt(second.differenceNanoUsd) };
}

async function run(options: Options, folder: string, stack: AsyncDisposableStack): Promise<LedgerReport> {
	const stage = await open(options, folder, stack);
	const admin = await stage.addPerson({ email: "admin@example.com", role: "admin" });
	await publishPolicy(stage, admin);
	const startedAtMs = Date.now();
	const records = await driveLoad(options, stage, admin);
	const seconds = (Date.now() - startedAtMs) / 1_000;
	say("reading the money records");
	const before = await readMoneyRecords(stage, admin);
	const reports = await importInvoice(stage, folder);
	const after = await readMoneyRecords(stage, admin);
	const turns = await stage.sql<{ name: string; ending: string }[]>`
		select client_message_id as name, status || coalesce(' (' || code || ')', '') as ending from turns`;
	const purposes = await stage.sql<
		{ purpose: string }[]
	>`select purpose from model_calls where turn_id is null`;
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
			`the import posted ${reports.firstNanoUsd} nano-dollars on the house, the same file again ${reports.secondNanoUsd}`,
		],
		before: toSumRows(before),
		after: toSumRows(after),
		estimates: toEstimates(before),
		findings: [
			...checkMoney(before, "before"),
			checkCallLines(before, "before"),
			checkStrayLines(before, "before"),
			checkOwnCalls(before, "before"),
			checkPurposes(before, "before"),
			checkLedgerSum(before, "before", bounds.ledger),
			checkEstimates(before, "before", bounds.estimates),
			...checkMoney(after, "after"),
			checkStrayLines(after, "after", { isImported: true }),
			...checkImport({ before, after }, providerPrices, reports),
			...checkOnce(records, traces),
			...checkRun(stage, { records, requests, callPurposes: purposes.map(({ purpose }) => purpose) }),
		],
		warnings: toWarnings(stage.outputs()),
	};
}

/** That the run was what it claims to be. */
function checkRun(
	stage: Stage,
	by: {
		readonly records: readonly RequestRecord[];
		readonly requests: number;
		readonly callPurposes: readonly string[];
	},
): Finding[] {
	const { records, requests, callPurposes } = by;
	const accepted = records.filter(({ replies }) => replies.length > 0).length;
	return [
		{
			id: "run",
			promise: "every request was made",
			checked: requests,
			violations: records.length === requests ? [] : [`only ${records.length} were`],
		},
		{
			id: "run",
			promise: "nearly all requests were accepted",
			checked: records.length,
			violations: accepted >= records.length * acceptedShareMin ? [] : [`only ${accepted} were`],
		},
		{
			id: "run",
			promise: "vectors were asked for",
			checked: callPurposes.length,
			violations: callPurposes.includes("embedding") ? [] : ["no call for vectors was booked"],
		},
		{
			id: "run",
			promise: "no process ended by itself",
			checked: stage.instances.length,
			violations: stage.crashes.map(({ instance, words }) => `instance ${instance}: ${words}`),
		},
	];
}

/** Some continuations are refused because their answer has ended meanwhile. */
const acceptedShareMin = 0.95;

function toNotes(
	records: readonly RequestRecord[],
	{ calls }: MoneyRecords,
	{ kills, seconds }: Options & { readonly seconds: number },
): string[] {
	const reposts = records.reduce((sum, record) => sum + record.reposts, 0);
	const refused = records.filter(({ refusal }) => refusal !== null);
	return [
		`requests: ${toCounts(records, ({ kind }) => kind)}; ${reposts} posted again; ${kills} processes killed; ${seconds.toFixed(0)} s`,
		`refused: ${refused.length > 0 ? toCounts(refused, ({ refusal }) => refusal ?? "") : "none"}`,
		`calls: ${calls.length}; ${toCounts(calls, ({ outcome }) => outcome)}`,
		`calls for: ${toCounts(calls, ({ purpose }) => purpose)}`,
		`tokens by: ${toCounts(calls, ({ usageSource }) => usageSource)}`,
	];
}

/** How many items there are of each name, the most frequent first. */
function toCounts<Item>(items: readonly Item[], toName: (item: Item) => string): string {
	return Array.from(Map.groupBy(items, toName), ([name, { length }]) => ({ name, length }))
		.toSorted((one, other) => other.length - one.length)
		.map(({ name, length }) => `${length} ${name}`)
		.join(", ");
}

await runProof("ledger", async (context) => {
	const options = readOptions(process.argv.slice(2));
	if (!options) return help;
	say(`seed ${options.seed}`);
	const report = await run(options, await context.open(), context.stack);
	if (hasFailed(report)) process.exitCode = 1;
	return options.isJson ? toJson(report) : toText(report);
});

/**
 * Breaks a real Parley while people use it, and checks afterwards that it kept its promises: `npm run chaos`. It calls nothing but
 * this machine. `--help` prints the options.
 */
import { runProof, say } from "../kit/program.ts";
import { countOutcomes, type Report, toJson, toText } from "../kit/report.ts";
import { toWarnings } from "../kit/server-warnings.ts";
import { toConfig } from "../kit/stage/simulated-models.ts";
import { openStage } from "../kit/stage/stage.ts";
import { planFaults } from "./faults/plan-faults.ts";
import { toFigures } from "./figures.ts";
import { judge } from "./invariants/index.ts";
import { logRetentionMs, models, simulatorArgs } from "./models.ts";
import { help, type Options, readOptions } from "./options.ts";
import { playRun } from "./play-run.ts";

/** More than any run spends; only with a budget does the site have buckets to compare. */
const siteBudgetUsd = "1000000";

async function run(options: Options, folder: string, stack: AsyncDisposableStack): Promise<Report> {
	const stage = await openStage(
		{
			...options,
			folder,
			say,
			toConfig: toConfig(models),
			variesDatabaseWays: true,
			upstreamArgs: simulatorArgs,
			env: {
				PARLEY_SITE_BUDGET_USD: siteBudgetUsd,
				PARLEY_TURN_LOG_RETENTION_MS: String(logRetentionMs),
			},
		},
		stack,
	);
	const toMib = () =>
		stage.instances.map((instance) => Math.round((instance.memoryBytes() ?? 0) / 2 ** 20)).join(", ");
	const before = toMib();
	const plan = planFaults({ ...options, ownsPostgres: stage.crashPostgres !== null });
	const planned = plan.map(({ kind }) => kind);
	const evidence = await playRun(options, stage, plan);
	const { goals, notes } = toFigures(evidence, planned);
	const { scenario, seed, instances, kills, leaseMs, people } = options;
	const ways = stage.instances.map(({ way }) => way).join(", ");
	return {
		title: `chaos ${scenario}: seed ${seed}, ${instances} instances, ${kills} kills, ${people} people, lease ${leaseMs} ms, ${stage.databaseVersion} (${ways})`,
		findings: judge(evidence, planned),
		figures: { goals, notes: [...notes, `resident MiB by instance: ${before} before, ${toMib()} after`] },
		warnings: toWarnings(stage.outputs()),
	};
}

await runProof("chaos", async (context) => {
	const options = readOptions(process.argv.slice(2));
	if (!options) return help;
	say(`seed ${options.seed}`);
	const report = await run(options, await context.open(), context.stack);
	if (countOutcomes(report).failed > 0) process.exitCode = 1;
	return options.isJson ? toJson(report) : toText(report);
});

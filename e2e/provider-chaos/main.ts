/**
 * Lets a simulated provider fail in every way there is and checks what people of a real Parley see, what was asked of the
 * provider and who pays: `npm run chaos:provider`. Nothing is called but this machine.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt, findNode, projectDir } from "../../scripts/prepare.mjs";
import { openStage } from "../chaos/stage.ts";
import { toWarnings } from "../chaos/warnings.ts";
import { toConfig } from "./catalogue.ts";
import { help, type Options, readOptions } from "./options.ts";
import { playOutage } from "./outage.ts";
import { toGoals } from "./outage-figures.ts";
import { playRows } from "./play-rows.ts";
import { countOutcomes, type Report, toJsonLines, toText } from "./report.ts";
import { chooseRows } from "./rows.ts";

/** Long enough that nobody else takes an answer over while two cores are busy. */
const leaseMs = 20_000;

const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

async function runRows(options: Options, folder: string): Promise<Omit<Report, "title">> {
	await using stack = new AsyncDisposableStack();
	const rows = chooseRows(options.rows, options.isShort);
	const { instances, databaseUrl, seed } = options;
	const stage = await openStage(
		{
			...{ folder, instances, people: 4, leaseMs, databaseUrl, say },
			toConfig: (upstreamUrl) => toConfig(rows, upstreamUrl),
			env: { PARLEY_INSTANCES: String(instances) },
			upstreamArgs: ["--seed", seed],
		},
		stack,
	);
	let played = 0;
	say(`${rows.length} rows`);
	const verdicts = await playRows(rows, stage, (row) => say(`${++played}/${rows.length} ${row.name}`));
	const mib = stage.instances.map((instance) => Math.round((instance.rssBytes() ?? 0) / 2 ** 20));
	return {
		...{ verdicts, goals: [], warnings: toWarnings(stage.outputs()) },
		notes: [`resident MiB by instance afterwards: ${mib.join(", ")}`],
	};
}

async function runOutage(options: Options, folder: string): Promise<Pick<Report, "goals" | "warnings">> {
	await using stack = new AsyncDisposableStack();
	const seen = await playOutage({ ...options, folder, say }, stack);
	return { goals: toGoals(seen), warnings: toWarnings(seen.outputs) };
}

async function run(options: Options, folder: string): Promise<Report> {
	const startedAtMs = Date.now();
	const { hasRows, hasOutage, instances, seed, isShort } = options;
	const none = { verdicts: [], goals: [], warnings: [], notes: [] };
	const makeFolder = (name: string) => {
		const path = join(folder, name);
		mkdirSync(path, { mode: 0o711 });
		return path;
	};
	const played = hasRows ? await runRows(options, makeFolder("rows")) : none;
	const outage = hasOutage ? await runOutage(options, makeFolder("outage")) : none;
	const seconds = Math.round((Date.now() - startedAtMs) / 1_000);
	const form = isShort ? "short" : "full";
	return {
		...{ ...played, goals: outage.goals, warnings: [...played.warnings, ...outage.warnings] },
		title: `chaos:provider, ${form}: seed ${seed}, ${instances} instances, ${seconds} s`,
	};
}

async function main(): Promise<void> {
	const options = readOptions(process.argv.slice(2));
	if (!options) return void process.stdout.write(help);
	if (!existsSync(join(projectDir, ".next", "BUILD_ID"))) await ensureBuilt(findNode());
	const folder = mkdtempSync(join(tmpdir(), "parley-provider-chaos-"));
	// An embedded PostgreSQL may run as another user, who must be able to pass the folder.
	chmodSync(folder, 0o711);
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		process.once(signal, () => {
			// The children are ended by the exit itself.
			rmSync(folder, { recursive: true, force: true });
			process.exit(130);
		});
	try {
		const report = await run(options, folder);
		process.stdout.write(`${options.isJson ? toJsonLines(report) : toText(report)}\n`);
		process.exitCode = countOutcomes(report).failed > 0 ? 1 : 0;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

main()
	.catch((error: unknown) => {
		process.stderr.write(`chaos:provider: ${error instanceof Error ? error.message : String(error)}\n`);
		process.exitCode = 1;
	})
	.finally(() => process.exit());

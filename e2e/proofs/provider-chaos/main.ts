/**
 * Lets a simulated provider fail in every way there is and checks what people of a real Parley see, what was asked of the
 * provider and who pays: `npm run chaos:provider`. Nothing is called but this machine.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runProof, say } from "../kit/program.ts";
import { toWarnings } from "../kit/server-warnings.ts";
import { openStage } from "../kit/stage/stage.ts";
import { help, type Options, readOptions } from "./options.ts";
import { toGoals } from "./outage/figures.ts";
import { playOutage } from "./outage/play-outage.ts";
import { playRows } from "./play-rows.ts";
import { countOutcomes, type Report, toJsonLines, toText } from "./report.ts";
import { toConfig } from "./rows/catalogue.ts";
import { chooseRows } from "./rows/rows.ts";

/** Long enough that no other instance takes an answer over while two cores are busy. */
const leaseMs = 20_000;

interface Place {
	/** An empty folder. */
	readonly folder: string;
	/** Whatever it is given ends with the part of the run that it serves, or with the run. */
	readonly stack: AsyncDisposableStack;
}

async function runRows(options: Options, { folder, stack }: Place): Promise<Omit<Report, "title">> {
	const rows = chooseRows(options.rows, options.isShort);
	const { instances, databaseUrl, seed } = options;
	const stage = await openStage(
		{
			folder,
			instances,
			people: 4,
			leaseMs,
			databaseUrl,
			say,
			toConfig: (upstreamUrl) => toConfig(rows, upstreamUrl),
			env: { PARLEY_INSTANCES: String(instances) },
			upstreamArgs: ["--seed", seed],
		},
		stack,
	);
	let played = 0;
	say(`${rows.length} rows`);
	const verdicts = await playRows(rows, stage, (row) => say(`${++played}/${rows.length} ${row.name}`));
	const mib = stage.instances.map((instance) => Math.round((instance.memoryBytes() ?? 0) / 2 ** 20));
	return {
		verdicts,
		goals: [],
		warnings: toWarnings(stage.outputs()),
		notes: [`resident MiB by instance afterwards: ${mib.join(", ")}`],
	};
}

async function runOutage(options: Options, { folder, stack }: Place): Promise<Omit<Report, "title">> {
	const seen = await playOutage({ ...options, folder, say }, stack);
	return { verdicts: [], goals: toGoals(seen), notes: [], warnings: toWarnings(seen.outputs) };
}

const nothing = { verdicts: [], goals: [], warnings: [], notes: [] };

async function run(options: Options, place: Place): Promise<Report> {
	const startedAtMs = Date.now();
	/** A part of the run in a folder and with servers of its own. */
	async function within(name: string, play: typeof runRows) {
		const folder = join(place.folder, name);
		mkdirSync(folder, { mode: 0o711 });
		const stack = place.stack.use(new AsyncDisposableStack());
		try {
			return await play(options, { folder, stack });
		} finally {
			await stack.disposeAsync();
		}
	}
	const { hasRows, hasOutage, instances, seed, isShort } = options;
	const played = hasRows ? await within("rows", runRows) : nothing;
	const outage = hasOutage ? await within("outage", runOutage) : nothing;
	const seconds = Math.round((Date.now() - startedAtMs) / 1_000);
	const form = isShort ? "short" : "full";
	return {
		...played,
		goals: outage.goals,
		warnings: [...played.warnings, ...outage.warnings],
		title: `chaos:provider, ${form}: seed ${seed}, ${instances} instances, ${seconds} s`,
	};
}

await runProof("chaos:provider", async ({ stack, open }) => {
	const options = readOptions(process.argv.slice(2));
	if (!options) return help;
	const report = await run(options, { folder: await open(), stack });
	process.exitCode = countOutcomes(report).failed > 0 ? 1 : 0;
	return options.isJson ? toJsonLines(report) : toText(report);
});

/**
 * What a turn costs, next to a bare Next route that only pipes bytes, in one interleaved run: `npm run bench:turn`.
 * Nothing is called but this machine. See `help` below for the options.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureClone } from "./clone.ts";
import { measureFirstLoad } from "./first-load.ts";
import { type Phase, runPhase } from "./load.ts";
import { type Goal, toGoalLine, toGoals, toRows, toTable } from "./report.ts";
import { startBare, startParley, startSimulator, type Target } from "./targets.ts";

const help = `npm run bench:turn -- [--conc 50,200] [--rounds 2] [--waves 2] [--people 20] [--json]
                      [--first-load] [--clone] [--port 4400] [--node-args=ARGS]

Answers of 100 tokens, 30 ms apart, the first after 150 ms, of the simulator called directly (the noise floor), of a bare
Next route and of Parley with everything persisted. Each level takes all targets in turn, in another order each round.
  --conc        concurrent streams, several levels; each level runs waves x concurrent streams a round
  --first-load  also the JavaScript that the chat page loads before it is idle, in Chromium
  --clone       also the time from a fresh clone to the first streamed answer (minutes)
  --node-args   for the node that runs Parley: --node-args="--cpu-prof --cpu-prof-dir=DIR"
Figures are medians over the rounds. On a machine that does other work, trust CPU seconds and ratios.
`;

const { values } = parseArgs({
	options: {
		conc: { type: "string", default: "50,200" },
		rounds: { type: "string", default: "2" },
		waves: { type: "string", default: "2" },
		people: { type: "string", default: "20" },
		port: { type: "string", default: "4400" },
		json: { type: "boolean", default: false },
		"first-load": { type: "boolean", default: false },
		clone: { type: "boolean", default: false },
		"node-args": { type: "string", default: "" },
		help: { type: "boolean", default: false },
	},
});

/** @throws for anything but a whole number from 1 to 10,000. */
function toCount(text: string): number {
	const count = Number(text);
	if (!Number.isInteger(count) || count < 1 || count > 10_000) throw new Error(`"${text}" is not a count.`);
	return count;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

async function measure(targets: readonly Target[]): Promise<Phase[]> {
	const phases: Phase[] = [];
	for (const target of targets) {
		const { failures } = await runPhase(target, { concurrent: 20, streams: 200, speed: "warm" });
		say(`warm: ${target.name} ${toWords(failures)}`);
	}
	for (let round = 0; round < toCount(values.rounds); round++)
		for (const concurrent of values.conc.split(",").map(toCount))
			for (let turn = 0; turn < targets.length; turn++) {
				const target = targets[(turn + round) % targets.length];
				if (!target) continue;
				const streams = concurrent * toCount(values.waves);
				const phase = await runPhase(target, { concurrent, streams, speed: "load" });
				phases.push(phase);
				const cpu = ((phase.cpuSeconds * 1_000) / phase.streams).toFixed(1);
				say(
					`round ${round + 1}, ${concurrent} concurrent: ${target.name} ${cpu} s CPU ${toWords(phase.failures)}`,
				);
			}
	return phases.sort((a, b) => a.concurrent - b.concurrent);
}

const toWords = (failures: Record<string, number>) =>
	Object.keys(failures).length === 0 ? "" : JSON.stringify(failures);

async function run(folder: string): Promise<{ phases: Phase[]; goals: Goal[] }> {
	const running: Target[] = [];
	const keep = <Kept extends Target>(target: Kept): Kept => {
		running.push(target);
		return target;
	};
	const end = async () => {
		for (const target of running.splice(0).reverse()) await target.end();
	};
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		process.once(signal, () => {
			void end().finally(() => {
				rmSync(folder, { recursive: true, force: true });
				process.exit(130);
			});
		});
	const port = toCount(values.port);
	try {
		const simulator = keep(await startSimulator({ port, folder }));
		const bare = keep(await startBare({ port: port + 1, folder }, port));
		const nodeArgs = values["node-args"].split(" ").filter(Boolean);
		const people = toCount(values.people);
		const parley = keep(
			await startParley({ port: port + 2, folder }, { upstreamPort: port, people, nodeArgs }),
		);
		const phases = await measure([simulator, bare, parley]);
		const goals = toGoals(toRows(phases));
		if (values["first-load"])
			goals.push(...(await attempt(() => measureFirstLoad(parley.url, parley.people))));
		return { phases, goals };
	} finally {
		await end();
	}
}

/** An extra that fails is told and does not take the measured figures with it. */
async function attempt(extra: () => Promise<Goal>): Promise<Goal[]> {
	try {
		return [await extra()];
	} catch (error) {
		say(`bench: ${error instanceof Error ? error.message : String(error)}`);
		process.exitCode = 1;
		return [];
	}
}

async function main(): Promise<void> {
	if (values.help) return void process.stdout.write(help);
	const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
	// An embedded PostgreSQL may run as another user, who must be able to pass the folder.
	chmodSync(folder, 0o711);
	try {
		const { phases, goals } = await run(folder);
		if (values.clone)
			goals.push(...(await attempt(() => measureClone({ folder, port: toCount(values.port) + 3 }))));
		const rows = toRows(phases);
		const machine = `${cpus().length} cores, Node ${process.version}`;
		if (values.json) process.stdout.write(`${JSON.stringify({ machine, rows, goals }, null, "\t")}\n`);
		else process.stdout.write(`${machine}\n\n${toTable(rows)}\n\n${goals.map(toGoalLine).join("\n")}\n`);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

main().catch((error: unknown) => {
	say(`bench: ${error instanceof Error ? error.message : String(error)}`);
	process.exit(1);
});

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
import { type Goal, toGoalLine } from "./goal.ts";
import { measureHold } from "./hold.ts";
import { type Phase, runPhase } from "./load.ts";
import { type Row, toGoals, toRows, toTable } from "./report.ts";
import { countStatements } from "./statements.ts";
import { startBare, startParley, startPortkey, startSimulator, type Target } from "./targets.ts";

const help = `npm run bench:turn -- [--conc 50,200,500] [--rounds 2] [--waves 2] [--people 20] [--json]
                      [--hold 200] [--portkey DIR] [--first-load] [--clone] [--port 4400] [--node-args=ARGS]

Answers of 100 tokens, 30 ms apart, the first after 150 ms, of the simulator called directly (the noise floor), of a bare
Next route and of Parley with everything persisted. Each level takes all targets in turn, in another order each round.
  --conc        concurrent streams, several levels; each level runs waves x concurrent streams a round
  --hold        also the memory of so many streams that are held open; 0: not
  --portkey     also Portkey's gateway, installed in this folder by \`npm i @portkey-ai/gateway\`
  --first-load  also the JavaScript that an empty chat loads until the network is quiet, in Chromium
  --clone       also the time from a fresh clone to the first streamed answer (minutes)
  --node-args   for the node that runs Parley: --node-args="--cpu-prof --cpu-prof-dir=DIR"
Figures are medians over the rounds. On a machine that does other work, trust CPU seconds and ratios.
`;

const { values } = parseArgs({
	options: {
		conc: { type: "string", default: "50,200,500" },
		rounds: { type: "string", default: "2" },
		waves: { type: "string", default: "2" },
		people: { type: "string", default: "20" },
		hold: { type: "string", default: "200" },
		portkey: { type: "string" },
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
		const portkey = values.portkey
			? [
					keep(
						await startPortkey({ port: port + 3, folder }, { installed: values.portkey, upstreamPort: port }),
					),
				]
			: [];
		const phases = await measure([simulator, bare, ...portkey, parley]);
		const heldKiB = new Map<Row["target"], number>();
		if (values.hold !== "0")
			for (const target of [bare, ...portkey, parley])
				heldKiB.set(target.name, await measureHold(target, toCount(values.hold)));
		const goals = toGoals(toRows(phases), heldKiB);
		goals.push(...(await countStatements({ port: port + 4, folder }, port)));
		if (values["first-load"])
			goals.push(...(await attempt(() => measureFirstLoad(parley.url, parley.people))));
		return { phases, goals };
	} finally {
		await end();
	}
}

/** An extra that fails is reported and does not take the measured figures with it. */
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
			goals.push(...(await attempt(() => measureClone({ folder, port: toCount(values.port) + 5 }))));
		const rows = toRows(phases);
		const machine = `${cpus().length} cores, Node ${process.version}`;
		if (values.json) process.stdout.write(`${JSON.stringify({ machine, rows, goals }, null, "\t")}\n`);
		else process.stdout.write(`${machine}\n\n${toTable(rows)}\n\n${goals.map(toGoalLine).join("\n")}\n`);
		if (goals.some(({ isReached }) => !isReached)) process.exitCode = 1;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

main().catch((error: unknown) => {
	say(`bench: ${error instanceof Error ? error.message : String(error)}`);
	process.exit(1);
});

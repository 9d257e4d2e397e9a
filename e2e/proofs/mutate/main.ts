/**
 * Puts realistic one-line faults into a copy of the product, one at a time, and counts how many the tests find: `npm run mutate`.
 * `--help` prints the options.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEmbeddedDatabase } from "../../../server/embedded-postgres/index.ts";
import { runProof, say } from "../kit/program.ts";
import { sourceFaults } from "./faults/index.ts";
import { runTests } from "./run-tests.ts";
import { isAcceptable, type Outcome, toJson, toText } from "./score.ts";
import { createScratchTree, type ScratchTree } from "./scratch-tree.ts";
import type { SourceFault } from "./source-fault.ts";

const help = `npm run mutate -- [--short] [--only WORD] [--json]

Puts ${sourceFaults.length} one-line faults into a copy of the tree, one at a time, runs the tests that must notice it, and prints
"N of M faults found" with a line for each that survived.
  --short  about three minutes: the faults whose tests are quick
  --only   faults whose file or description contains this
Exits with 1 below 90 %, and when the place of a fault is gone.
`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const { values } = parseArgs({ options: { only: text, short: flag, json: flag, help: flag } });

function chooseFaults(): SourceFault[] {
	const { only = "", short } = values;
	return sourceFaults.filter(
		({ what, file, isQuick }) => (file.includes(only) || what.includes(only)) && (!short || isQuick === true),
	);
}

async function tryFault(fault: SourceFault, tree: ScratchTree, databaseUrl: string): Promise<Outcome> {
	try {
		const input = { folder: tree.folder, filters: fault.tests, databaseUrl, isBailing: true };
		const { tests, failure } = await tree.withFault(fault, () => runTests(input));
		if (tests === 0) return { fault, result: "invalid", words: `no test runs for ${fault.tests.join(", ")}` };
		return failure === null
			? { fault, result: "survived", words: `all tests of ${fault.tests.join(", ")} pass` }
			: { fault, result: "found", words: failure };
	} catch (error) {
		return { fault, result: "invalid", words: error instanceof Error ? error.message : String(error) };
	}
}

/** Tries all faults, one in each tree at a time. */
async function tryFaults(
	faults: readonly SourceFault[],
	trees: readonly ScratchTree[],
	databaseUrl: string,
): Promise<Outcome[]> {
	const waiting = [...faults];
	const outcomes: Outcome[] = [];
	const work = async (tree: ScratchTree) => {
		for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
			const outcome = await tryFault(fault, tree, databaseUrl);
			outcomes.push(outcome);
			say(`${outcomes.length}/${faults.length} ${outcome.result}: ${fault.what}`);
		}
	};
	await Promise.all(trees.map(work));
	return outcomes.toSorted((one, other) => faults.indexOf(one.fault) - faults.indexOf(other.fault));
}

async function run(stack: AsyncDisposableStack): Promise<string> {
	const faults = chooseFaults();
	if (faults.length === 0) throw new Error("No fault is meant.");
	const folder = await mkdtemp(join(tmpdir(), "parley-mutate-"));
	stack.defer(() => rm(folder, { recursive: true, force: true }));
	const trees: ScratchTree[] = [];
	for (let index = 0; index < Math.min(2, cpus().length); index++) {
		const own = join(folder, `tree-${index}`);
		await mkdir(own);
		trees.push(await createScratchTree(own));
	}
	const [first] = trees;
	if (!first) throw new Error("There is no tree.");
	const dataDir = join(folder, "database");
	await mkdir(dataDir, { mode: 0o755 });
	const database = await startEmbeddedDatabase({ dataDir });
	stack.defer(database.stop);
	const filters = [...new Set(faults.flatMap(({ tests }) => tests))];
	say(`the tests without a fault: ${filters.join(", ")}`);
	const sound = await runTests({
		folder: first.folder,
		filters,
		databaseUrl: database.adminUrl,
		isBailing: false,
	});
	if (sound.failure !== null) throw new Error(`The tests fail without any fault: ${sound.failure}`);
	const outcomes = await tryFaults(faults, trees, database.adminUrl);
	if (!isAcceptable(outcomes)) process.exitCode = 1;
	return values.json ? toJson(outcomes) : toText(outcomes);
}

await runProof("mutate", async ({ stack }) => (values.help ? help : await run(stack)));

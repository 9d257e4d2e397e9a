/**
 * Puts realistic one-line faults into a copy of the product, one at a time, and counts how many the tests find: `npm run mutate`.
 * `--help` prints the options.
 */
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureBuilt, findNode } from "../../../scripts/prepare.mjs";
import { startEmbeddedDatabase } from "../../../server/embedded-postgres/index.ts";
import { runProof, say } from "../kit/program.ts";
import { sourceFaults } from "./faults/index.ts";
import { proofFaults } from "./faults/proofs.ts";
import { runProofOn } from "./run-proof.ts";
import { runTests } from "./run-tests.ts";
import { isAcceptable, type Outcome, toJson, toText } from "./score.ts";
import { createScratchTree, type ScratchTree, takeBuild } from "./scratch-tree.ts";
import type { FaultPlace, ProofFault, SourceFault } from "./source-fault.ts";

const help = `npm run mutate -- [--short | --proofs] [--only WORD] [--json]

Puts ${sourceFaults.length} one-line faults into a copy of the tree, one at a time, runs the tests that must notice it, and prints
"N of M faults found" with a line for each that survived.
  --short   the faults whose tests are quick: some minutes, too long for every commit; that all faults still have their
            place is checked there, by a unit test
  --proofs  ${proofFaults.length} other faults, each of which one of the long proofs must find in its short form
  --only    faults whose file or description contains this
Exits with 1 below 90 %, and when the place of a fault is gone.
`;

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const { values } = parseArgs({ options: { only: text, short: flag, proofs: flag, json: flag, help: flag } });

const isMeant = ({ what, file }: FaultPlace, word = values.only ?? "") =>
	file.includes(word) || what.includes(word);

async function tryFault(fault: SourceFault, tree: ScratchTree, databaseUrl: string): Promise<Outcome> {
	const by = fault.tests.join(", ");
	try {
		const input = { folder: tree.folder, filters: fault.tests, databaseUrl, isBailing: true };
		const { tests, failure } = await tree.withFault(fault, () => runTests(input));
		if (tests === 0) return { fault, by, result: "invalid", words: "no test runs" };
		return failure === null
			? { fault, by, result: "survived", words: "all tests pass" }
			: { fault, by, result: "found", words: failure };
	} catch (error) {
		return toInvalid(fault, by, error);
	}
}

async function tryProof(fault: ProofFault, tree: ScratchTree): Promise<Outcome> {
	const by = `npm run ${fault.proof.join(" ")}`;
	try {
		const { isFound, words } = await tree.withFault(fault, () => runProofOn(tree.folder, fault));
		return { fault, by, result: isFound ? "found" : "survived", words };
	} catch (error) {
		return toInvalid(fault, by, error);
	}
}

const toInvalid = (fault: FaultPlace, by: string, error: unknown): Outcome => ({
	fault,
	by,
	result: "invalid",
	words: error instanceof Error ? error.message : String(error),
});

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
	const places: readonly FaultPlace[] = faults;
	return outcomes.toSorted((one, other) => places.indexOf(one.fault) - places.indexOf(other.fault));
}

/** An empty folder, which is removed in the end. */
async function openFolder(stack: AsyncDisposableStack): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "parley-mutate-"));
	stack.defer(() => rm(folder, { recursive: true, force: true }));
	// The embedded PostgreSQL may run as another user, who must be able to enter the folder.
	await chmod(folder, 0o711);
	return folder;
}

/** Lets each proof find its fault, one after the other: each needs the whole machine. */
async function runProofs(stack: AsyncDisposableStack): Promise<Outcome[]> {
	await ensureBuilt(findNode());
	const tree = await createScratchTree(await openFolder(stack));
	await takeBuild(tree);
	const outcomes: Outcome[] = [];
	for (const fault of proofFaults.filter((each) => isMeant(each))) {
		const outcome = await tryProof(fault, tree);
		outcomes.push(outcome);
		say(`${outcome.result} by ${outcome.by}: ${fault.what}: ${outcome.words}`);
	}
	return outcomes;
}

async function runAllTests(stack: AsyncDisposableStack): Promise<Outcome[]> {
	const faults = sourceFaults.filter((each) => isMeant(each) && (!values.short || each.isQuick === true));
	if (faults.length === 0) throw new Error("No fault is meant.");
	const folder = await openFolder(stack);
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
	return await tryFaults(faults, trees, database.adminUrl);
}

async function run(stack: AsyncDisposableStack): Promise<string> {
	const outcomes = await (values.proofs ? runProofs(stack) : runAllTests(stack));
	if (!isAcceptable(outcomes)) process.exitCode = 1;
	return values.json ? toJson(outcomes) : toText(outcomes);
}

await runProof("mutate", async ({ stack }) => (values.help ? help : await run(stack)));

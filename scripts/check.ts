/**
 * `npm run check`: what is quick to know before a commit. Lint, types and the unit tests nearest to what changed since the
 * branch left main (`--since=REF`: since another one), at the same time, and the subjects of the commits since then. Slow tests are left to `npm test`, and named.
 */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { findAffectedTests, isSlow } from "./affected-tests.ts";
import { findBadSubjects } from "./commit-subjects.ts";
import { findImports, listSources, resolveImport } from "./imports.ts";

interface Outcome {
	readonly isGood: boolean;
	readonly output: string;
	readonly seconds: number;
}

function git(...words: string[]): string {
	return execFileSync("git", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

/** Where the branch left the given reference, or main. */
function findBase(given: string | undefined): string {
	for (const reference of given ? [given] : ["origin/main", "main"])
		try {
			return git("merge-base", "HEAD", reference);
		} catch {
			if (given) throw new Error(`git does not know ${given}`);
		}
	return "HEAD";
}

function listChanged(base: string): string[] {
	const known = git("diff", "--name-only", base).split("\n");
	const unknown = git("ls-files", "--others", "--exclude-standard").split("\n");
	return [...known, ...unknown].filter(Boolean);
}

function listTests(changed: readonly string[]): string[] {
	const files = new Set(listSources());
	const toImports = (file: string) =>
		findImports(readFileSync(file, "utf8")).flatMap(
			({ source }) => resolveImport(file, source, (path) => files.has(path) || changed.includes(path)) ?? [],
		);
	return findAffectedTests(
		changed,
		[...files].map((file) => ({ file, imports: toImports(file) })),
	);
}

function run(program: string, words: readonly string[]): Promise<Outcome> {
	const startedAt = performance.now();
	const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
	let output = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (bytes: Buffer) => {
			output += bytes.toString();
		});
	return new Promise((resolve) => {
		child.once("close", (code) => {
			resolve({ isGood: code === 0, output, seconds: (performance.now() - startedAt) / 1_000 });
		});
	});
}

const since = process.argv.find((word) => word.startsWith("--since="))?.slice("--since=".length);
const base = findBase(since);
const badSubjects = findBadSubjects(git("log", "--format=%s", `${base}..HEAD`).split("\n").filter(Boolean));
if (badSubjects.length > 0) {
	process.stdout.write(`  ✗ commit subjects\n${badSubjects.join("\n")}\n`);
	process.exitCode = 1;
}
const tests = listTests(listChanged(base));
const quick = tests.filter((test) => !isSlow(test));
const steps: [string, Promise<Outcome>][] = [
	["lint", run("npm", ["run", "-s", "lint"])],
	["types", run("npx", ["tsc", "--noEmit"])],
];
if (quick.length > 0) steps.push([`tests (${quick.length} files)`, run("npx", ["vitest", "run", ...quick])]);
for (const [name, step] of steps) {
	const { isGood, output, seconds } = await step;
	process.stdout.write(`  ${isGood ? "✓" : "✗"} ${name}: ${seconds.toFixed(0)} s\n`);
	if (isGood) continue;
	process.stdout.write(`${output.trimEnd()}\n`);
	process.exitCode = 1;
}
const left = tests.filter(isSlow);
if (left.length > 0) process.stdout.write(`  left to npm test, because they are slow: ${left.join(", ")}\n`);

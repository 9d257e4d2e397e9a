// `npm test`: every suite, then one line with the sum. `--only=unit|browser` runs one; further words go to it as a filter.
// `--again` is for machines that others use, too: what failed runs once more, alone, and what passes then is named, not counted as failed.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ensureBuilt, ensureInstalled, findNode, PrepareError, projectDir, withNode } from "./prepare.mjs";

const only = process.argv.find((word) => word.startsWith("--only="))?.slice("--only=".length);
const hasSecondTry = process.argv.includes("--again");
const filters = process.argv.slice(2).filter((word) => !word.startsWith("--only=") && word !== "--again");
const children = new Set();
/** The failed tests, those that failed only once, and the suites with skipped ones: printed again at the end. */
const failures = [];
const failedOnce = [];
const skips = [];
/** More files than these do not fail by chance. */
const againFilesMax = 8;

/** Runs one suite with its own output; its counts come from a file that only it can write. */
async function runSuite(node, { program, args, env, count }) {
	const folder = mkdtempSync(join(tmpdir(), "parley-results-"));
	const report = join(folder, "report.json");
	try {
		const child = spawn(node, [join(projectDir, "node_modules", program), ...args(report)], {
			cwd: projectDir,
			env: { ...withNode(process.env), ...env(report) },
			stdio: ["ignore", "inherit", "inherit"],
		});
		children.add(child);
		const code = await new Promise((resolve) => {
			child.once("error", () => resolve(1));
			child.once("close", resolve);
		});
		children.delete(child);
		const result = existsSync(report)
			? count(JSON.parse(readFileSync(report, "utf8")))
			: { passed: 0, failed: 0 };
		// A suite that ends badly without a failed test broke outside of its tests, or had none.
		if (code !== 0 && result.failed === 0) return { ...result, failed: 1 };
		return result;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** With failed files: only these, one after the other. */
function runUnit(node, failedFiles) {
	return runSuite(node, {
		program: join("vitest", "vitest.mjs"),
		args: (report) => [
			"run",
			"--reporter=default",
			"--reporter=json",
			`--outputFile.json=${report}`,
			...(failedFiles ? ["--no-file-parallelism", ...failedFiles] : filters),
		],
		env: () => ({ NODE_ENV: "test" }),
		count: ({ numPassedTests, numFailedTests, testResults }) => ({
			passed: numPassedTests,
			failed: numFailedTests,
			skips: testResults.flatMap(({ name, assertionResults }) => {
				const count = assertionResults.filter(({ status }) => !["passed", "failed"].includes(status)).length;
				return count > 0 ? [{ file: relative(projectDir, name), count }] : [];
			}),
			failures: testResults.flatMap(({ name, status, message, assertionResults }) => {
				const failed = assertionResults.filter((test) => test.status === "failed");
				const file = relative(projectDir, name);
				// A file that could not be loaded has no tests.
				if (failed.length === 0) return status === "failed" ? [toFailure(file, "the file", message)] : [];
				return failed.map(({ fullName, failureMessages }) => toFailure(file, fullName, failureMessages[0]));
			}),
		}),
	});
}

/** One failed test: where, which, and the first words of why. */
function toFailure(file, title, message = "") {
	const lines = stripVTControlCharacters(message).split("\n");
	const reasons = lines.filter((line) => line.trim() !== "" && !/^\s+at /.test(line)).slice(0, 3);
	return { file, words: [`${file}: ${title}`, ...reasons].join("\n      ") };
}

function findFailedSpecs({ specs, suites = [] }) {
	const failed = specs.filter(({ tests }) =>
		tests.some(({ status }) => status === "unexpected" || status === "flaky"),
	);
	return [
		...failed.map(({ file, title, tests }) =>
			toFailure(
				file,
				title,
				tests.flatMap(({ results }) => results).find(({ error }) => error)?.error.message,
			),
		),
		...suites.flatMap(findFailedSpecs),
	];
}

async function runBrowser(node, failedFiles) {
	if (!existsSync(join(projectDir, "playwright.config.ts"))) return { passed: 0, failed: 0 };
	await ensureBuilt(node);
	const { findChromium } = await import("./find-chromium.mjs");
	const browser = await findChromium();
	return runSuite(node, {
		program: join("@playwright", "test", "cli.js"),
		args: () => ["test", "--reporter=list,json", ...(failedFiles ? ["--last-failed"] : filters)],
		env: (report) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: report, PARLEY_CHROMIUM: browser.path, ...browser.env }),
		count: ({ stats, suites }) => ({
			passed: stats.expected,
			failed: stats.unexpected + stats.flaky,
			skips: stats.skipped > 0 ? [{ file: "browser tests", count: stats.skipped }] : [],
			failures: suites.flatMap(findFailedSpecs),
		}),
	});
}

/** A suite that cannot even begin is one failure; the others still run. */
async function attempt(run) {
	try {
		return await run();
	} catch (error) {
		process.stderr.write(`\n  ✗ ${error instanceof PrepareError ? error.message : (error.stack ?? error)}\n`);
		return { passed: 0, failed: 1 };
	}
}

async function runAll() {
	await ensureInstalled();
	const node = findNode();
	const suites = { unit: runUnit, browser: runBrowser };
	const chosen = Object.entries(suites).filter(([name]) => only === undefined || only === name);
	if (chosen.length === 0) throw new PrepareError("--only is unit or browser");
	const total = { passed: 0, failed: 0 };
	for (const [, run] of chosen) {
		const {
			passed,
			failed,
			failures: failedTests = [],
			skips: skipped = [],
		} = await attempt(() => runTwice(run, node));
		total.passed += passed;
		total.failed += failed;
		failures.push(...failedTests);
		skips.push(...skipped);
	}
	return total;
}

async function runTwice(run, node) {
	const first = await run(node);
	const files = [...new Set((first.failures ?? []).map(({ file }) => file))];
	if (!hasSecondTry || files.length === 0 || files.length > againFilesMax) return first;
	process.stdout.write(`\nOnce more, alone: ${files.join(", ")}\n`);
	const second = await run(node, files);
	// A second try that could not even begin says nothing.
	if (second.passed === 0 || second.failed > 0)
		return { ...first, failures: [...first.failures, ...(second.failures ?? [])] };
	failedOnce.push(...first.failures);
	return { ...first, passed: first.passed + first.failed, failed: 0, failures: [] };
}

for (const signal of ["SIGINT", "SIGTERM"]) {
	process.once(signal, () => {
		for (const child of children) child.kill(signal);
		process.exitCode = 1;
	});
}

const { passed, failed } = await attempt(runAll);
for (const { words } of failedOnce) process.stdout.write(`  failed once: ${words}\n`);
for (const { words } of failures) process.stdout.write(`  ✗ ${words}\n`);
if (skips.length > 0) {
	const skipped = skips.reduce((sum, { count }) => sum + count, 0);
	process.stdout.write(
		`\n${skipped} skipped: ${skips.map(({ file, count }) => `${file} (${count})`).join(", ")}\n`,
	);
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || process.exitCode ? 1 : 0;

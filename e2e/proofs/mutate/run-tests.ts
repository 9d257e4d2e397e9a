import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";

/** Longer than any of the tests needs; what hangs for so long has been noticed. */
const timeoutMs = 240_000;

/** Characters of the output that are kept, for a run that fails without a failed test. */
const printedMax = 600;

const report = z.object({
	numTotalTests: z.number(),
	testResults: z.array(
		z.object({
			message: z.string().default(""),
			status: z.string(),
			assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
		}),
	),
});

export interface TestRun {
	/** Tests that ran; 0 when the filters match no file. */
	readonly tests: number;
	/** The first test that failed, or what else went wrong; null when all passed. */
	readonly failure: string | null;
}

export interface TestInput {
	/** The folder of the project. */
	readonly folder: string;
	readonly filters: readonly string[];
	readonly databaseUrl: string;
	readonly isBailing: boolean;
}

/** Runs test files with Vitest in a process of its own. */
export async function runTests({ folder, filters, databaseUrl, isBailing }: TestInput): Promise<TestRun> {
	const file = join(folder, "test-report.json");
	await rm(file, { force: true });
	const args = ["run", "--reporter=json", `--outputFile.json=${file}`, "--maxWorkers=1", ...filters];
	const child = spawn(
		process.execPath,
		[join(folder, "node_modules/vitest/vitest.mjs"), ...args, ...(isBailing ? ["--bail=1"] : [])],
		{
			cwd: folder,
			env: { ...process.env, NODE_ENV: "test", TEST_DATABASE_URL: databaseUrl },
			stdio: ["ignore", "pipe", "pipe"],
			// A group of its own, so that whatever the tests started ends with them.
			detached: true,
		},
	);
	let printed = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk: Buffer) => {
			printed = `${printed}${chunk.toString("utf8")}`.slice(-printedMax);
		});
	let isLate = false;
	const timer = setTimeout(() => {
		isLate = true;
		endGroup(child.pid);
	}, timeoutMs);
	const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
	clearTimeout(timer);
	endGroup(child.pid);
	if (isLate) return { tests: 1, failure: `the tests did not end within ${timeoutMs / 1_000} s` };
	const parsed = report.safeParse(JSON.parse(await readFile(file, "utf8").catch(() => "null")));
	if (!parsed.success) return { tests: 0, failure: null };
	const { numTotalTests, testResults } = parsed.data;
	const failed = testResults
		.flatMap(({ assertionResults }) => assertionResults)
		.find(({ status }) => status === "failed");
	const suite = testResults.find(({ status }) => status === "failed");
	const words = failed?.fullName ?? suite?.message;
	const failure = words ?? (code === 0 ? null : `Vitest ended with ${code}: ${printed.trim()}`);
	return { tests: Math.max(numTotalTests, testResults.length), failure };
}

/** Ends the processes of a group that has not ended by itself. */
function endGroup(pid: number | undefined): void {
	try {
		if (pid !== undefined) process.kill(-pid, "SIGKILL");
	} catch {
		// All of them have ended.
	}
}

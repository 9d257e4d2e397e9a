import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** Runs the command line as an operator does. */
export async function runProgram(
	words: string[],
	input: { env?: Record<string, string>; text?: string } = {},
) {
	const child = spawn(process.execPath, ["server/cli/main.ts", ...words], {
		env: { NODE_ENV: "test", PATH: process.env.PATH, NODE_NO_WARNINGS: "1", ...input.env },
	});
	child.stdin.end(input.text ?? "");
	const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
	const [output, complaint, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
	return { output, complaint, exitCode };
}

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { runCommand } from "../cli/index.ts";
import { parseSettings } from "../settings/index.ts";

interface Given {
	readonly env?: Record<string, string>;
	/** Standard input. */
	readonly text?: string;
	/** What a person types on the terminal when asked; by default there is no terminal. */
	readonly password?: string;
}

/** Runs one command line in this process, with these settings alone; returns what the program would print. */
export async function runProgram(words: string[], input: Given = {}) {
	const outcome = await runCommand(words, {
		readInput: async () => (input.text ?? "").replace(/\r?\n$/, ""),
		askPassword: async () => input.password ?? null,
		loadSettings: () => parseSettings(input.env ?? {}, { read: (path) => readFileSync(path, "utf8") }),
	});
	const toLines = (printed: string) => (printed === "" ? "" : `${printed}\n`);
	return { ...outcome, output: toLines(outcome.output), complaint: toLines(outcome.complaint) };
}

/** Runs the program in a process of its own, as an operator does. */
export async function spawnProgram(words: string[], input: Given = {}) {
	const child = spawn(process.execPath, ["server/cli/main.ts", ...words], {
		env: { NODE_ENV: "test", PATH: process.env.PATH, NODE_NO_WARNINGS: "1", ...input.env },
	});
	child.stdin.end(input.text ?? "");
	const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
	const [output, complaint, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
	return { output, complaint, exitCode };
}

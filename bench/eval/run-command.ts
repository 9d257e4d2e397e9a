import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** Runs a command of this folder as `npm run` does, with this text as its standard input. */
export async function runCommand(script: string, input: string, options: readonly string[] = []) {
	const path = new URL(script, import.meta.url).pathname;
	const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", path, ...options]);
	const ended = new Promise((resolve) => child.once("close", resolve));
	child.stdin.end(input);
	const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
	return { out, error, code: await ended };
}

export const toLines = (lines: readonly unknown[]) =>
	lines.map((line) => `${JSON.stringify(line)}\n`).join("");

export const fromLines = (out: string) =>
	out
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line));

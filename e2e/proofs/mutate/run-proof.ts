import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { ProofFault } from "./source-fault.ts";

/** Longer than the short form of any proof takes, also on a busy machine. */
const timeoutMs = 900_000;
const printedMax = 400;

const scripts = z.object({ scripts: z.record(z.string(), z.string()) });

export interface ProofRun {
	/** It printed what it says when it finds the fault, and failed. */
	readonly isFound: boolean;
	/** The complaint, or the end of what it printed. */
	readonly words: string;
}

/** Runs a proof in the tree at `folder`, whose product has the fault. @throws when it does not end. */
export async function runProofOn(
	folder: string,
	{ proof: [script, ...args], complaint }: ProofFault,
): Promise<ProofRun> {
	const known = scripts.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
	const [, ...command] = (known.scripts[script] ?? "").split(" ");
	const child = spawn(process.execPath, [...command, ...args], {
		cwd: folder,
		stdio: ["ignore", "pipe", "ignore"],
	});
	const printed = await readToEnd(child);
	const line = printed.split("\n").find((each) => complaint.test(each));
	const isFound = line !== undefined && child.exitCode === 1;
	return { isFound, words: line?.trim() ?? printed.trim().slice(-printedMax) };
}

async function readToEnd(child: ChildProcess): Promise<string> {
	let printed = "";
	child.stdout?.on("data", (chunk: Buffer) => {
		printed += chunk.toString("utf8");
	});
	// It ends what it has started before it exits.
	const timer = setTimeout(() => child.kill("SIGTERM"), timeoutMs);
	await new Promise((resolve) => child.once("close", resolve));
	clearTimeout(timer);
	if (child.exitCode !== 0 && child.exitCode !== 1)
		throw new Error(
			`the proof ended with ${child.exitCode ?? child.signalCode}: ${printed.slice(-printedMax)}`,
		);
	return printed;
}

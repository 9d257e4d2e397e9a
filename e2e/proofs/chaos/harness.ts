import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt, findNode, projectDir } from "../../../scripts/prepare.mjs";

/** What a program that plays with real servers is given: a folder of its own, and a stack that tears everything down. */
export interface Harness {
	readonly stack: AsyncDisposableStack;
	/** An empty folder that goes when the program does; the product is built by then. */
	open(): Promise<string>;
}

/** Tells how it goes, apart from the result. */
export const say = (line: string) =>
	process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

/** A whole number of the command line. @throws when it is none, or out of bounds. */
export function toCount(
	name: string,
	text: string | undefined,
	standard: number,
	[min, max]: [number, number],
): number {
	const count = Number(text ?? standard);
	if (Number.isInteger(count) && count >= min && count <= max) return count;
	throw new Error(`--${name} must be a whole number from ${min} to ${max}.`);
}

/** Runs a program to its end, prints what it returns, and leaves nothing behind, also when it is interrupted. */
export async function runHarness(
	name: string,
	program: (harness: Harness) => Promise<string>,
): Promise<never> {
	const stack = new AsyncDisposableStack();
	let ending: Promise<void> | null = null;
	const end = () => {
		ending ??= stack.disposeAsync();
		return ending;
	};
	for (const signal of ["SIGINT", "SIGTERM"] as const)
		process.once(signal, () => void end().finally(() => process.exit(130)));
	try {
		process.stdout.write(`${await program({ stack, open: () => openFolder(name, stack) })}\n`);
	} catch (error) {
		process.stderr.write(`${name}: ${toWords(error)}\n`);
		process.exitCode = 1;
	} finally {
		await end();
	}
	// Readers who still wait for an end that never came would keep the process.
	process.exit();
}

/** With what lies behind it: of a request that got no answer the message alone tells nothing. */
function toWords(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.cause === undefined ? error.message : `${error.message}: ${toWords(error.cause)}`;
}

async function openFolder(name: string, stack: AsyncDisposableStack): Promise<string> {
	if (!existsSync(join(projectDir, ".next", "BUILD_ID"))) await ensureBuilt(findNode());
	const folder = mkdtempSync(join(tmpdir(), `parley-${name.replace(":", "-")}-`));
	// An embedded PostgreSQL may run as another user, who must be able to pass the folder.
	chmodSync(folder, 0o711);
	stack.defer(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

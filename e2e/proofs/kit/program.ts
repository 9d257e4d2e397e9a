import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt, findNode } from "../../../scripts/prepare.mjs";

/** What a proof that starts real servers is given. */
export interface ProofContext {
	/** Everything that the proof starts is deferred here, and ends with the program. */
	readonly stack: AsyncDisposableStack;
	/** Builds the product if needed and makes an empty folder, which is removed at the end. */
	open(): Promise<string>;
}

/** Writes a progress line to standard error, apart from the result. */
export const say = (line: string) =>
	process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

/** Parses a whole number of the command line. @throws when it is not one, or out of bounds. */
export function toCount(
	name: string,
	text: string | undefined,
	standard: number,
	[min, max]: readonly [number, number],
): number {
	const count = Number(text ?? standard);
	if (Number.isInteger(count) && count >= min && count <= max) return count;
	throw new Error(`--${name} must be a whole number from ${min} to ${max}.`);
}

/** Runs a proof to its end, prints what it returns, and cleans up, also when it is interrupted. */
export async function runProof(
	name: string,
	proof: (context: ProofContext) => Promise<string>,
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
		process.stdout.write(`${await proof({ stack, open: () => openFolder(name, stack) })}\n`);
	} catch (error) {
		process.stderr.write(`${name}: ${toWords(error)}\n`);
		process.exitCode = 1;
	} finally {
		await end();
	}
	// Readers that still wait for an end that never came would keep the process alive.
	process.exit();
}

/** The message with its causes: "fetch failed" alone does not say why. */
function toWords(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.cause === undefined ? error.message : `${error.message}: ${toWords(error.cause)}`;
}

async function openFolder(name: string, stack: AsyncDisposableStack): Promise<string> {
	// A proof on an older build would prove nothing about these sources.
	await ensureBuilt(findNode());
	const folder = mkdtempSync(join(tmpdir(), `parley-${name.replace(":", "-")}-`));
	// The embedded PostgreSQL may run as another user, who must be able to enter the folder.
	chmodSync(folder, 0o711);
	stack.defer(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

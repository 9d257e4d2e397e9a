import type { Command } from "./command.ts";

/** A text table; each column is as wide as its widest cell. */
export function toTable(heads: string[], rows: string[][]): string {
	const widths = heads.map((head, column) =>
		Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
	);
	const toLine = (cells: string[]) =>
		cells
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join("  ")
			.trimEnd();
	return [heads, ...rows].map(toLine).join("\n");
}

/** Nano-dollars as US dollars without trailing zeros, exact. */
export function toShortUsd(nanoUsd: string): string {
	const [sign, size] = nanoUsd.startsWith("-") ? ["-", nanoUsd.slice(1)] : ["", nanoUsd];
	const padded = size.padStart(10, "0");
	const places = padded.slice(-9).replace(/0+$/, "").padEnd(2, "0");
	return `${sign}${padded.slice(0, -9)}.${places}`;
}

/** What `parley help` prints: the table of commands. */
export function renderHelp(commands: readonly Command[]): string {
	const lines = commands.map(({ name, usage, about }) => {
		const call = `${name} ${usage}`.trimEnd();
		return call.length > 36 ? `  ${call}\n${" ".repeat(40)}${about}` : `  ${call.padEnd(38)}${about}`;
	});
	return [
		"Usage: npm run -s parley -- <command> [options] [--json]",
		"",
		...lines,
		"",
		"Exit codes: 0 done, 1 refused, 2 usage error, 78 invalid settings.",
	].join("\n");
}

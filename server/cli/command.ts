import type { ParseArgsOptionsConfig } from "node:util";
import type { Database } from "../db/index.ts";
import type { Settings } from "../settings/index.ts";

/** What a command may use. The database opens on the first call and closes after the command. */
export interface CommandContext {
	settings: Settings;
	openDatabase(): Promise<Database>;
	/** The same, but nothing is migrated: the database is as it was left. */
	openDatabaseAsItIs(): Promise<Database>;
	/** The text that was piped in, without its last line break. */
	readInput(): Promise<string>;
}

/** What a command found: `json` is the whole of `--json`'s output, `text` what a person reads; `isRefused` makes exit code 1. */
export interface CommandResult {
	json: unknown;
	text: string;
	/** Told beside it, on standard error: it was done, and may not be what was meant. */
	warning?: string | undefined;
	isRefused?: boolean;
}

export type Options = Record<string, string | boolean | undefined>;

export interface Command {
	/** Two words at most: a noun and a verb. */
	name: string;
	about: string;
	/** As `help` shows them. */
	usage: string;
	options: ParseArgsOptionsConfig;
	/** Whether words without dashes may follow: a name, `key=value` pairs. */
	takesWords?: boolean;
	run(context: CommandContext, options: Options, words: readonly string[]): Promise<CommandResult>;
}

/** The command line was not understood: exit code 2. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

/** The value of an option that must be there. @throws {UsageError} */
export function requireOption(options: Options, name: string): string {
	const value = findOption(options, name);
	if (value !== undefined) return value;
	throw new UsageError(`--${name} is required`);
}

/** @throws {UsageError} for an option that was given nothing. */
export function findOption(options: Options, name: string): string | undefined {
	const value = options[name];
	if (typeof value !== "string") return undefined;
	if (value !== "") return value;
	throw new UsageError(`--${name} needs a value`);
}

/** Columns under their heads, as wide as their widest cell. */
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

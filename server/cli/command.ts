import type { ParseArgsOptionsConfig } from "node:util";
import type { Database } from "../db/index.ts";
import type { Settings } from "../settings/index.ts";

/** What a command may use. The database opens on the first call and closes after the command. */
export interface CommandContext {
	settings: Settings;
	openDatabase(): Promise<Database>;
	/** Opens the database without migrating it. */
	openDatabaseAsItIs(): Promise<Database>;
	/** The text on standard input, without its last line break. */
	readInput(): Promise<string>;
	/** Asks for a password on the terminal without showing it; null when there is no terminal. */
	askPassword(): Promise<string | null>;
}

/** `json` is the whole output with `--json`, `text` the output without it; `isRefused` sets exit code 1. */
export interface CommandResult {
	json: unknown;
	text: string;
	/** Printed on standard error: the command succeeded, but may not have done what was meant. */
	warning?: string | undefined;
	isRefused?: boolean;
}

export type Options = Record<string, string | boolean | undefined>;

export interface Command {
	/** A noun and a verb, or one word. */
	name: string;
	about: string;
	/** As `help` shows them. */
	usage: string;
	options: ParseArgsOptionsConfig;
	/** Whether positional arguments may follow: a name, `key=value` pairs. */
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

/** The text of `--reason`, as the audit log stores it. @throws {UsageError} for a text that the API would refuse too. */
export async function findReason(options: Options): Promise<string | undefined> {
	const given = findOption(options, "reason");
	if (given === undefined) return undefined;
	const { reasonText } = await import("../usage/index.ts");
	const parsed = reasonText.safeParse(given);
	if (parsed.success) return parsed.data;
	throw new UsageError(`--reason: ${parsed.error.issues.map(({ message }) => message).join("; ")}`);
}

/** As `findReason`. @throws {UsageError} also when there is none. */
export async function requireReason(options: Options): Promise<string> {
	const reason = await findReason(options);
	if (reason !== undefined) return reason;
	throw new UsageError("--reason is required");
}

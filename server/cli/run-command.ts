import { parseArgs } from "node:util";
import { isAppError } from "../contract/errors.ts";
import { connectDatabase, type Database, migrateDatabase } from "../db/index.ts";
import { startEmbeddedDatabase } from "../embedded-postgres/index.ts";
import { loadSettings, type Settings, SettingsError, settingsExitCode } from "../settings/index.ts";
import { type Command, type CommandResult, type Options, UsageError } from "./command.ts";
import { backupCommands } from "./commands/backup.ts";
import { breakersCommands } from "./commands/breakers.ts";
import { configCommands } from "./commands/config.ts";
import { doctorCommands } from "./commands/doctor.ts";
import { keyCommands } from "./commands/key.ts";
import { modelsCommands } from "./commands/models.ts";
import { planCommands } from "./commands/plan.ts";
import { pricesCommands } from "./commands/prices.ts";
import { routingCommands } from "./commands/routing.ts";
import { spendingCommands } from "./commands/spending.ts";
import { usageCommands } from "./commands/usage.ts";
import { userCommands } from "./commands/user.ts";
import { userStatusCommands } from "./commands/user-status.ts";
import { renderHelp } from "./print.ts";

/** What the process prints and returns. */
export interface CommandOutcome {
	output: string;
	complaint: string;
	exitCode: number;
}

const commands: readonly Command[] = [
	...userCommands,
	...userStatusCommands,
	...keyCommands,
	...routingCommands,
	...configCommands,
	...modelsCommands,
	...planCommands,
	...pricesCommands,
	...usageCommands,
	...spendingCommands,
	...backupCommands,
	...breakersCommands,
	...doctorCommands,
];

/** What a command line reads beside its words. */
export interface CommandInput {
	/** The text on standard input. */
	readInput(): Promise<string>;
	/** As in `CommandContext`; by default there is no terminal. */
	askPassword?(): Promise<string | null>;
	/** By default from the environment of this process. */
	loadSettings?(): Settings;
}

/** Runs one command line; never throws for what an operator may get wrong. Output with `--json` is one JSON document. */
export async function runCommand(words: string[], input: CommandInput): Promise<CommandOutcome> {
	const isJson = words.includes("--json");
	try {
		const { command, rest } = findCommand(words.filter((word) => word !== "--json"));
		if (command === null) return done({ json: commands.map(toJson), text: renderHelp(commands) }, isJson);
		return done(await runInside(command, parseWords(command, rest), input), isJson);
	} catch (error) {
		return explain(error, isJson);
	}
}

/** null = help was asked for. */
function findCommand(words: string[]): { command: Command | null; rest: string[] } {
	const [noun = "help", verb = ""] = words;
	if (noun === "help" || words.includes("--help") || words.includes("-h")) return { command: null, rest: [] };
	const command = commands.find(({ name }) => name === `${noun} ${verb}`);
	if (command !== undefined) return { command, rest: words.slice(2) };
	const single = commands.find(({ name }) => name === noun);
	if (single !== undefined) return { command: single, rest: words.slice(1) };
	const verbs = commands.filter(({ name }) => name.startsWith(`${noun} `)).map(({ name }) => name);
	const known = verbs.length > 0 ? verbs : commands.map(({ name }) => name);
	throw new UsageError(`There is no command "${`${noun} ${verb}`.trim()}". Known: ${known.join(", ")}`);
}

interface Given {
	readonly options: Options;
	readonly words: readonly string[];
}

function parseWords(command: Command, rest: string[]): Given {
	try {
		const { values, positionals } = parseArgs({
			args: rest,
			options: command.options,
			strict: true,
			allowPositionals: command.takesWords ?? false,
		});
		// No option may be repeated, so none is a list.
		return { options: values as Options, words: positionals };
	} catch (error) {
		const reason = error instanceof Error ? error.message.split(". ")[0] : String(error);
		throw new UsageError(`${reason}\n  usage: ${command.name} ${command.usage}`.trimEnd());
	}
}

/** Runs a command and closes whatever it opened, also after a failure. */
async function runInside(
	command: Command,
	{ options, words }: Given,
	{ readInput, askPassword = async () => null, loadSettings: load = loadSettings }: CommandInput,
): Promise<CommandResult> {
	const settings = load();
	const closers: (() => Promise<void>)[] = [];
	try {
		let opened: Promise<Database> | null = null;
		const openDatabaseAsItIs = () => {
			opened ??= openOwnDatabase(settings, closers);
			return opened;
		};
		const openDatabase = async () => {
			const db = await openDatabaseAsItIs();
			await migrateDatabase(db);
			return db;
		};
		const context = { settings, readInput, askPassword, openDatabase, openDatabaseAsItIs };
		return await command.run(context, options, words);
	} finally {
		for (const close of closers.reverse()) await close();
	}
}

/** Connects to the server's database. An embedded one is started if it does not run, and stopped if no other process uses it. */
async function openOwnDatabase(settings: Settings, closers: (() => Promise<void>)[]): Promise<Database> {
	let url = settings.databaseUrl;
	if (url === null) {
		const embedded = await startEmbeddedDatabase({ dataDir: settings.dataDir, role: "tool" });
		closers.push(embedded.stop);
		url = embedded.url;
	}
	const db = connectDatabase({
		url,
		directUrl: settings.databaseDirectUrl,
		poolMax: 2,
		applicationName: "parley cli",
	});
	closers.push(db.close);
	return db;
}

function done({ json, text, warning = "", isRefused }: CommandResult, isJson: boolean): CommandOutcome {
	const output = isJson ? JSON.stringify(json, null, "\t") : text;
	if (isRefused && !isJson) return { output: "", complaint: text, exitCode: 1 };
	return { output, complaint: warning, exitCode: isRefused ? 1 : 0 };
}

function explain(error: unknown, isJson: boolean): CommandOutcome {
	const { words, exitCode, code } = toWords(error);
	const output = isJson ? JSON.stringify({ error: { code, message: words } }, null, "\t") : "";
	return { output, complaint: words, exitCode };
}

function toWords(error: unknown): { words: string; exitCode: number; code: string } {
	if (error instanceof UsageError) return { words: error.message, exitCode: 2, code: "usage" };
	if (error instanceof SettingsError) {
		const words = [`${error.message}:`, ...error.mistakes].join("\n  ");
		return { words, exitCode: settingsExitCode, code: "settings" };
	}
	const words = error instanceof Error ? error.message : String(error);
	const code = isAppError(error) ? error.code : "internal";
	return { words, exitCode: code === "invalid_request" ? 2 : 1, code };
}

function toJson({ name, usage, about }: Command) {
	return { name, usage, about };
}

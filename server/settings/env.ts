import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { parseDatabaseAddress } from "../db/index.ts";
import { type ParleyConfig, parseConfig } from "./config.ts";
import { findUnknownNames } from "./env-typos.ts";
import { type Values, type VariableName, variables } from "./env-variables.ts";
import type { Settings } from "./settings.ts";
import { toSettings } from "./to-settings.ts";

export type { Settings } from "./settings.ts";

export type Environment = Record<string, string | undefined>;

/** Where the text of a secret or configuration file comes from; throws when it cannot be read. */
export interface Files {
	read(path: string): string;
}

/** All mistakes of an environment at once: names and reasons, never values. The process exits with code 78 (EX_CONFIG). */
export class SettingsError extends Error {
	override readonly name = "SettingsError";
	readonly mistakes: string[];

	constructor(mistakes: string[]) {
		super(`The settings have ${mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`}`);
		this.mistakes = mistakes;
	}
}

export const settingsExitCode = 78;

/** One line of `config print`: secrets are masked. */
export interface SettingSource {
	name: VariableName;
	value: string | null;
	source: "environment" | "file" | "default";
}

const diskFiles: Files = { read: (path) => readFileSync(path, "utf8") };
const names = Object.keys(variables) as VariableName[];

/** The last one is read by the browser tests; known, so that it is no typing mistake. */
const knownNames = [...names, ...names.filter(isSecretName).map((name) => `${name}_FILE`), "PARLEY_CHROMIUM"];

/** Reads the environment of this process and `.env` beside it (what is set outside wins). @throws {SettingsError} */
export function loadSettings(): Settings {
	return parseSettings(loadEnvironment(), diskFiles);
}

/** @throws {SettingsError} with every mistake there is. */
export function parseSettings(env: Environment, files: Files): Settings {
	const mistakes: string[] = [];
	const values = readValues(env, files, mistakes);
	const config = readConfig({ env, files, path: values.PARLEY_CONFIG }, mistakes);
	const settings = toSettings(values, config, mistakes);
	mistakes.push(...findUnreadableCertificates(values, files));
	const keyNames = config.providers.flatMap(({ apiKeyEnv }) =>
		apiKeyEnv ? [apiKeyEnv, `${apiKeyEnv}_FILE`] : [],
	);
	mistakes.push(
		...findUnknownNames(
			Object.keys(env).filter((name) => env[name]),
			[...knownNames, ...keyNames],
		),
	);
	if (mistakes.length > 0) throw new SettingsError(mistakes);
	return settings;
}

/** What each setting is and where it comes from, for the person who wonders why. */
export function describeSettings(
	env: Environment = process.env,
	dotEnv: Environment = readDotEnv(),
): SettingSource[] {
	return names.map((name) => {
		const isSecret = isSecretName(name);
		const shown = (value: string) => (isSecret ? "********" : value);
		if (env[name]) return { name, value: shown(env[name]), source: "environment" };
		const inFile = dotEnv[name];
		if (inFile) return { name, value: shown(inFile), source: "file" };
		if (isSecret && (env[`${name}_FILE`] || dotEnv[`${name}_FILE`])) {
			return { name, value: "********", source: "file" };
		}
		return { name, value: variables[name].fallback, source: "default" };
	});
}

function loadEnvironment(): Environment {
	const isSet = ([, value]: [string, string | undefined]) => value !== undefined && value !== "";
	return { ...readDotEnv(), ...Object.fromEntries(Object.entries(process.env).filter(isSet)) };
}

function readDotEnv(): Environment {
	try {
		return parseEnv(diskFiles.read(resolve(".env")));
	} catch {
		return {};
	}
}

function readValues(env: Environment, files: Files, mistakes: string[]): Values {
	const entries = names.map((name) => {
		const { fallback, schema } = variables[name];
		const text = readText({ env, files, name, isSecret: isSecretName(name) }, mistakes) ?? fallback;
		if (text === null) return [name, null];
		const parsed = schema.safeParse(text);
		if (parsed.success) return [name, parsed.data];
		for (const issue of parsed.error.issues) mistakes.push(`${name}: ${issue.message}`);
		return [name, fallback === null ? null : schema.parse(fallback)];
	});
	// Each value was parsed by the schema of its own name just above.
	return Object.fromEntries(entries) as Values;
}

/** The trimmed text of a variable, or of the file that `NAME_FILE` names; empty counts as not set, as in compose files. */
function readText(
	{ env, files, name, isSecret }: { env: Environment; files: Files; name: string; isSecret: boolean },
	mistakes: string[],
): string | null {
	const direct = env[name]?.trim() || null;
	const path = isSecret ? env[`${name}_FILE`]?.trim() || null : null;
	if (path === null) return direct;
	if (direct !== null) {
		mistakes.push(`${name}: is set twice, also by ${name}_FILE. Keep one`);
		return direct;
	}
	try {
		return files.read(path).trim() || null;
	} catch (error) {
		mistakes.push(`${name}_FILE: the file cannot be read (${toReason(error)})`);
		return null;
	}
}

function readConfig(
	{ env, files, path }: { env: Environment; files: Files; path: string | null },
	mistakes: string[],
): ParleyConfig {
	const empty = { providers: [], models: [], embeddings: [] };
	if (path === null) return empty;
	try {
		const findKey = (name: string) => readText({ env, files, name, isSecret: true }, mistakes);
		const parsed = parseConfig(files.read(path), findKey);
		mistakes.push(...parsed.mistakes.map((mistake) => `PARLEY_CONFIG: ${mistake}`));
		return parsed.config;
	} catch (error) {
		mistakes.push(`PARLEY_CONFIG: the file cannot be read (${toReason(error)})`);
		return empty;
	}
}

/** The files that a database address names are read at the first connection; a missing one is reported with the rest. */
function findUnreadableCertificates(values: Values, files: Files): string[] {
	return (["DATABASE_URL", "DATABASE_DIRECT_URL"] as const).flatMap((name) => {
		const address = values[name];
		const { rootCert, cert, key } = (address && parseDatabaseAddress(address).tls) || {};
		const named = { sslrootcert: rootCert, sslcert: cert, sslkey: key };
		return Object.entries(named).flatMap(([parameter, path]) => {
			if (!path) return [];
			try {
				files.read(path);
				return [];
			} catch (error) {
				return [`${name}: the file that ${parameter} names cannot be read (${toReason(error)})`];
			}
		});
	});
}

function isSecretName(name: VariableName): boolean {
	return "isSecret" in variables[name];
}

/** A file system error's code; its message would repeat the path, which may be a secret pasted into the wrong field. */
function toReason(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}

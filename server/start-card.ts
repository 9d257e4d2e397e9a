import { relative, sep } from "node:path";
import { parseDatabaseAddress, toPlace } from "./db/index.ts";
import type { Settings } from "./settings/index.ts";

export interface StartCard {
	/** A step that takes long says what it does. */
	progress(step: string): void;
	secrets(isNew: boolean): void;
	database(): void;
	migrations(applied: number, durationMs: number): void;
	models(models: readonly { name: string; providerId: string; isTest: boolean }[]): void;
	ready(setupLink: { url: string } | null): void;
}

type CardSettings = Pick<Settings, "authSecret" | "dataDir" | "databaseUrl" | "publicUrl">;

const hintColumn = 49;

/** What an operator reads at start, line by line as the parts come up. Shows no secret, except the link that is meant for him. */
export function createStartCard(input: {
	version: string;
	settings: CardSettings;
	write(text: string): void;
}): StartCard {
	const { settings, write } = input;
	const folder = toShortPath(settings.dataDir);
	const line = (sign: string, text: string, hint = "") =>
		write(
			`${hint === "" ? `  ${sign} ${text}` : `  ${sign} ${text}`.padEnd(hintColumn)}  ${hint}`
				.trimEnd()
				.concat("\n"),
		);
	write(`\n  Parley ${input.version}\n`);
	line("✓", `Node ${process.versions.node}`);
	return {
		progress: (step) => line("…", step),
		secrets: (isNew) => {
			const verb = isNew ? "created" : "kept";
			if (settings.authSecret !== null) line("✓", "Secrets: AUTH_SECRET from the environment");
			else
				line(
					"✓",
					`Secrets ${verb} in ${folder}/secrets.json (0600)`,
					"set AUTH_SECRET to manage them yourself",
				);
		},
		database: () => {
			if (settings.databaseUrl === null)
				line("✓", `Database: embedded (${folder}/pg)`, "set DATABASE_URL for PostgreSQL");
			else line("✓", `Database: PostgreSQL at ${toDatabasePlace(settings.databaseUrl)}`);
		},
		migrations: (applied, durationMs) => {
			const work =
				applied === 0 ? "up to date" : `${applied} applied in ${(durationMs / 1_000).toFixed(1)} s`;
			line("✓", `Migrations: ${work}`);
		},
		models: (models) => {
			const providers = new Set(models.filter(({ isTest }) => !isTest).map(({ providerId }) => providerId));
			if (providers.size > 0) {
				line(
					"✓",
					`Models: ${models.filter(({ isTest }) => !isTest).length} from ${[...providers].join(", ")}`,
				);
				return;
			}
			line("!", "Models: no provider key found, using the built-in test model");
			write(
				"      set OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENAI_BASE_URL, or name models in PARLEY_CONFIG\n",
			);
		},
		ready: (setupLink) => {
			line("✓", `Ready on ${settings.publicUrl}`);
			if (setupLink === null) return;
			write(`\n  Create the first administrator (link valid 60 minutes, once):\n  ${setupLink.url}\n\n`);
		},
	};
}

/** As people write it: below the working folder, from there. */
function toShortPath(path: string): string {
	const short = relative(process.cwd(), path);
	return short === "" || short.startsWith("..") || short.startsWith(sep) ? path : `./${short}`;
}

/** Host, port and name; the user and password stay out. */

function toDatabasePlace(url: string): string {
	const address = parseDatabaseAddress(url);
	return `${toPlace(address)}/${address.database}`;
}

import type { Settings } from "./env.ts";

export interface StartCard {
	/** A step that takes long says what it does. */
	progress(step: string): void;
	secrets(isNew: boolean): void;
	database(): void;
	migrations(applied: number, ms: number): void;
	models(models: readonly { name: string; providerId: string; isTest: boolean }[]): void;
	ready(setupLink: { url: string } | null): void;
}

/** What an operator reads at start, line by line as the parts come up. */
export function createStartCard(input: {
	version: string;
	settings: Settings;
	write(text: string): void;
}): StartCard {
	const { settings } = input;
	const line = (sign: string, text: string, hint = "") => input.write(`  ${sign} ${text.padEnd(46)} ${hint}`.trimEnd() + "\n");
	input.write(`\n  Parley ${input.version}\n`);
	line("✓", `Node ${process.versions.node}`);
	return {
		progress: (step) => line("…", step),
		secrets(isNew) {
			if (settings.authSecret) line("✓", "Secrets: set by AUTH_SECRET");
			else
				line(
					"✓",
					`Secrets ${isNew ? "created" : "kept"} in ${settings.dataDir}/secrets.json (0600)`,
					"set AUTH_SECRET to manage them yourself",
				);
		},
		database() {
			if (settings.databaseUrl) line("✓", "Database: PostgreSQL at DATABASE_URL");
			else line("✓", `Database: embedded (${settings.dataDir}/pg)`, "set DATABASE_URL for PostgreSQL");
		},
		migrations(applied, ms) {
			line("✓", applied ? `Migrations: ${applied} applied in ${(ms / 1_000).toFixed(1)} s` : "Migrations: up to date");
		},
		models(models) {
			if (models.every(({ isTest }) => isTest)) {
				line("!", "Models: no provider key found, using the built-in test model");
				input.write("      set OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENAI_BASE_URL, or name models in PARLEY_CONFIG\n");
				return;
			}
			const providers = [...new Set(models.map(({ providerId }) => providerId))].join(", ");
			line("✓", `Models: ${models.length} from ${providers}`);
		},
		ready(setupLink) {
			line("✓", `Ready on ${settings.publicUrl}`);
			if (setupLink)
				input.write(`\n  Create the first administrator (link valid 60 minutes, once):\n  ${setupLink.url}\n\n`);
		},
	};
}

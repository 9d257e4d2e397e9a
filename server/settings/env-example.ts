import { type Variable, variables } from "./env-variables.ts";

/** The text of `.env.example`: every setting, commented out, with what holds when it is not set. */
export function renderEnvExample(): string {
	const entries = Object.entries<Variable>(variables);
	const groups = [...new Set(entries.map(([, { group }]) => group))];
	const sections = groups.map((group) => {
		const lines = entries.filter(([, variable]) => variable.group === group).flatMap(toLines);
		return [`# ${group}`, ...lines].join("\n");
	});
	const head = [
		"# Nothing here is required. Copy to .env, or set in the environment (which wins).",
		"# A secret may also be given as NAME_FILE, the path of a file that holds it.",
	].join("\n");
	return `${[head, ...sections].join("\n\n")}\n`;
}

/** The text of `docs/configuration.md`: the same table for readers. */
export function renderConfigurationDocs(): string {
	const entries = Object.entries<Variable>(variables);
	const groups = [...new Set(entries.map(([, { group }]) => group))];
	const sections = groups.map((group) => {
		const rows = entries.filter(([, variable]) => variable.group === group).map(toRow);
		return [`## ${group}`, "", "| Variable | Default | |", "|---|---|---|", ...rows].join("\n");
	});
	const head = `# Configuration

Nothing is required. Settings come from the environment, or from a file \`.env\` in the project's folder; the environment
wins. A secret (marked *) may also be given as \`NAME_FILE\`, the path of a file that holds it. All mistakes are listed at once at
start, and the exit code is 78. \`npm run -s parley -- config print\` shows what holds and where it comes from.

This page and \`.env.example\` are written by \`npm run env:example\` from \`server/settings/env-variables.ts\`. Providers and models of your own:
[models](models.md).`;
	return `${[head, ...sections].join("\n\n")}\n`;
}

function toRow([name, { about, fallback, isSecret }]: [string, Variable]): string {
	return `| \`${name}\`${isSecret ? " *" : ""} | ${fallback ? `\`${fallback}\`` : ""} | ${about} |`;
}

function toLines([name, { about, fallback, isSecret }]: [string, Variable]): string[] {
	const note = [about, isSecret ? "(secret)" : ""].filter(Boolean).join(" ");
	return [...(note === "" ? [] : [`# ${note}`]), `#${name}=${fallback ?? ""}`];
}

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

function toLines([name, { about, fallback, isSecret }]: [string, Variable]): string[] {
	const note = [about, isSecret ? "(secret)" : ""].filter(Boolean).join(" ");
	return [...(note === "" ? [] : [`# ${note}`]), `#${name}=${fallback ?? ""}`];
}

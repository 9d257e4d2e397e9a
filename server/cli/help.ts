import type { Command } from "./command.ts";

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
		"Exit codes: 0 done, 1 refused, 2 not understood, 78 settings with mistakes.",
	].join("\n");
}

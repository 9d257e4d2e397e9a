import { describeSettings } from "../../settings/index.ts";
import type { Command } from "../command.ts";
import { toTable } from "../print.ts";

export const configCommands: Command[] = [
	{
		name: "config print",
		about: "prints every setting and its source; secrets are masked",
		usage: "",
		options: {},
		run: async () => {
			const settings = describeSettings();
			const rows = settings.map(({ name, value, source }) => [name, value ?? "(not set)", source]);
			return { json: settings, text: toTable(["setting", "value", "source"], rows) };
		},
	},
];

import type { Command } from "../command.ts";
import { checkDatabase, checkDataDir } from "../doctor/check-database.ts";
import { checkMeaning } from "../doctor/check-meaning.ts";
import { checkPublicUrl, checkServer } from "../doctor/check-server.ts";
import { checkSettings } from "../doctor/check-settings.ts";
import { withModels } from "../look-up.ts";
import { toTable } from "../print.ts";

export const doctorCommands: Command[] = [
	{
		name: "doctor",
		about: "checks settings, data folder, database, models, the running server and the proxy before it",
		usage: "",
		options: {},
		run: async (context) => {
			const { settings } = context;
			const findings = [
				...checkSettings(settings),
				await checkDataDir(context),
				...(await checkDatabase(context)),
				await withModels(context, async (models) => {
					const real = models.list().filter(({ isTest }) => !isTest);
					return real.length > 0
						? ({ check: "models", state: "ok", detail: `${real.length}` } as const)
						: ({
								check: "models",
								state: "warn",
								detail: "none: only the built-in test model answers",
							} as const);
				}),
				checkMeaning(settings),
				...(await checkServer(settings)),
				...(await checkPublicUrl(settings)),
			];
			const rows = findings.map(({ check, state, detail }) => [state, check, detail]);
			const isRefused = findings.some(({ state }) => state === "fail");
			return { json: findings, text: toTable(["state", "check", "detail"], rows), isRefused };
		},
	},
];

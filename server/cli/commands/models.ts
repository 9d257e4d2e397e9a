import type { CatalogueModel, Models } from "../../models/index.ts";
import type { Command } from "../command.ts";
import { withModels } from "../look-up.ts";
import { toTable } from "../print.ts";

export const modelsCommands: Command[] = [
	{
		name: "models list",
		about: "lists the models that people may choose",
		usage: "",
		options: {},
		run: (context) =>
			withModels(context, async (models) => {
				const list = models.list();
				const rows = list.map((one) => [
					one.id,
					one.providerId,
					one.tier,
					String(one.contextWindow),
					toPrices(one),
				]);
				const text = toTable(["model", "provider", "tier", "window", "USD per MTok in/out"], rows);
				return { json: list, text: `${text}\n\ndefault: ${models.default().id}` };
			}),
	},
	{
		name: "models check",
		about: "asks each model, or only --model, for one word",
		usage: "[--model ID]",
		options: { model: { type: "string" } },
		run: (context, options) =>
			withModels(context, async (models) => {
				const chosen = models.list().filter(({ id }) => options.model === undefined || id === options.model);
				if (chosen.length === 0) return { json: [], text: "There is no such model", isRefused: true };
				const checks: (Awaited<ReturnType<Models["check"]>> & { id: string })[] = [];
				// One after another, because parallel checks would slow each other down.
				for (const { id } of chosen) checks.push({ id, ...(await models.check(id)) });
				const rows = checks.map(({ id, ok, latencyMs, error }) => [
					id,
					ok ? "ok" : "failed",
					`${Math.round(latencyMs)} ms`,
					error ?? "",
				]);
				const isRefused = checks.some(({ ok }) => !ok);
				return { json: checks, text: toTable(["model", "result", "time", "reason"], rows), isRefused };
			}),
	},
];

function toPrices({ prices }: CatalogueModel): string {
	return prices === null ? "unknown" : `${prices.inputUsdPerMTok} / ${prices.outputUsdPerMTok}`;
}

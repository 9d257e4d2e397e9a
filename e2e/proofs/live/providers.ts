import type { CatalogueModel } from "../../../server/models/index.ts";
import type { Settings } from "../../../server/settings/index.ts";

/** The values that no output may hold: the providers' keys, and whatever else of the environment is named like a secret. */
export function listSecrets(settings: Settings, env: NodeJS.ProcessEnv = process.env): string[] {
	const { openaiApiKey, anthropicApiKey, googleApiKey } = settings.providers;
	const configured = settings.config.providers.map(({ apiKey }) => apiKey);
	const named = Object.entries(env).flatMap(([name, value]) =>
		/(KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIALS?)$/.test(name) ? [value] : [],
	);
	return [openaiApiKey, anthropicApiKey, googleApiKey, ...configured, ...named].filter(
		(value): value is string => typeof value === "string" && value.length >= 6,
	);
}

/** What a call needs a key for, by the name of the setting; the providers of the config file come beside these. */
export const builtInKeys = {
	openai: "OPENAI_API_KEY or OPENAI_BASE_URL",
	anthropic: "ANTHROPIC_API_KEY",
	google: "GOOGLE_GENERATIVE_AI_API_KEY",
	ollama: "OLLAMA_BASE_URL",
} as const;

const tiers = ["small", "medium", "large"];

/** The cheapest priced model of each provider that answers, else the smallest; or the one that was asked for. */
export function chooseModels(
	models: readonly CatalogueModel[],
	asked: { readonly provider?: string; readonly model?: string },
): CatalogueModel[] {
	const real = models.filter(
		({ isTest, id, providerId }) =>
			!isTest &&
			(asked.model === undefined || asked.model === id) &&
			(asked.provider === undefined || asked.provider === providerId),
	);
	const toRank = ({ prices, tier }: CatalogueModel) =>
		prices ? Number(prices.outputUsdPerMTok) : 1_000 + tiers.indexOf(tier);
	return Array.from(Map.groupBy(real, ({ providerId }) => providerId).values()).flatMap((group) =>
		group.toSorted((a, b) => toRank(a) - toRank(b)).slice(0, 1),
	);
}

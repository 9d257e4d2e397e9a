import * as z from "zod";
import { modelAbilities, modelTiers } from "../../contract/kinds.ts";
import catalogueFile from "./catalogue.json" with { type: "json" };

const prices = z.object({
	inputUsdPerMTok: z.string(),
	cachedInputUsdPerMTok: z.string().optional(),
	cacheWriteUsdPerMTok: z.string().optional(),
	cacheWrite1hUsdPerMTok: z.string().optional(),
	outputUsdPerMTok: z.string(),
});

const file = z.object({
	source: z.object({ package: z.string(), version: z.string(), license: z.string(), pricesAsOf: z.string() }),
	models: z.array(
		z.object({
			id: z.string(),
			providerId: z.enum(["openai", "anthropic", "google"]),
			name: z.string(),
			tier: z.enum(modelTiers),
			contextWindow: z.number().int().positive(),
			maxOutputTokens: z.number().int().positive(),
			isReasoning: z.boolean(),
			abilities: z.array(z.enum(modelAbilities)),
			prices,
			longContextPrices: prices.extend({ aboveInputTokens: z.number().int() }).optional(),
		}),
	),
});

export type BuiltInModel = z.infer<typeof file>["models"][number];

/**
 * The shipped catalogue: current chat models of OpenAI, Anthropic and Google. Windows and prices come from the npm
 * package `@pydantic/genai-prices` (MIT); its version and the day of the prices are at the head of the file.
 * Refreshed by `node scripts/refresh-catalogue.mjs`, whose docstring states the rules for output limits and tiers.
 */
export function readBuiltInModels(): BuiltInModel[] {
	return file.parse(catalogueFile).models;
}

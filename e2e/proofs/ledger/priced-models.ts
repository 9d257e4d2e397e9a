import type { PriceTable } from "../../../server/simulator/index.ts";
import type { SimulatedModel } from "../kit/stage/simulated-models.ts";

const noPrices: PriceTable[string] = { inputUsdPerMTok: "0", outputUsdPerMTok: "0" };

/** The provider's prices by its own model names; the ledger must come to the same sums by its own arithmetic. */
export const providerPrices: PriceTable = {
	"sim-odd": {
		inputUsdPerMTok: "0.123456789",
		cachedInputUsdPerMTok: "0.012345679",
		cacheWriteUsdPerMTok: "0.154320987",
		cacheWrite1hUsdPerMTok: "0.246913579",
		outputUsdPerMTok: "0.987654321",
	},
	"sim-thinker": {
		inputUsdPerMTok: "1.000000001",
		cachedInputUsdPerMTok: "0.333333333",
		cacheWriteUsdPerMTok: "1.250000003",
		cacheWrite1hUsdPerMTok: "2.000000007",
		outputUsdPerMTok: "7.777777777",
		reasoningUsdPerMTok: "3.141592653",
	},
	"sim-long": {
		inputUsdPerMTok: "2.718281828",
		cachedInputUsdPerMTok: "0.271828183",
		// Writes for an hour have no price of their own, and cost what the others cost.
		cacheWriteUsdPerMTok: "3.397852287",
		outputUsdPerMTok: "9.999999999",
		longContext: {
			aboveInputTokens: 900,
			inputUsdPerMTok: "5.436563657",
			cachedInputUsdPerMTok: "0.543656367",
			cacheWriteUsdPerMTok: "6.795704571",
			cacheWrite1hUsdPerMTok: "10.873127313",
			outputUsdPerMTok: "14.999999999",
		},
	},
	"sim-spare": {
		inputUsdPerMTok: "0.5",
		cachedInputUsdPerMTok: "0.499999999",
		outputUsdPerMTok: "1.5",
	},
	"sim-embed": { inputUsdPerMTok: "0.019999999", outputUsdPerMTok: "0" },
	"sim-frail": { inputUsdPerMTok: "0.000000001", outputUsdPerMTok: "0.000499999" },
};

/** The models of a run. A token costs an odd fraction of a nano-dollar in every class, so that rounding too early shows. */
export const models: readonly SimulatedModel[] = [
	toModel("odd", { provider: "sim", tier: "small", fallbacks: ["spare"] }),
	toModel("thinker", { provider: "sim", tier: "medium", fallbacks: ["spare", "odd"] }),
	toModel("long", { provider: "sim", tier: "large", fallbacks: ["thinker"] }),
	toModel("spare", { provider: "spare", tier: "small", fallbacks: [] }),
	// Its key is refused now and then, which must affect no other provider.
	toModel("frail", { provider: "frail", tier: "small", fallbacks: ["spare"] }),
];

/** The model that says what messages of long threads mean; named in PARLEY_EMBEDDINGS. */
export const embedding = {
	id: "meaning",
	provider: "sim",
	providerModelId: "sim-embed",
	textsPerCall: 10,
	prices: { inputUsdPerMTok: providerPrices["sim-embed"]?.inputUsdPerMTok },
};

/** Prices that the configuration file cannot express, as arguments of `parley prices set`. */
export const priceCommands: readonly (readonly string[])[] = ["thinker", "long"].map((id) => {
	const { longContext, ...prices } = providerPrices[`sim-${id}`] ?? noPrices;
	return [
		"prices",
		"set",
		id,
		`input=${prices.inputUsdPerMTok}`,
		`output=${prices.outputUsdPerMTok}`,
		...toWord("cached-input", prices.cachedInputUsdPerMTok),
		...toWord("cache-write", prices.cacheWriteUsdPerMTok),
		...toWord("cache-write-1h", prices.cacheWrite1hUsdPerMTok),
		...toWord("reasoning", prices.reasoningUsdPerMTok),
		...toWord("long-above", longContext?.aboveInputTokens),
		...toWord("long-input", longContext?.inputUsdPerMTok),
		...toWord("long-cached-input", longContext?.cachedInputUsdPerMTok),
		...toWord("long-cache-write", longContext?.cacheWriteUsdPerMTok),
		...toWord("long-cache-write-1h", longContext?.cacheWrite1hUsdPerMTok),
		...toWord("long-output", longContext?.outputUsdPerMTok),
	];
});

function toWord(name: string, value: string | number | undefined): string[] {
	return value === undefined ? [] : [`${name}=${value}`];
}

function toModel(
	id: string,
	{ provider, tier, fallbacks }: Pick<SimulatedModel, "provider" | "tier" | "fallbacks">,
): SimulatedModel {
	// The configuration file knows neither long contexts nor classes without a price.
	const { longContext: _, ...prices } = providerPrices[`sim-${id}`] ?? noPrices;
	return {
		id,
		provider,
		tier,
		fallbacks,
		providerModelId: `sim-${id}`,
		contextWindow: 32_000,
		maxOutputTokens: 4_096,
		prices: Object.fromEntries(Object.entries(prices).filter(([, price]) => price !== undefined)),
	};
}

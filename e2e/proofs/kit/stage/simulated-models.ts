/** A model of the provider simulator, in the words of the configuration file. */
export interface SimulatedModel {
	readonly id: string;
	readonly provider: string;
	readonly providerModelId: string;
	readonly tier: "small" | "medium" | "large";
	readonly contextWindow: number;
	readonly maxOutputTokens: number;
	readonly prices: Record<string, string>;
	readonly fallbacks?: readonly string[];
	readonly limits?: { readonly concurrency: number };
}

/** A configuration file with these models; every provider that they name is the one simulator. */
export const toConfig = (models: readonly SimulatedModel[]) => (upstreamUrl: string) => {
	const ids = new Set(models.map(({ provider }) => provider));
	const baseUrl = `${upstreamUrl}/v1`;
	return {
		models,
		providers: [...ids].map((id) => ({ id, kind: "openai-compatible", baseUrl, loadSeconds: 0 })),
	};
};

import type { ConfiguredLimits } from "./provider-list.ts";

/** What may be asked of a model; null = nobody says. */
export interface DeploymentLimits {
	/**
	 * What shares these limits: `<providerId>/<providerModelId>`, counted apart from everything else, or `<providerId>` where
	 * only the whole provider has limits.
	 */
	readonly deployment: string;
	readonly requestsPerMinute: number | null;
	/** Input and output together. */
	readonly tokensPerMinute: number | null;
	/** Calls at the same time. */
	readonly concurrency: number | null;
}

interface Limited {
	readonly providerId: string;
	readonly providerModelId: string;
}

/** A model's own limits take the place of its provider's. */
export function toLimits(
	{ providerId, providerModelId }: Limited,
	configured: { readonly own?: ConfiguredLimits; readonly ofProvider?: ConfiguredLimits } = {},
): DeploymentLimits {
	const { own, ofProvider } = configured;
	const limits = own ?? ofProvider;
	return {
		deployment: !own && ofProvider ? providerId : `${providerId}/${providerModelId}`,
		requestsPerMinute: limits?.requestsPerMinute ?? null,
		tokensPerMinute: limits?.tokensPerMinute ?? null,
		concurrency: limits?.concurrency ?? null,
	};
}

import type { ConfiguredLimits } from "./provider-list.ts";

/** Limits for calls of a model; null where none is known. */
export interface DeploymentLimits {
	/**
	 * The calls that share these limits: `<providerId>/<providerModelId>` for a model with limits of its own, `<providerId>` where only
	 * the whole provider has limits.
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

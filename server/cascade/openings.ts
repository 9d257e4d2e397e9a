import type { ModelTier } from "../contract/kinds.ts";

/** What this room needs to know of a model. */
export interface Routable {
	readonly id: string;
	readonly tier: ModelTier;
}

/** What this room needs to know of a model that may stand in for another. */
export interface Replaceable extends Routable {
	readonly providerId: string;
	readonly providerModelId: string;
	/** Catalogue ids named by the configuration; null: found by the rule of `toChain`. */
	readonly fallbacks: readonly string[] | null;
}

/** What a plan leaves open; null: everything. */
export interface Openings {
	readonly openModels: readonly string[] | null;
	readonly openTiers: readonly string[] | null;
}

export const isOpen = ({ id, tier }: Routable, { openModels, openTiers }: Openings): boolean =>
	(openModels?.includes(id) ?? true) && (openTiers?.includes(tier) ?? true);

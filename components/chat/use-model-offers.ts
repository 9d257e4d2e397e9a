import type { ModelListItem } from "@/server/client";
import { useModels } from "./use-models";

/** Whom else to ask: a model of the same tier before others, and the one that can read most. */
export function useModelOffers(failedId: string | null): {
	readonly other: ModelListItem | null;
	readonly larger: ModelListItem | null;
} {
	const models = useModels()?.models ?? [];
	const failed = models.find(({ id }) => id === failedId);
	const others = models.filter((model) => model !== failed && model.isTest === (failed?.isTest ?? false));
	const other = others.find(({ tier }) => tier === failed?.tier) ?? others[0] ?? null;
	const widest = others.reduce<ModelListItem | null>(
		(best, model) => (model.contextWindow > (best ?? failed ?? model).contextWindow ? model : best),
		null,
	);
	return { other: failed ? other : null, larger: failed ? widest : null };
}

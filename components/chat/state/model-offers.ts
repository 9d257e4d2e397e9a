import type { ModelListItem } from "@/server/client";

const tiers = ["small", "medium", "large"] as const;

export interface ModelOffers {
	/** The nearest to the one that failed, by tier first and price second. */
	readonly other: ModelListItem | null;
	/** The one that can read most, if it can read more than the one that failed. */
	readonly larger: ModelListItem | null;
}

/** Whom else to ask when a model fails: only models that answer at present. */
export function toModelOffers(models: readonly ModelListItem[], failedId: string | null): ModelOffers {
	const failed = models.find(({ id }) => id === failedId);
	if (!failed) return { other: null, larger: null };
	const others = models.filter(
		(model) => model !== failed && model.isTest === failed.isTest && model.unavailable === null,
	);
	const [nearest] = others.toSorted(
		(a, b) =>
			toTierSteps(a, failed) - toTierSteps(b, failed) || toPriceSteps(a, failed) - toPriceSteps(b, failed),
	);
	const larger = others.reduce(
		(best, model) => (model.contextWindow > best.contextWindow ? model : best),
		failed,
	);
	return { other: nearest ?? null, larger: larger === failed ? null : larger };
}

function toTierSteps(a: ModelListItem, b: ModelListItem): number {
	return Math.abs(tiers.indexOf(a.tier) - tiers.indexOf(b.tier));
}

/** How many times as expensive, either way; a model without a price is as far as can be. */
function toPriceSteps(a: ModelListItem, b: ModelListItem): number {
	const [one, other] = [toPrice(a), toPrice(b)];
	if (one === null || other === null) return one === other ? 0 : Number.MAX_VALUE;
	return Math.abs(Math.log((one + 1e-6) / (other + 1e-6)));
}

/** US dollars per million tokens, for what is read and what is written together. */
export function toPrice({ prices }: Pick<ModelListItem, "prices">): number | null {
	return prices && Number(prices.inputUsdPerMTok) + Number(prices.outputUsdPerMTok);
}

import type { CatalogueModel } from "../models/index.ts";
import { isOpenIn, type Openings } from "./open-models.ts";

/** The model that is asked, and one that may stand in for it. */
const chainMax = 2;

/**
 * The models for a call of the server's own, the cheapest first, by what the call costs there at most. Among equals the model that has just
 * answered comes first: a server that loads models has that one loaded. None that the person's plan leaves closed, so that their texts reach no
 * other providers than their answers may; the built-in test model writes nothing of use.
 */
export function toCheapest(
	models: readonly CatalogueModel[],
	by: {
		readonly open: Openings;
		readonly answeredBy: string | null;
		toNanoUsdMax(model: CatalogueModel): bigint;
	},
): readonly CatalogueModel[] {
	const priced = models
		.filter((model) => !model.isTest && isOpenIn(by.open, model))
		.map((model) => ({
			model,
			nanoUsd: by.toNanoUsdMax(model),
			place: model.id === by.answeredBy ? 0 : 1,
		}));
	const compare = (one: bigint, other: bigint) => (one < other ? -1 : Number(one > other));
	return priced
		.toSorted((one, other) => compare(one.nanoUsd, other.nanoUsd) || one.place - other.place)
		.slice(0, chainMax)
		.map(({ model }) => model);
}

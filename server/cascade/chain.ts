import { isOpen, type Openings, type Replaceable } from "./openings.ts";

/** Models that may stand in for the chosen one: a turn has no more calls than that. */
const fallbacksMax = 3;

/**
 * The model that was chosen and those that may answer in its place, in the order in which they are called: the ones that the
 * configuration names, or else the same model at other providers, then the first model of the same tier of each other
 * provider. No model is called twice, whatever the configuration says, and none that the plan leaves closed.
 */
export function toChain<Model extends Replaceable>(
	model: Model,
	models: readonly Model[],
	open: Openings,
): readonly Model[] {
	const others = models.filter((each) => each.id !== model.id && isOpen(each, open));
	const named = model.fallbacks?.flatMap((id) => others.filter((each) => each.id === id));
	const found = named ?? [...findSame(model, others), ...findPeers(model, others)];
	return [model, ...new Set(found)].slice(0, fallbacksMax + 1);
}

const findSame = <Model extends Replaceable>(model: Model, others: readonly Model[]) =>
	others.filter(
		(each) =>
			each.providerId !== model.providerId &&
			toBareName(each.providerModelId) === toBareName(model.providerModelId),
	);

/** Gateways put the maker's name before the model's. */
const toBareName = (providerModelId: string): string => providerModelId.split("/").at(-1) ?? providerModelId;

function findPeers<Model extends Replaceable>(model: Model, others: readonly Model[]): Model[] {
	const peers = others.filter((each) => each.tier === model.tier && each.providerId !== model.providerId);
	return [...new Map(peers.toReversed().map((each) => [each.providerId, each])).values()].reverse();
}

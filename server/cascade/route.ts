import { AppError } from "../contract/errors.ts";

/** What this room needs to know of a model. */
export interface Routable {
	readonly id: string;
	readonly tier: "small" | "medium" | "large";
}

/** What somebody's plan leaves open; null: everything. */
export interface Openings {
	readonly openModels: readonly string[] | null;
	readonly openTiers: readonly string[] | null;
}

export interface Route<Model> {
	readonly model: Model;
	/** One clause for people: why this model. */
	readonly reason: string;
}

const tiers = ["small", "medium", "large"] as const;

/**
 * Chooses the model for a turn: the one asked for, or for `auto` the site's default. When the plan leaves that one closed,
 * `auto` means the first model of the nearest tier below that is open, or else of the lowest.
 *
 * @throws AppError `unknown_model`.
 */
export function route<Model extends Routable>(
	requestedModel: string,
	models: { find(id: string): Model | undefined; default(): Model; list(): Model[] },
	open: Openings = { openModels: null, openTiers: null },
): Route<Model> {
	if (requestedModel !== "auto") {
		const model = models.find(requestedModel);
		if (model) return { model, reason: "chosen by you" };
		throw new AppError("unknown_model", `There is no model "${requestedModel}" here.`, {
			details: { model: requestedModel },
		});
	}
	const standard = models.default();
	if (isOpen(standard, open)) return { model: standard, reason: "the default model" };
	const model = findNearest(
		models.list().filter((each) => isOpen(each, open)),
		standard,
	);
	return model
		? { model, reason: "the nearest model that your plan leaves open" }
		: { model: standard, reason: "the default model" };
}

export const isOpen = ({ id, tier }: Routable, { openModels, openTiers }: Openings): boolean =>
	(openModels?.includes(id) ?? true) && (openTiers?.includes(tier) ?? true);

function findNearest<Model extends Routable>(models: readonly Model[], { tier }: Routable) {
	const below = tiers.slice(0, tiers.indexOf(tier) + 1).reverse();
	const above = tiers.slice(tiers.indexOf(tier) + 1);
	return [...below, ...above].flatMap((each) => models.filter((model) => model.tier === each))[0];
}

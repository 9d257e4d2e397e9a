import { AppError } from "../contract/errors.ts";
import { type AutoModel, isAutoModel, modelTiers } from "../contract/kinds.ts";
import type { RouteDecision } from "../contract/turn.ts";
import { toChain } from "./chain.ts";
import { isOpen, type Openings, type Replaceable } from "./openings.ts";

/** A model that answers, those that may stand in for it, and one clause for people: why it. */
export interface Choice<Model> {
	readonly model: Model;
	/** Begins with the model. */
	readonly chain: readonly Model[];
	readonly reason: string;
	/** Its answer is judged before it is shown. */
	readonly isDraft?: boolean;
}

export interface Route<Model> {
	/** As asked for: a catalogue id or `auto`. */
	readonly requestedModel: string;
	/** The choice of the turn first; for `auto`, what it moves on to when that one cannot answer. */
	readonly choices: readonly [Choice<Model>, ...Choice<Model>[]];
	/** How a policy decided; absent or null without one. */
	readonly decision?: RouteDecision | null;
}

/** Choices of `auto`: a turn makes no more calls, but models that are known to be down cost none. */
export const choicesMax = 8;

/** The catalogue, as far as a choice needs it. */
export interface Models<Model> {
	find(id: string): Model | undefined;
	default(): Model;
	list(): Model[];
}

/**
 * Chooses the model for a turn: the one asked for, or for `auto` the site's default. When the plan leaves that one closed,
 * `auto` means the first model of the nearest tier below that is open, or else of the lowest above. When it cannot answer, `auto`
 * moves on to the next open model: of its tier, also at the same provider, then of the tiers below, then of those above.
 *
 * @param canRead whether a model can read the conversation; `auto` and stand-ins pass over those that cannot while there are others.
 * @throws AppError `unknown_model`.
 */
export function route<Model extends Replaceable>(
	requestedModel: string,
	models: Models<Model>,
	open: Openings = { openModels: null, openTiers: null },
	canRead: (model: Model) => boolean = () => true,
): Route<Model> {
	const all = models.list().filter(canRead);
	if (!isAutoModel(requestedModel)) {
		const model = models.find(requestedModel);
		if (!model)
			throw new AppError("unknown_model", `There is no model "${requestedModel}" here.`, {
				details: { model: requestedModel },
			});
		return {
			requestedModel,
			choices: [{ model, chain: toChain(model, all, open), reason: "chosen by you" }],
		};
	}
	const standard = toStandard(requestedModel, models, all, open);
	const usable = toOrdered(all, standard).filter((model) => canRead(model) && isOpen(model, open));
	const first = usable[0] ?? standard;
	const chain = toChain(first, all, open);
	const reason = first === standard ? standardReasons[requestedModel] : toReason(isOpen(standard, open));
	const rest = usable.filter((model) => !chain.includes(model)).slice(0, choicesMax - 1);
	return {
		requestedModel,
		choices: [
			{ model: first, chain, reason },
			...rest.map((model) => ({ model, chain: [model], reason: "the next model that can answer" })),
		],
	};
}

const standardReasons: Readonly<Record<AutoModel, string>> = {
	auto: "the default model",
	"auto/fast": "the first of the smallest models",
	"auto/best": "the first of the largest models",
};

/** The model that a turn is for: the site's default, or the first of the smallest or largest models that are open. */
function toStandard<Model extends Replaceable>(
	wanted: AutoModel,
	models: Models<Model>,
	all: readonly Model[],
	open: Openings,
): Model {
	const standard = models.default();
	if (wanted === "auto") return standard;
	const tiers = wanted === "auto/fast" ? modelTiers : modelTiers.toReversed();
	for (const tier of tiers) {
		const found = all.filter((model) => model.tier === tier && isOpen(model, open));
		const first = found.find((model) => model === standard) ?? found[0];
		if (first) return first;
	}
	return standard;
}

const toReason = (isStandardOpen: boolean) =>
	isStandardOpen ? "the nearest model that can read this" : "the nearest model that your plan leaves open";

/** All models by how near they are to this one: itself, its tier, the tiers below it, those above. */
function toOrdered<Model extends Replaceable>(models: readonly Model[], nearest: Model): Model[] {
	const own = modelTiers.indexOf(nearest.tier);
	const order = [...modelTiers.slice(0, own + 1).reverse(), ...modelTiers.slice(own + 1)];
	const others = order.flatMap((tier) => models.filter((model) => model.tier === tier && model !== nearest));
	return [nearest, ...others];
}

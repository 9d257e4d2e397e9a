import { AppError } from "../errors.ts";

export interface Route<Model> {
	readonly model: Model;
	/** One clause for people: why this model. */
	readonly reason: string;
}

/**
 * Chooses the model for a turn: the one asked for, or for `auto` the site's default.
 *
 * @throws AppError `unknown_model`.
 */
export function route<Model>(
	requestedModel: string,
	models: { find(id: string): Model | undefined; default(): Model },
): Route<Model> {
	if (requestedModel === "auto") return { model: models.default(), reason: "the default model" };
	const model = models.find(requestedModel);
	if (!model)
		throw new AppError("unknown_model", `There is no model "${requestedModel}" here.`, {
			details: { model: requestedModel },
		});
	return { model, reason: "chosen by you" };
}

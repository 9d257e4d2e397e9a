import { AppError } from "../contract/errors.ts";
import { type ModelAbility, modelAbilities } from "../contract/kinds.ts";
import type { ModelMessage } from "../contract/model-message.ts";
import { isTextFile, type MessagePart } from "../contract/parts.ts";

/** What a part asks of a model; no model reads an `unknown` one. */
type NeededAbility = ModelAbility | "unknown";

interface AbleModel {
	readonly id: string;
	readonly abilities: readonly ModelAbility[];
}

/** The ability that a model needs to read a part; null for parts that every model reads, or that are not sent to models. */
function toNeededAbility(part: MessagePart): NeededAbility | null {
	switch (part.type) {
		case "text":
		case "reasoning":
		case "citation":
			return null;
		case "image":
			return "images";
		case "file":
			return isTextFile(part) ? null : "files";
		case "tool-call":
		case "tool-result":
			return "tools";
		case "unknown":
			return "unknown";
	}
}

/** The abilities that a conversation needs and a model lacks, each once. */
export function findMissingAbilities(model: AbleModel, messages: readonly ModelMessage[]): NeededAbility[] {
	const needed = new Set(messages.flatMap(({ parts }) => parts.map(toNeededAbility)));
	const isMissing = (ability: NeededAbility) =>
		needed.has(ability) && !model.abilities.some((able) => able === ability);
	return [...modelAbilities, "unknown" as const].filter(isMissing);
}

/**
 * Refuses a conversation with parts that the model cannot read. Nothing is left out silently.
 *
 * @throws AppError `unsupported_content`, with the model and the missing abilities in its details.
 */
export function requireAbilities(model: AbleModel, messages: readonly ModelMessage[]): void {
	const abilities = findMissingAbilities(model, messages);
	if (abilities.length === 0) return;
	const message = abilities.includes("unknown")
		? "A newer version of Parley wrote a part of this conversation, which this one cannot send."
		: `The model ${model.id} cannot read this conversation: it lacks ${abilities.join(" and ")}.`;
	throw new AppError("unsupported_content", message, { details: { modelId: model.id, abilities } });
}

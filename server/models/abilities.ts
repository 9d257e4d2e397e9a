import { AppError } from "../contract/errors.ts";
import { type ModelAbility, modelAbilities } from "../contract/kinds.ts";
import type { ModelMessage } from "../contract/model-message.ts";
import type { MessagePart } from "../contract/parts.ts";

interface AbleModel {
	readonly id: string;
	readonly abilities: readonly ModelAbility[];
}

/** The ability that a model needs to read a part; null for parts that every model reads, or that are not sent to models. */
function toNeededAbility(part: MessagePart): ModelAbility | null {
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
	}
}

/** Files of text are sent as text. */
export const isTextFile = ({ mediaType, source }: Extract<MessagePart, { type: "file" }>): boolean =>
	source.type === "inline" &&
	/^text\/|^application\/(json|xml|yaml|x-yaml|javascript)\b|\+(json|xml)$/i.test(mediaType);

/** The abilities that a conversation needs and a model lacks, each once. */
export function findMissingAbilities(model: AbleModel, messages: readonly ModelMessage[]): ModelAbility[] {
	const needed = new Set(messages.flatMap(({ parts }) => parts.map(toNeededAbility)));
	return modelAbilities.filter((ability) => needed.has(ability) && !model.abilities.includes(ability));
}

/**
 * Refuses a conversation with parts that the model cannot read. Nothing is left out silently.
 *
 * @throws AppError `unsupported_content`, with the model and the missing abilities in its details.
 */
export function requireAbilities(model: AbleModel, messages: readonly ModelMessage[]): void {
	const abilities = findMissingAbilities(model, messages);
	if (abilities.length === 0) return;
	const message = `The model ${model.id} cannot read this conversation: it lacks ${abilities.join(" and ")}.`;
	throw new AppError("unsupported_content", message, { details: { modelId: model.id, abilities } });
}

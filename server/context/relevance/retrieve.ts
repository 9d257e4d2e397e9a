import type { ModelWindow } from "../budget.ts";
import type { Conversation } from "../conversation.ts";
import { isWhole, type ModelToFit } from "../fit.ts";
import type { MessageVectors } from "./compare-meaning.ts";
import { type Relevance, rank } from "./rank.ts";

export type { Relevance } from "./rank.ts";

/** Tokens. A conversation is read as far back as this, or as the largest window reaches: the question may need what is older. */
const readTokensMin = 200_000;

/** How many of the newest tokens of a conversation are read for these models. */
export const toReadTokensMax = (models: readonly ModelWindow[]): number =>
	Math.max(readTokensMin, ...models.map(({ contextWindow }) => contextWindow));

/**
 * Ranks the messages of a conversation that one of the models may not be sent as a whole; undefined when each of them is.
 *
 * @param readVectors reads those vectors of the messages that are there; it is called for a conversation that is ranked alone.
 */
export async function retrieve(
	conversation: Conversation,
	models: readonly ModelToFit[],
	readVectors?: (messageIds: readonly string[]) => Promise<MessageVectors>,
): Promise<Relevance | undefined> {
	const { strategy, messages } = conversation;
	if (strategy !== "auto" && strategy !== "semantic") return undefined;
	if (models.every((model) => isWhole(conversation, model))) return undefined;
	return await rank(messages, await readVectors?.(messages.flatMap(({ id }) => id ?? [])));
}

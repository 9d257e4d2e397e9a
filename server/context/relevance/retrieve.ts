import type { ModelWindow } from "../budget.ts";
import type { Conversation } from "../conversation.ts";
import { isWhole, type ModelToFit } from "../fit.ts";
import { type Relevance, rank } from "./rank.ts";

export type { Relevance } from "./rank.ts";

/** Tokens. A conversation is read as far back as this, or as the largest window reaches: the question may need what is older. */
const readTokensMin = 200_000;

/** How many of the newest tokens of a conversation are read for these models. */
export const toReadTokensMax = (models: readonly ModelWindow[]): number =>
	Math.max(readTokensMin, ...models.map(({ contextWindow }) => contextWindow));

/** Ranks the messages of a conversation that one of the models may not be sent as a whole; undefined when each of them is. */
export async function retrieve(
	conversation: Conversation,
	models: readonly ModelToFit[],
): Promise<Relevance | undefined> {
	const { strategy, messages } = conversation;
	if (strategy !== "auto" && strategy !== "semantic") return undefined;
	return models.every((model) => isWhole(conversation, model)) ? undefined : await rank(messages);
}

import { type ConversationMessage, type ModelWindow, toInputTokensMax } from "../fit.ts";
import { type Relevance, rank } from "./rank.ts";

export type { Relevance } from "./rank.ts";

/** Tokens. A conversation is read as far back as this, or as the largest window reaches: the question may need what is older. */
const readTokensMin = 200_000;

/** How many of the newest tokens of a conversation are read for these models. */
export const toReadTokensMax = (models: readonly ModelWindow[]): number =>
	Math.max(readTokensMin, ...models.map(({ contextWindow }) => contextWindow));

/** Ranks the messages of a conversation that one of the models cannot read as a whole; undefined when each of them can. */
export async function retrieve(
	conversation: readonly ConversationMessage[],
	models: readonly ModelWindow[],
): Promise<Relevance | undefined> {
	const tokens = conversation.reduce((sum, message) => sum + message.tokens, 0);
	if (models.every((model) => toInputTokensMax(tokens, model) === tokens)) return undefined;
	return await rank(conversation);
}

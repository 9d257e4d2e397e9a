import type { ConversationMessage } from "../conversation.ts";
import { countMessageTokens } from "./count-message.ts";
import { type TokenProfile, toTokenProfile } from "./token-profile.ts";

/** Whose count it is. Without a name: the stored counts are the model's own. */
interface CountingModel {
	/** The provider's name of the model. */
	readonly providerModelId?: string | undefined;
}

const asStored: TokenProfile["most"] = { factor: 1, perRequest: 0 };

const toMost = ({ providerModelId }: CountingModel): TokenProfile["most"] =>
	providerModelId === undefined ? asStored : toTokenProfile(providerModelId).most;

/** The most that a model counts for a request whose messages have so many stored tokens. */
export function toModelTokens(storedTokens: number, model: CountingModel): number {
	const { factor, perRequest } = toMost(model);
	return Math.ceil(storedTokens * factor) + perRequest;
}

/** How many stored tokens a request may have, so that the model counts no more than so many. */
export function toStoredTokens(modelTokens: number, model: CountingModel): number {
	const { factor, perRequest } = toMost(model);
	return Math.max(0, Math.floor((modelTokens - perRequest) / factor));
}

/**
 * The conversation with counts that hold for these models, too: where one of them counts by an older encoding, a message has the larger
 * of both counts. The same messages where none does.
 */
export async function countFor<Message extends ConversationMessage>(
	messages: readonly Message[],
	models: readonly { readonly providerModelId: string }[],
): Promise<readonly Message[]> {
	const encodings = new Set(models.map(({ providerModelId }) => toTokenProfile(providerModelId).encoding));
	if (!encodings.has("cl100k_base")) return messages;
	const counted: Message[] = [];
	for (const message of messages) {
		const tokens = await countMessageTokens(message.parts, "cl100k_base");
		counted.push({ ...message, tokens: Math.max(message.tokens, tokens) });
	}
	return counted;
}

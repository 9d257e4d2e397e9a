// Decides what of a conversation a model reads, by a strategy, and counts tokens.
// Needs: the messages of one branch, what calls were sent of it before, and the model: its window, prices and cache.
// Promises: what it returns fits the window beside an answer, by exact counts or by ones that err on the high side; of a conversation that
// does not fit, what the question needs goes before what is newer.
export { type BranchTokens, hasRoomFor, type ModelWindow, toBound, toInputTokensMax } from "./budget.ts";
export { continuationRequest, continuationTokens, toContinued } from "./continued.ts";
export {
	type ContextSummary,
	type Conversation,
	type ConversationMessage,
	type SentBefore,
	toConversation,
} from "./conversation.ts";
export { expectInput, fitConversation as fit, hasRoom } from "./fit.ts";
export { toPinTokensMax } from "./pin-tokens.ts";
export { countEntry, type Entry, toEntries, toModelMessage, toSentEntries } from "./plan/entries.ts";
export type { MessageVectors } from "./relevance/compare-meaning.ts";
export { retrieve, toReadTokensMax } from "./relevance/retrieve.ts";
export {
	countContentTokens,
	countMessageTokens,
	tokenizer,
	tokensPerImage,
} from "./tokens/count-message.ts";
export { countTokens as countTextTokens, loadEncoding } from "./tokens/encodings.ts";
export { countFor, toModelTokens } from "./tokens/model-counts.ts";
export { toInputTokens, toOutputTokens, toTokenProfile } from "./tokens/token-profile.ts";

// Decides what of a conversation a model reads, and counts tokens.
// Needs: the messages of one branch and the model's window.
// Promises: what it returns fits the window beside an answer, by exact counts or by ones that err on the high side; of a conversation that
// does not fit, what the question needs goes before what is newer.
export {
	type ConversationMessage,
	fit,
	toBound,
	toInputTokensMax,
} from "./fit.ts";
export { toPinTokensMax } from "./pin-tokens.ts";
/** @public */
export { choose } from "./relevance/choose.ts";
/** @public */
export { rank } from "./relevance/rank.ts";
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

// Decides what of a conversation a model reads, and counts tokens.
// Needs: the messages of one branch and the model's window.
// Promises: what it returns fits the window beside an answer, by an estimate that errs on the high side.
export { countMessageTokens, countTokens, tokenizer } from "./count-tokens.ts";
export {
	type ConversationMessage,
	type FittedContext,
	fit,
	type ModelWindow,
	toBound,
	toInputTokensMax,
} from "./fit.ts";
/** @public */
export { countTokens as countTextTokens, type Encoding, loadEncoding } from "./tokens/encodings.ts";
/** @public */
export { type TokenProfile, toInputTokens, toOutputTokens, toTokenProfile } from "./tokens/token-profile.ts";

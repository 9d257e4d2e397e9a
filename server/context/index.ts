// Decides what of a conversation a model reads.
// Needs: the messages of one branch and the model's window.
// Promises: what it returns fits the window beside an answer, by an estimate that errs on the high side.
export { countTokens, toCharactersMax } from "./count-tokens.ts";
export { type FittedContext, fit } from "./fit.ts";
/** @public */
export { countTokens as countTextTokens, type Encoding, loadEncoding } from "./tokens/encodings.ts";
/** @public */
export { type TokenProfile, toInputTokens, toOutputTokens, toTokenProfile } from "./tokens/token-profile.ts";

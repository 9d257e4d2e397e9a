/** Tokens that every message costs beside its text (role and separators), as OpenAI documents for chat models. */
const tokensPerMessage = 4;
const charactersPerToken = 3.5;

/**
 * Estimates the tokens of a text, on the high side: a token for about 3.5 Latin characters and one for each character
 * outside Latin, Greek and Cyrillic. Exact counts come from the provider after the call.
 */
export function countTokens(text: string): number {
	let wide = 0;
	for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x52f) wide++;
	return Math.ceil((text.length - wide) / charactersPerToken) + wide + tokensPerMessage;
}

/** More characters than this, by the same estimate, never fit that many tokens: nobody needs to read further back. */
export function toCharactersMax(tokens: number): number {
	return Math.ceil(tokens * charactersPerToken);
}

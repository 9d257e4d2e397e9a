import type { ChatMessage } from "../requests/request-log.ts";

/** How the tokens of a prompt are counted for a model. */
export type CountPrompt = (messages: readonly ChatMessage[], model: string) => number;

/** The simulator's own rule: four characters are a token. */
export const countByCharacters: CountPrompt = (messages) =>
	Math.ceil(messages.reduce((chars, { text }) => chars + text.length, 0) / 4);

/** A picture in high detail: 85 and 170 for each of at most eight tiles. Source: https://platform.openai.com/docs/guides/images-vision */
const tokensPerImage = 85 + 8 * 170;
/** Anthropic publishes no tokenizer: the most expensive of the measured texts had so many times the tokens of o200k_base. */
const claudeFactor = 1.27;
/** Texts whose counts are kept: a conversation is sent again and again. */
const keptMax = 2_000;

/**
 * As the providers count, by their published encodings: o200k_base, for `gpt-4` and `gpt-3.5` cl100k_base, 4 tokens for each message and 3 for
 * the answer's beginning. Claude is simulated as the most that was measured.
 */
export async function createPublishedCount(): Promise<CountPrompt> {
	const current = await import("gpt-tokenizer/encoding/o200k_base");
	const older = await import("gpt-tokenizer/encoding/cl100k_base");
	const counted = new Map<string, number>();
	/** The names of special tokens are text, as providers read them in messages. */
	const asText = { disallowedSpecial: new Set<string>() };
	const countText = (text: string, isOlder: boolean): number => {
		const key = `${isOlder}${text}`;
		const known = counted.get(key);
		if (known !== undefined) return known;
		const tokens = (isOlder ? older : current).countTokens(text, asText);
		if (counted.size >= keptMax) counted.clear();
		counted.set(key, tokens);
		return tokens;
	};
	return (messages, model) => {
		const isOlder = /^gpt-(3\.5|4(?![.o\d]))/.test(model);
		const tokens = messages.reduce(
			(sum, { text, images = 0 }) => sum + countText(text, isOlder) + images * tokensPerImage,
			0,
		);
		return Math.ceil(/claude/.test(model) ? claudeFactor * tokens : tokens) + messages.length * 4 + 3;
	};
}

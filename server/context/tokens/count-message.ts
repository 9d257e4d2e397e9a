import { isTextFile, type MessagePart, toPlainText } from "../../contract/parts.ts";
import { countTokens, type Encoding } from "./encodings.ts";

/**
 * Names the rule by which this file counts a message. It is stored with every count: rows counted by another rule are counted again
 * when their conversation goes on.
 */
export const tokenizer = "o200k-1";
const storedEncoding: Encoding = "o200k_base";

/** Tokens that every message costs beside its content (role and separators), as OpenAI documents for chat models. */
const tokensPerMessage = 4;
/** The most that a current provider counts for one image (Anthropic: width * height / 750, scaled to at most 1.15 megapixels). */
export const tokensPerImage = 1_600;
/** The form of a call of a tool or of its result, which is sent as a message of its own. */
const tokensPerTool = 12;
/** A document is read by its pages, not by its bytes: no provider counts more for the bytes that these characters of base64 hold. */
const documentCharactersPerToken = 3.5;

/**
 * The tokens of one message: its text exactly by the encoding `o200k_base`, images and documents by what providers count at most.
 * Citations, past reasoning and unknown parts are not sent. Lets other work run in between, however long the message is.
 */
export async function countMessageTokens(
	parts: readonly MessagePart[],
	encoding: Encoding = storedEncoding,
): Promise<number> {
	return tokensPerMessage + (await countContentTokens(parts, encoding));
}

/** The same without what a provider adds for a message. */
export async function countContentTokens(parts: readonly MessagePart[], encoding: Encoding): Promise<number> {
	const count = (text: string) => countTokens(text, encoding);
	// Texts of one message are sent joined, as they are stored.
	let tokens = await count(toPlainText(parts));
	for (const part of parts) tokens += await countOther(part, count);
	return tokens;
}

async function countOther(part: MessagePart, count: (text: string) => Promise<number>): Promise<number> {
	switch (part.type) {
		case "image":
			return tokensPerImage;
		case "file":
			return part.source.type === "inline" ? await countFile(part, part.source.base64, count) : 0;
		case "tool-call":
			return tokensPerTool + (await count(`${part.callId}${part.toolName}${JSON.stringify(part.input)}`));
		case "tool-result":
			return tokensPerTool + (await count(`${part.callId}${JSON.stringify(part.output)}`));
		case "text":
		case "reasoning":
		case "citation":
		case "unknown":
			return 0;
	}
}

/** A file of text is sent as its text. */
async function countFile(
	part: Extract<MessagePart, { type: "file" }>,
	base64: string,
	count: (text: string) => Promise<number>,
): Promise<number> {
	if (!isTextFile(part)) return Math.ceil(base64.length / documentCharactersPerToken);
	return await count(`${part.name}:\n\n${Buffer.from(base64, "base64").toString("utf8")}`);
}

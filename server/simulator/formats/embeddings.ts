import { createHash } from "node:crypto";
import * as z from "zod";

const body = z.looseObject({
	model: z.string().min(1),
	input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
	dimensions: z.number().int().min(1).max(4096).nullish(),
	encoding_format: z.enum(["float", "base64"]).nullish(),
});

interface EmbedCall {
	readonly model: string;
	readonly texts: readonly string[];
	readonly dimensions: number;
	readonly isBase64: boolean;
	readonly promptTokens: number;
}

/** Reads the body of `/v1/embeddings`. @throws ZodError when it is not one. */
export function parseEmbedCall(input: unknown): EmbedCall {
	const parsed = body.parse(input);
	const texts = typeof parsed.input === "string" ? [parsed.input] : parsed.input;
	return {
		model: parsed.model,
		texts,
		dimensions: parsed.dimensions ?? 256,
		isBase64: parsed.encoding_format === "base64",
		promptTokens: Math.ceil(texts.reduce((chars, text) => chars + text.length, 0) / 4),
	};
}

/** A vector of length 1 that depends on nothing but the text: each hash of text and counter gives eight numbers. */
function toUnitVector(text: string, dimensions: number): number[] {
	const numbers: number[] = [];
	for (let block = 0; numbers.length < dimensions; block += 1) {
		const bytes = createHash("sha256").update(`${block}:${text}`).digest();
		for (let at = 0; at < 32 && numbers.length < dimensions; at += 4) {
			numbers.push(bytes.readInt32LE(at) / 2 ** 31);
		}
	}
	const length = Math.hypot(...numbers) || 1;
	return numbers.map((number) => number / length);
}

const encode = (vector: number[], isBase64: boolean) =>
	isBase64 ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector;

/** The answer to an embedding request. */
export function toEmbeddings(call: EmbedCall) {
	return {
		object: "list",
		model: call.model,
		data: call.texts.map((text, index) => ({
			object: "embedding",
			index,
			embedding: encode(toUnitVector(text, call.dimensions), call.isBase64),
		})),
		usage: { prompt_tokens: call.promptTokens, total_tokens: call.promptTokens },
	};
}

import * as z from "zod";
import type { PromptBlock } from "../prompt-cache/cached-call.ts";
import type { ChatMessage } from "../requests/request-log.ts";

/** A request for an answer, whichever format it came in. */
export interface ChatCall {
	readonly format: "chat" | "responses" | "messages";
	readonly model: string;
	readonly stream: boolean;
	readonly wantsUsage: boolean;
	readonly maxTokens: number | null;
	readonly messages: readonly ChatMessage[];
	/** OpenAI's `prompt_cache_key`. */
	readonly cacheKey?: string | null;
	/** Of Anthropic's messages. */
	readonly blocks?: readonly PromptBlock[];
}

const content = z
	.union([
		z.string(),
		z.array(z.looseObject({ type: z.string().optional(), text: z.string().optional() })),
		z.null(),
	])
	.optional()
	.transform((value) => {
		const parts = typeof value === "string" ? [{ text: value }] : (value ?? []);
		const images = parts.filter((part) => "type" in part && /image/.test(part.type ?? "")).length;
		return { text: parts.map((part) => part.text ?? "").join(""), ...(images > 0 && { images }) };
	});
const message = z.looseObject({ role: z.string().default("user"), content });
const tokensMax = z.number().int().positive().nullish();

const chatBody = z.looseObject({
	model: z.string().min(1),
	messages: z.array(message).min(1),
	stream: z.boolean().nullish(),
	stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
	max_tokens: tokensMax,
	max_completion_tokens: tokensMax,
	prompt_cache_key: z.string().nullish(),
});
const responsesBody = z.looseObject({
	model: z.string().min(1),
	input: z.union([z.string(), z.array(message)]),
	instructions: z.string().nullish(),
	stream: z.boolean().nullish(),
	max_output_tokens: tokensMax,
	prompt_cache_key: z.string().nullish(),
});

const toMessage = (parsed: z.infer<typeof message>): ChatMessage => ({
	role: parsed.role,
	...parsed.content,
});

/** Reads the body of `/v1/chat/completions`. @throws ZodError when it is not one. */
export function parseChatCall(body: unknown): ChatCall {
	const parsed = chatBody.parse(body);
	return {
		format: "chat",
		model: parsed.model,
		stream: parsed.stream === true,
		wantsUsage: parsed.stream_options?.include_usage === true,
		maxTokens: parsed.max_completion_tokens ?? parsed.max_tokens ?? null,
		messages: parsed.messages.map(toMessage),
		cacheKey: parsed.prompt_cache_key ?? null,
	};
}

/** Reads the body of `/v1/responses`, whose streams always end with usage. @throws ZodError when it is not one. */
export function parseResponsesCall(body: unknown): ChatCall {
	const parsed = responsesBody.parse(body);
	const input =
		typeof parsed.input === "string" ? [{ role: "user", text: parsed.input }] : parsed.input.map(toMessage);
	const system = parsed.instructions ? [{ role: "system", text: parsed.instructions }] : [];
	return {
		format: "responses",
		model: parsed.model,
		stream: parsed.stream === true,
		wantsUsage: true,
		maxTokens: parsed.max_output_tokens ?? null,
		messages: [...system, ...input],
		cacheKey: parsed.prompt_cache_key ?? null,
	};
}

import * as z from "zod";
import { toMessages } from "../prompt-cache/anthropic-cache.ts";
import type { PromptBlock } from "../prompt-cache/cached-call.ts";
import type { ChatCall } from "./chat-call.ts";

const block = z.looseObject({
	type: z.string(),
	text: z.string().optional(),
	cache_control: z
		.looseObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).default("5m") })
		.nullish(),
});
const blocks = z.preprocess(
	(value) => (typeof value === "string" ? [{ type: "text", text: value }] : value),
	z.array(block),
);
const body = z
	.looseObject({
		model: z.string().min(1),
		max_tokens: z.int().positive(),
		system: blocks.optional(),
		messages: z.array(z.looseObject({ role: z.enum(["user", "assistant"]), content: blocks })).min(1),
		stream: z.boolean().nullish(),
	})
	.refine(
		({ system = [], messages }) => countMarks([system, ...messages.map(({ content }) => content)]) <= 4,
		{
			message: "A maximum of 4 blocks with cache_control may be provided.",
		},
	);

const countMarks = (lists: readonly (readonly z.infer<typeof block>[])[]): number =>
	lists.flat().filter(({ cache_control: mark }) => mark).length;

const toBlock =
	(role: string) =>
	({ cache_control: mark, ...content }: z.infer<typeof block>): PromptBlock => ({
		role,
		text: content.text ?? "",
		content: JSON.stringify(content),
		images: content.type === "image" ? 1 : 0,
		mark: mark?.ttl ?? null,
	});

/** Reads the body of Anthropic's `/v1/messages`. @throws ZodError when it is not one. */
export function parseMessagesCall(input: unknown): ChatCall {
	const { model, max_tokens: maxTokens, system = [], messages, stream } = body.parse(input);
	const read = [
		...system.map(toBlock("system")),
		...messages.flatMap(({ role, content }) => content.map(toBlock(role))),
	];
	return {
		format: "messages",
		model,
		stream: stream === true,
		wantsUsage: true,
		maxTokens,
		messages: toMessages(read),
		blocks: read,
	};
}

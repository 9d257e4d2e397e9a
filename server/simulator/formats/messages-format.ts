import type { TokenCount } from "../answers/answer-plan.ts";
import type { AnswerEnd, FormatInput, WireFormat } from "./wire-format.ts";

/** Input that was neither read from the cache nor written to it is counted apart. */
const toWireUsage = (usage: TokenCount | null) =>
	usage && {
		input_tokens: usage.promptTokens - usage.cachedTokens - usage.cacheWriteTokens,
		cache_read_input_tokens: usage.cachedTokens,
		cache_creation_input_tokens: usage.cacheWriteTokens,
		cache_creation: {
			ephemeral_5m_input_tokens: usage.cacheWriteTokens - usage.cacheWrite1hTokens,
			ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
		},
		output_tokens: usage.completionTokens,
	};

const stopReasons = { stop: "end_turn", length: "max_tokens", content_filter: "refusal" } as const;

/**
 * As much of Anthropic's messages API as a client of plain text reads: https://docs.anthropic.com/en/api/messages-streaming
 * All usage is in `message_delta`, so that an answer that breaks off has none. Faults of `choices` and `[DONE]` do not exist in it.
 */
export function createMessagesFormat({ id, plan }: FormatInput): WireFormat {
	const event = (type: string, rest: object = {}) =>
		`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
	const message = { id, type: "message", role: "assistant", model: plan.namedModel };
	const delta = (index: number, value: object) => event("content_block_delta", { index, delta: value });
	let isThinking = false;
	const open = (index: number, block: object) =>
		event("content_block_start", { index, content_block: block });
	const toStop = (reason: AnswerEnd["finishReason"]) => (reason === null ? null : stopReasons[reason]);
	return {
		head: () => event("message_start", { message: { ...message, content: [], stop_reason: null } }),
		reasoning(text) {
			const start = isThinking ? "" : open(0, { type: "thinking", thinking: "" });
			isThinking = true;
			return start + delta(0, { type: "thinking_delta", thinking: text });
		},
		delta: (text) => delta(1, { type: "text_delta", text }),
		tail({ finishReason, usage }) {
			const stop = {
				delta: { stop_reason: toStop(finishReason) },
				...(usage !== undefined && { usage: toWireUsage(usage) }),
			};
			return event("message_delta", stop) + event("message_stop");
		},
		error: ({ type, message: words }) => event("error", { error: { type, message: words } }),
		whole: ({ finishReason, usage, text, reasoning }) => ({
			...message,
			content: [
				...(reasoning === "" ? [] : [{ type: "thinking", thinking: reasoning }]),
				{ type: "text", text },
			],
			stop_reason: toStop(finishReason),
			...(usage !== undefined && { usage: toWireUsage(usage) }),
		}),
	};
}

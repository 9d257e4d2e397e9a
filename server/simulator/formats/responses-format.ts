import type { TokenCount, WireError } from "../answers/answer-plan.ts";
import type { AnswerEnd, FormatInput, WireFormat } from "./wire-format.ts";

const toWireUsage = (usage: TokenCount | null) =>
	usage && {
		input_tokens: usage.promptTokens,
		input_tokens_details: {
			cached_tokens: usage.cachedTokens,
			cache_write_tokens: usage.cacheWriteTokens,
			...(usage.cacheWrite1hTokens > 0 && { ephemeral_1h_input_tokens: usage.cacheWrite1hTokens }),
		},
		output_tokens: usage.completionTokens,
		output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
		total_tokens: usage.promptTokens + usage.completionTokens,
	};

/**
 * As much of OpenAI's responses API as a client of plain text reads: https://platform.openai.com/docs/api-reference/responses
 * Reasoning is counted but not shown, as there. Faults of `choices` and `[DONE]` do not exist in it.
 */
export function createResponsesFormat({ id, createdAtSeconds, plan }: FormatInput): WireFormat {
	const itemId = `msg_${id}`;
	const event = (type: string, body: object) =>
		`event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
	const message = (status: string, content: unknown[]) => ({
		id: itemId,
		type: "message",
		role: "assistant",
		status,
		content,
	});
	const response = (status: string, rest: object) => ({
		id,
		object: "response",
		created_at: createdAtSeconds,
		model: plan.namedModel,
		status,
		output: [],
		...rest,
	});
	function closed(end: AnswerEnd) {
		const content = [{ type: "output_text", text: end.text, annotations: [] }];
		const rest = {
			output: [message("completed", content)],
			...(end.usage === undefined ? {} : { usage: toWireUsage(end.usage) }),
		};
		if (end.finishReason === "stop") return response("completed", rest);
		const reason = end.finishReason === "length" ? "max_output_tokens" : end.finishReason;
		return response("incomplete", { ...rest, incomplete_details: reason === null ? null : { reason } });
	}
	const at = { item_id: itemId, output_index: 0, content_index: 0 };
	return {
		head: () =>
			event("response.created", { response: response("in_progress", {}) }) +
			event("response.output_item.added", { output_index: 0, item: message("in_progress", []) }),
		delta: (text) => event("response.output_text.delta", { ...at, delta: text }),
		reasoning: () => "",
		tail(end) {
			const done = event("response.output_item.done", { output_index: 0, item: message("completed", []) });
			if (end.finishReason === null) return done;
			const type = end.finishReason === "stop" ? "response.completed" : "response.incomplete";
			return done + event(type, { response: closed(end) });
		},
		error: (error: WireError) =>
			event("error", {
				sequence_number: 1,
				error: { type: error.type, code: error.code, message: error.message, param: null },
			}),
		whole: closed,
	};
}

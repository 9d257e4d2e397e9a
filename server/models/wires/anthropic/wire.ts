import type { AnswerFold } from "../answer/answer-fold.ts";
import { toReportedError } from "../reported-error.ts";
import type { Wire, WireEvent } from "../wire.ts";
import { toFields, toList } from "../wire-value.ts";
import { toRequest } from "./request.ts";

/** Anthropic's messages: https://docs.anthropic.com/en/api/messages-streaming */
export const anthropicMessages: Wire = {
	// `input_tokens` excludes tokens read from a cache and written to one.
	fold: { usage: { inputIncludesCache: false, outputIncludesReasoning: true } },
	toRequest,
	createReader,
};

/** Reads the events of a stream, or a whole message. Skips unknown types of events, blocks and deltas. */
function createReader(fold: AnswerFold): (event: WireEvent) => void {
	return (event) => {
		const error = toReportedError(event);
		if (error) throw error;
		switch (event.type) {
			case "message_start":
				fold.usage(event.usage);
				return readMessage(toFields(event.message), fold);
			case "message":
				readMessage(event, fold);
				return fold.endMark();
			case "content_block_start":
				return readBlock(event.content_block, `call-${event.index}`, fold);
			case "content_block_delta":
				return readBlock(event.delta, `call-${event.index}`, fold);
			case "message_delta":
				fold.usage(event.usage);
				return fold.finish(toFields(event.delta).stop_reason ?? event.stop_reason);
			case "message_stop":
				fold.usage(event.usage ?? event["amazon-bedrock-invocationMetrics"]);
				return fold.endMark();
		}
	};
}

function readMessage(message: WireEvent, fold: AnswerFold): void {
	fold.requestId(message.id);
	fold.model(message.model);
	fold.usage(message.usage);
	for (const [index, block] of toList(message.content).entries()) readBlock(block, `call-${index}`, fold);
	fold.finish(message.stop_reason);
}

/** Reads a block or a delta of one. */
function readBlock(block: unknown, index: string, fold: AnswerFold): void {
	const { type, text, thinking, id, name, input, partial_json } = toFields(block);
	if (type === "tool_use") fold.toolCall(index, { id, name, input: toInput(input) });
	if (type === "input_json_delta") fold.toolCall(index, { input: partial_json });
	const isOf = (name: string) => type === name || type === `${name}_delta` || type === undefined;
	if (isOf("text") && typeof text === "string") fold.text(text);
	if (isOf("thinking") && typeof thinking === "string") fold.reasoning(thinking);
}

/** In a stream the input is empty at first and follows in deltas. */
const toInput = (input: unknown): unknown => (Object.keys(toFields(input)).length > 0 ? input : undefined);

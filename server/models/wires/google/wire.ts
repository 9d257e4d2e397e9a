import type { AnswerFold } from "../answer/answer-fold.ts";
import { toReportedError } from "../reported-error.ts";
import type { Wire, WireEvent } from "../wire.ts";
import { toFields, toList } from "../wire-value.ts";
import { toRequest } from "./request.ts";

/** Google's `generateContent`: https://ai.google.dev/api/generate-content */
export const googleGenerate: Wire = {
	// The prompt's count includes cached tokens, the candidates' count excludes thoughts, and counts of 0 are absent.
	fold: { usage: { inputIncludesCache: true, outputIncludesReasoning: false, omitsZero: true } },
	toRequest,
	createReader,
};

/** The words of the finish reasons that proxies of Google's protocol buffers send as numbers. */
const finishNumbers = [
	...["FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST"],
	...["PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL", "LANGUAGE", "IMAGE_SAFETY"],
];

/** Reads the responses of a stream, or a single one. Skips parts without text. Some proxies send its names in snake case. */
function createReader(fold: AnswerFold): (event: WireEvent) => void {
	let calls = 0;
	return (event) => {
		const error = toReportedError(event);
		if (error) throw error;
		fold.requestId(event.responseId ?? event.response_id);
		fold.model(event.modelVersion ?? event.model_version);
		fold.usage(event.usageMetadata ?? event.usage_metadata);
		const candidate = toFields(toList(event.candidates)[0]);
		const { parts } = toFields(candidate.content);
		for (const part of Array.isArray(parts) ? parts : [parts]) {
			const { text, thought, functionCall: call, function_call: functionCall = call } = toFields(part);
			if (functionCall !== undefined) {
				const { id, name, args } = toFields(functionCall);
				calls += 1;
				fold.toolCall(`call-${calls}`, { id, name, input: args });
			}
			if (typeof text !== "string") continue;
			if (thought === true) fold.reasoning(text);
			else fold.text(text);
		}
		const word = candidate.finishReason ?? candidate.finish_reason;
		fold.finish(typeof word === "number" ? finishNumbers[word] : word);
		const { blockReason: reason, block_reason: blockReason = reason } = toFields(
			event.promptFeedback ?? event.prompt_feedback,
		);
		if (typeof blockReason === "string" && blockReason !== "BLOCK_REASON_UNSPECIFIED") fold.finish("blocked");
	};
}

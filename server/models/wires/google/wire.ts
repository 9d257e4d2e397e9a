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

/** Reads the responses of a stream, or a single one. Skips parts without text. */
function createReader(fold: AnswerFold): (event: WireEvent) => void {
	let calls = 0;
	return (event) => {
		const error = toReportedError(event);
		if (error) throw error;
		fold.requestId(event.responseId);
		fold.model(event.modelVersion);
		fold.usage(event.usageMetadata);
		const candidate = toFields(toList(event.candidates)[0]);
		for (const part of toList(toFields(candidate.content).parts)) {
			const { text, thought, functionCall } = toFields(part);
			if (functionCall !== undefined) {
				const { id, name, args } = toFields(functionCall);
				calls += 1;
				fold.toolCall(`call-${calls}`, { id, name, input: args });
			}
			if (typeof text !== "string") continue;
			if (thought === true) fold.reasoning(text);
			else fold.text(text);
		}
		fold.finish(candidate.finishReason);
		const { blockReason } = toFields(event.promptFeedback);
		if (typeof blockReason === "string" && blockReason !== "BLOCK_REASON_UNSPECIFIED") fold.finish("blocked");
	};
}

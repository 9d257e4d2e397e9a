import type { TokenCount } from "../answers/answer-plan.ts";
import { type AnswerEnd, type FormatInput, toErrorBody, type WireFormat } from "./wire-format.ts";

const toWireUsage = (usage: TokenCount | null) =>
	usage && {
		prompt_tokens: usage.promptTokens,
		completion_tokens: usage.completionTokens,
		total_tokens: usage.promptTokens + usage.completionTokens,
		prompt_tokens_details: {
			cached_tokens: usage.cachedTokens,
			cache_write_tokens: usage.cacheWriteTokens,
			...(usage.cacheWrite1hTokens > 0 && { ephemeral_1h_input_tokens: usage.cacheWrite1hTokens }),
		},
		completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
	};

/** How Azure says that a filter was down: the answer comes all the same, unfiltered. */
const filterOutage = {
	error: { code: "content_filter_error", message: "The contents are not filtered" },
};

/** OpenAI's chat completions: https://platform.openai.com/docs/api-reference/chat */
export function createChatFormat({ id, createdAtSeconds, plan }: FormatInput): WireFormat {
	const base = { id, created: createdAtSeconds, model: plan.namedModel };
	const opening = JSON.stringify({ ...base, object: "chat.completion.chunk" }).slice(0, -1);
	const marker = plan.isUnfiltered ? `,"content_filter_results":${JSON.stringify(filterOutage)}` : "";
	const empty = `data: ${opening},"choices":[]}\n\n`;
	let deltas = 0;

	const before = `data: ${opening},"choices":[{"index":0,"delta":`;
	const after = (finishReason: string | null) =>
		`,"finish_reason":${JSON.stringify(finishReason)}${marker}}]}\n\n`;
	const goesOn = after(null);

	const chunk = (delta: string, ending: string) => (plan.isChoiceless ? empty : before + delta + ending);
	function delta(text: string): string {
		deltas += 1;
		const event = chunk(`{"content":${JSON.stringify(text)}}`, goesOn);
		return plan.hasEmptyChoices && deltas % 3 === 0 ? event + empty : event;
	}
	function tail(end: AnswerEnd): string {
		const finish = end.finishReason === null ? "" : chunk("{}", after(end.finishReason));
		const usage =
			end.usage === undefined
				? ""
				: `data: ${opening},"choices":[],"usage":${JSON.stringify(toWireUsage(end.usage))}}\n\n`;
		return finish + usage + "data: [DONE]\n\n".repeat(plan.doneMarks);
	}
	function whole(end: AnswerEnd) {
		const message = {
			role: "assistant",
			content: end.text,
			...(end.reasoning === "" ? {} : { reasoning_content: end.reasoning }),
		};
		const choice = {
			index: 0,
			message,
			...(end.finishReason === null ? {} : { finish_reason: end.finishReason }),
			...(plan.isUnfiltered ? { content_filter_results: filterOutage } : {}),
		};
		const choices = plan.isChoiceless || plan.hasEmptyChoices ? [] : [choice];
		const usage = end.usage === undefined ? {} : { usage: toWireUsage(end.usage) };
		return { ...base, object: "chat.completion", choices, ...usage };
	}
	return {
		head: () => (plan.hasEmptyChoices ? empty : "") + chunk('{"role":"assistant","content":""}', goesOn),
		delta,
		reasoning: (text) => chunk(`{"reasoning_content":${JSON.stringify(text)}}`, goesOn),
		tail,
		error: (error) => `data: ${JSON.stringify(toErrorBody(error))}\n\n`,
		whole,
	};
}

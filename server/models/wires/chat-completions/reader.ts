import type { AnswerFold } from "../answer/answer-fold.ts";
import { toFinishMeaning } from "../answer/finish-words.ts";
import { toReportedError } from "../reported-error.ts";
import type { WireEvent } from "../wire.ts";
import { toFields, toList } from "../wire-value.ts";
import { sayMessage, saysSomething } from "./content.ts";

/**
 * Reads the chunks of OpenAI's chat completions, or a whole completion, as OpenAI and all that imitate it send them:
 * https://platform.openai.com/docs/api-reference/chat-streaming
 */
export function createReader(fold: AnswerFold): (event: WireEvent) => void {
	const say = (kind: "text" | "reasoning", text: string) => fold[kind](text);
	let hasDelta = false;

	/** A chunk may have a delta, the whole message so far, or both. Once a delta had content, only deltas are read. */
	const readContent = (choice: WireEvent) => {
		const { delta } = choice;
		if (typeof delta === "string") return fold.text(delta);
		hasDelta ||= saysSomething(toFields(delta));
		const message = choice.message ?? toList(choice.messages).at(-1) ?? { content: choice.text };
		const said = toFields(hasDelta ? delta : message);
		sayMessage(said, say);
		readToolCalls(said, fold);
	};

	return (event) => {
		const choice = findChoice(event.choices);
		fold.requestId(event.id);
		fold.model(event.model);
		readUsage(event, choice, fold);
		if (toFields(choice.content_filter_results).error) fold.unfiltered();
		readContent(choice);
		const word = findFinishWord(choice) ?? findFinishWord(event);
		const error = toReportedError(event);
		const meaning = error ? toFinishMeaning(word) : null;
		if (error && (meaning === null || meaning === "error")) throw error;
		fold.finish(word);
	};
}

/** The first choice that is none of null; some servers send it alone instead of in a list. */
const findChoice = (choices: unknown): WireEvent =>
	toFields(Array.isArray(choices) ? choices.find((one) => typeof one === "object" && one !== null) : choices);

const findFinishWord = (fields: WireEvent): unknown =>
	fields.finish_reason ??
	fields.finishReason ??
	fields.stop_reason ??
	fields.stopReason ??
	fields.done_reason;

/** `tool_calls` by their index; `function_call` is the older form of a single call. */
function readToolCalls({ tool_calls, function_call }: WireEvent, fold: AnswerFold): void {
	for (const [place, value] of toList(tool_calls).entries()) {
		const { id, index, function: called } = toFields(value);
		const { name, arguments: input } = toFields(called);
		fold.toolCall(`call-${typeof index === "number" ? index : place}`, { id, name, input });
	}
	const { name, arguments: input } = toFields(function_call);
	if (name !== undefined || input !== undefined) fold.toolCall("call", { name, input });
}

/** Reads the usage also where gateways put it. */
function readUsage(event: WireEvent, choice: WireEvent, fold: AnswerFold): void {
	fold.usage(event.usage);
	for (const holder of [choice, choice.delta, choice.message]) fold.usage(toFields(holder).usage);
	for (const name of ["x_groq", "meta", "metadata", "message", "response"]) {
		const holder = event[name];
		if (holder !== undefined) fold.usage(toFields(holder).usage);
	}
	// Ollama counts beside the answer.
	if (event.eval_count !== undefined) fold.usage(event);
	fold.usage(event.usageMetadata ?? event.usage_metadata ?? event["amazon-bedrock-invocationMetrics"]);
}

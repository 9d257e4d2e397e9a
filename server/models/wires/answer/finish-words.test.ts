import { expect, it } from "vitest";
import { type FinishMeaning, toFinishMeaning } from "./finish-words.ts";

const table: Record<FinishMeaning, string[]> = {
	stop: [
		...[
			"stop",
			"STOP",
			"Stop",
			"eos",
			"eos_token",
			"EOS",
			"eot",
			"end_turn",
			"endTurn",
			"END_TURN",
			"stop_sequence",
		],
		...["stop_token", "stopped", "stop_str", "end", "end_of_text", "<|im_end|>", "<|endoftext|>", "complete"],
		...[
			"COMPLETE",
			"completed",
			"done",
			"finish",
			"finished",
			"success",
			"normal",
			"natural_end",
			"pause_turn",
		],
	],
	length: [
		...[
			"length",
			"LENGTH",
			"max_tokens",
			"MAX_TOKENS",
			"maxTokens",
			"max_length",
			"max_output_tokens",
			"token_limit",
		],
		...["max_completion_tokens", "model_length", "model_context_window_exceeded", "context_window_exceeded"],
		...["truncated", "incomplete", "limit", "context_length", "max_new_tokens"],
	],
	"content-filter": [
		...[
			"content_filter",
			"contentFilter",
			"CONTENT_FILTER",
			"content_filtered",
			"SAFETY",
			"sensitive",
			"refusal",
		],
		...[
			"PROHIBITED_CONTENT",
			"RECITATION",
			"BLOCKLIST",
			"SPII",
			"IMAGE_SAFETY",
			"guardrail_intervened",
			"blocked",
		],
		...[
			"ERROR_TOXIC",
			"moderation",
			"refused",
			"policy_violation",
			"risk_control",
			"LANGUAGE",
			"content_filter_error_stop",
		],
	],
	"tool-calls": ["tool_calls", "tool_use", "TOOL_CALL", "tool_call", "function_call", "functionCall"],
	error: [
		...[
			"error",
			"ERROR",
			"network_error",
			"insufficient_system_resource",
			"MALFORMED_FUNCTION_CALL",
			"aborted",
			"abort",
		],
		...[
			"cancelled",
			"timeout",
			"server_error",
			"failed",
			"interrupted",
			"ERROR_LIMIT",
			"UNEXPECTED_TOOL_CALL",
		],
	],
	other: ["OTHER", "weird", "flushed", "unknown"],
};

it.each(Object.entries(table).flatMap(([meaning, words]) => words.map((word) => [word, meaning])))(
	"%s is %s",
	(word, meaning) => expect(toFinishMeaning(word)).toBe(meaning),
);

it.each([null, undefined, "", " ", "null", "None", "FINISH_REASON_UNSPECIFIED", 0, {}, false])(
	"%j says that the answer goes on",
	(word) => expect(toFinishMeaning(word)).toBeNull(),
);

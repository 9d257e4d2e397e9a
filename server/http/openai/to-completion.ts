import type { ErrorCode } from "../../contract/errors.ts";
import type { TurnId } from "../../contract/ids.ts";
import type { Receipt, TurnEnd } from "../../contract/turn.ts";

/** What every piece of one answer says of it. */
export interface CompletionHead {
	readonly turnId: TurnId;
	/** The model that was asked for, until one has answered. */
	readonly modelId: string;
}

/** A turn that ended in a way for which OpenAI's API has an answer; the others are failures. */
export function isAnswer(end: Pick<TurnEnd, "status">): boolean {
	return ["complete", "stopped", "filtered_response"].includes(end.status);
}

/** The code of a turn that ended without an answer. */
export const toFailureCode = ({ status, code }: Pick<TurnEnd, "status" | "code">): ErrorCode =>
	code ?? (status === "expired_in_queue" ? "expired_in_queue" : "stream_interrupted");

/** A whole answer. */
export const toCompletion = (head: CompletionHead, text: string, end: TurnEnd) => ({
	...toCommon(head, "chat.completion"),
	choices: [
		{
			index: 0,
			message: { role: "assistant", content: text, refusal: null },
			logprobs: null,
			finish_reason: toFinishReason(end),
		},
	],
	usage: toUsage(end.receipt),
	x_parley: toExtras(head, end),
});

/** A piece of an answer. The last one has the reason of its end; `usage` follows in a piece without choices. */
export const toChunk = (
	head: CompletionHead,
	delta: { readonly role?: "assistant"; readonly content?: string },
	end?: TurnEnd,
) => ({
	...toCommon(head, "chat.completion.chunk"),
	choices: [{ index: 0, delta, logprobs: null, finish_reason: end ? toFinishReason(end) : null }],
	...(end && { x_parley: toExtras(head, end) }),
});

export const toUsageChunk = (head: CompletionHead, { receipt }: TurnEnd) => ({
	...toCommon(head, "chat.completion.chunk"),
	choices: [],
	usage: toUsage(receipt),
});

const toCommon = <Kind extends string>({ turnId, modelId }: CompletionHead, object: Kind) => ({
	id: `chatcmpl-${turnId.replaceAll("-", "")}`,
	object,
	created: toSeconds(turnId),
	model: modelId,
});

/** When the turn was accepted: its id begins with it (UUIDv7), so that a repeated call gets the same. */
const toSeconds = (turnId: TurnId): number =>
	Math.floor(Number.parseInt(turnId.replaceAll("-", "").slice(0, 12), 16) / 1_000);

function toFinishReason({ status, receipt }: TurnEnd): "stop" | "length" | "content_filter" {
	if (status === "filtered_response" || receipt.finishReason === "content-filter") return "content_filter";
	return receipt.finishReason === "length" ? "length" : "stop";
}

function toUsage({ usage }: Receipt) {
	const { inputTokens = 0, cachedInputTokens = 0, outputTokens = 0, reasoningTokens = 0 } = usage ?? {};
	return {
		prompt_tokens: inputTokens,
		completion_tokens: outputTokens,
		total_tokens: inputTokens + outputTokens,
		prompt_tokens_details: { cached_tokens: cachedInputTokens, audio_tokens: 0 },
		completion_tokens_details: {
			reasoning_tokens: reasoningTokens,
			audio_tokens: 0,
			accepted_prediction_tokens: 0,
			rejected_prediction_tokens: 0,
		},
	};
}

/** What Parley knows beyond OpenAI's shape. */
export const toExtras = ({ turnId }: CompletionHead, { status, receipt }: TurnEnd) => ({
	turn_id: turnId,
	status,
	model: receipt.modelId,
	cost_usd: receipt.costNanoUsd === null ? null : toUsd(receipt.costNanoUsd),
	usage_source: receipt.usage?.source ?? null,
	attempts: receipt.attempts,
});

/** Nano-dollars as US dollars, exact. */
export function toUsd(nanoUsd: string): string {
	const padded = nanoUsd.padStart(10, "0");
	return `${padded.slice(0, -9)}.${padded.slice(-9)}`;
}

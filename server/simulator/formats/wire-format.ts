import type { AnswerPlan, TokenCount, WireError } from "../answers/answer-plan.ts";

/** The end of an answer. A finish reason of null is left out; so is usage that is undefined. */
export interface AnswerEnd {
	readonly finishReason: AnswerPlan["finishReason"];
	readonly usage: TokenCount | null | undefined;
	readonly text: string;
	readonly reasoning: string;
}

/** How one API writes an answer: as server-sent events, and as one JSON body. */
export interface WireFormat {
	head(): string;
	delta(text: string): string;
	reasoning(text: string): string;
	tail(end: AnswerEnd): string;
	error(error: WireError): string;
	whole(end: AnswerEnd): unknown;
}

export interface FormatInput {
	readonly id: string;
	readonly createdAtSeconds: number;
	readonly plan: AnswerPlan;
}

/** The text of every reasoning token: one token of the published encodings as well. */
export const reasoningPiece = "so ";

/** The body of every refusal, in OpenAI's shape. */
export const toErrorBody = (error: WireError) => ({
	error: { message: error.message, type: error.type, param: null, code: error.code },
});

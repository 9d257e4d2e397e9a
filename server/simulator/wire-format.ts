import type { AnswerPlan, TokenCount, WireError } from "./answer-plan.ts";

/** What closes an answer. A reason of null is left out; usage undefined was not asked for or is withheld. */
export interface AnswerEnd {
	readonly finishReason: AnswerPlan["finishReason"];
	readonly usage: TokenCount | null | undefined;
	readonly text: string;
	readonly reasoning: string;
}

/** One provider's way to write an answer: as server-sent events, and as one JSON body. */
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

/** The words of a reasoning token; reasoning is never looked at, so that all are alike. */
export const reasoningPiece = "hmm, ";

/** The body of every refusal, in OpenAI's shape. */
export const toErrorBody = (error: WireError) => ({
	error: { message: error.message, type: error.type, param: null, code: error.code },
});

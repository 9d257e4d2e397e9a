import type { ChosenFault } from "../faults/choose-fault.ts";
import type { Recordings } from "../recordings/recordings.ts";
import type { Exchange } from "../requests/exchange.ts";
import type { SimOptions } from "../requests/options.ts";
import { type AnswerPlan, endlessBytesMax, monotonicUs, type Pieces } from "./answer-plan.ts";
import { splitPieces } from "./split-pieces.ts";
import { findTitled } from "./title-prompt.ts";

/** Turns an exchange into the plan of its answer. */
export interface AnswerPlanner {
	plan(exchange: Exchange, chosen: ChosenFault | null): AnswerPlan;
}

/** An answer that is not streamed is a title or something else that is short. */
const wholeTokens = 8;
const streamedTokens = 100;
const splitTextsMax = 2000;

const mark = (receivedUs: number | null) =>
	receivedUs === null
		? `~${monotonicUs().toString(36)}~ `
		: `~${monotonicUs().toString(36)}.${receivedUs.toString(36)}~ `;

/** Each mark says in base 36 when it was made; the first one also when the request came. */
const markPieces = (length: number, receivedUs: number): Pieces => ({
	length,
	at: (index) => mark(index === 0 ? receivedUs : null),
});

const cycle = (list: readonly string[], tokens: number | null): Pieces => ({
	length: list.length === 0 ? 0 : (tokens ?? list.length),
	at: (index) => list[index % list.length] ?? "",
});

export function createAnswerPlanner(recordings: Recordings): AnswerPlanner {
	const splitTexts = new Map<string, readonly string[]>();

	/** Cutting a text costs more than sending it, so the pieces of a text are kept. */
	function split(text: string, kind: SimOptions["pieces"]): readonly string[] {
		const key = `${kind}:${text}`;
		const known = splitTexts.get(key);
		if (known !== undefined) return known;
		if (splitTexts.size >= splitTextsMax) splitTexts.clear();
		const pieces = splitPieces(text, kind);
		splitTexts.set(key, pieces);
		return pieces;
	}

	function toPieces({ call, options, receivedUs }: Exchange): Pieces {
		if (findTitled(call.messages) !== null)
			return cycle(splitPieces(options.title ?? "", options.pieces), null);
		if (options.say !== null) return cycle(splitPieces(options.say, options.pieces), null);
		const tokens = options.tokens ?? (call.stream ? streamedTokens : wholeTokens);
		switch (options.text) {
			case "marks":
				return call.stream ? markPieces(tokens, receivedUs) : cycle(["word "], tokens);
			case "words":
				return cycle(["word "], tokens);
			case "md":
				return cycle(split(recordings.document, options.pieces), options.tokens);
			case "echo": {
				const last = call.messages.findLast(({ role }) => role === "user");
				return cycle(splitPieces(last?.text ?? "", options.pieces), options.tokens);
			}
			case "recorded":
				return cycle(split(recordings.answer(call.model, call.messages), options.pieces), options.tokens);
		}
	}

	function plan(exchange: Exchange, chosen: ChosenFault | null): AnswerPlan {
		const { call, options } = exchange;
		const pieces = toPieces(exchange);
		const tokensMax = call.maxTokens ?? Number.POSITIVE_INFINITY;
		const reasoningTokens = Math.min(options.reasoningTokens, tokensMax);
		const isCut = reasoningTokens + pieces.length > tokensMax;
		const unaltered: AnswerPlan = {
			pieces: isCut ? { ...pieces, length: tokensMax - reasoningTokens } : pieces,
			reasoningTokens,
			namedModel: call.model,
			finishReason: isCut ? "length" : "stop",
			ttftMs: options.ttftMs,
			gapMs: options.gapMs,
			hasEarlyHeaders: false,
			break: null,
			report: (counted) => counted,
			isBytewise: false,
			doneMarks: 1,
			hasEmptyChoices: false,
			isChoiceless: false,
			isUnfiltered: false,
			bytesMax: endlessBytesMax,
		};
		return chosen?.fault.alter?.(unaltered, chosen.call) ?? unaltered;
	}
	return { plan };
}

import type { TurnEvent } from "../contract/turn.ts";
import type { CallEvent, Ending } from "../resilience/index.ts";
import { type Draft, type DraftEvent, type DraftVerdict, makeDraft } from "./draft.ts";
import { mayMoveOn, type Situation } from "./next-choice.ts";
import type { Choice, Route } from "./route.ts";

export type AnswerEvent = CallEvent | DraftEvent | Extract<TurnEvent, { type: "route-choose" }>;

/** Which models are called, what for, and what hears what they say. */
export interface ChoiceCall<Model> {
	readonly purpose: "answer" | "draft";
	/** Called one after another until one has answered. */
	readonly chain: readonly Model[];
	emit(event: CallEvent): void;
	/** Whether the call has said some text, where that is not what the person sees. */
	readonly hasText?: () => boolean;
}

export interface AnswerWith<Model> {
	/** Shows an event to the person. */
	emit(event: AnswerEvent): void;
	callModels(call: ChoiceCall<Model>): Promise<Ending>;
	/** Whether a draft is shown; needed where a choice is one. */
	judge?(draft: Draft): Promise<DraftVerdict>;
	/** What is left for the turn after a choice. */
	toSituation(): Omit<Situation, "ending">;
}

/** A draft that is not shown leaves the turn to the next choice. */
const notGoodEnough = "not-good-enough";

/**
 * Answers with the choices of a route, one after another, until one has answered or none is left that may be called. A draft is an answer once
 * it was accepted; one that was not is never shown.
 */
export async function answer<Model extends { readonly id: string }>(
	{ requestedModel, choices, decision }: Route<Model>,
	using: AnswerWith<Model>,
): Promise<Ending> {
	const { emit, toSituation } = using;
	const rest: Choice<Model>[] = [...choices];
	let choice = choices[0];
	for (;;) {
		rest.shift();
		const { model, chain, reason, isDraft } = choice;
		const first = choice === choices[0] && decision ? decision : undefined;
		emit({
			type: "route-choose",
			requestedModel,
			modelId: model.id,
			reason,
			...(first && { decision: first }),
		});
		const ending = isDraft
			? await answerByDraft(model, using)
			: await using.callModels({ purpose: "answer", chain, emit });
		const [next] = rest;
		if (ending !== notGoodEnough) {
			if (!next || !mayMoveOn({ ending, ...toSituation() })) return ending;
		} else if (!next) throw new Error("A draft comes before a choice that is none.");
		choice = next;
	}
}

/** Whatever a small model's failure says of it, a strong one may answer; a filter's verdict and a stop are final. */
const isFailedDraft = ({ status, class: failureClass }: Ending): boolean =>
	failureClass !== undefined && (status === "failed" || status === "interrupted");

async function answerByDraft<Model extends { readonly id: string }>(
	model: Model,
	{ emit, callModels, judge }: AnswerWith<Model>,
): Promise<Ending | typeof notGoodEnough> {
	const { ending, draft } = await makeDraft(
		(hold, hasText) => callModels({ purpose: "draft", chain: [model], emit: hold, hasText }),
		emit,
	);
	if (isFailedDraft(ending)) return notGoodEnough;
	if (ending.status !== "complete" || !judge) return ending;
	const { isAccepted, faults } = await judge(draft);
	const { attempt, text } = draft;
	emit({ type: "draft-judge", attempt, modelId: model.id, isAccepted, faults: [...faults] });
	if (!isAccepted) return notGoodEnough;
	emit({ type: "text-delta", text });
	return ending;
}

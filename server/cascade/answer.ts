import type { TurnEvent } from "../contract/turn.ts";
import type { CallEvent, Ending } from "../resilience/index.ts";
import { mayMoveOn, type Situation } from "./next-choice.ts";
import type { Choice, Route } from "./route.ts";

export type AnswerEvent = CallEvent | Extract<TurnEvent, { type: "route-choose" }>;

export interface AnswerWith<Model> {
	/** Shows an event to the person. */
	emit(event: AnswerEvent): void;
	/** Calls the models of a chain until one has answered; what they say goes to `emit`. */
	callModels(chain: readonly Model[], emit: (event: CallEvent) => void): Promise<Ending>;
	/** What is left for the turn after a choice. */
	toSituation(): Omit<Situation, "ending">;
}

/** Answers with the choices of a route, one after another, until one has answered or none is left that may be called. */
export async function answer<Model extends { readonly id: string }>(
	{ requestedModel, choices }: Route<Model>,
	{ emit, callModels, toSituation }: AnswerWith<Model>,
): Promise<Ending> {
	const rest: Choice<Model>[] = [...choices];
	let { model, chain, reason } = choices[0];
	for (;;) {
		rest.shift();
		emit({ type: "route-choose", requestedModel, modelId: model.id, reason });
		const ending = await callModels(chain, emit);
		const [next] = rest;
		if (!next || !mayMoveOn({ ending, ...toSituation() })) return ending;
		({ model, chain, reason } = next);
	}
}

import type { TurnEvent } from "../contract/turn.ts";
import type { CallEvent, Ending } from "../resilience/index.ts";
import { mayMoveOn, type Situation } from "./next-choice.ts";
import type { Choice, Route } from "./route.ts";

export type AnswerEvent = CallEvent | Extract<TurnEvent, { type: "route-choose" }>;

/** Answers with the choices of a route, one after another, until one has answered or none is left that may be called. */
export async function* answer<Model extends { readonly id: string }>(
	{ requestedModel, choices }: Route<Model>,
	by: {
		callModels(chain: readonly Model[]): AsyncGenerator<CallEvent, Ending>;
		/** Where the turn stands after a choice. */
		toSituation(): Omit<Situation, "ending">;
	},
): AsyncGenerator<AnswerEvent, Ending> {
	const rest: Choice<Model>[] = [...choices];
	let { model, chain, reason } = choices[0];
	for (;;) {
		rest.shift();
		yield { type: "route-choose", requestedModel, modelId: model.id, reason };
		const ending = yield* by.callModels(chain);
		const [next] = rest;
		if (!next || !mayMoveOn({ ending, ...by.toSituation() })) return ending;
		({ model, chain, reason } = next);
	}
}

import * as cascade from "../cascade/index.ts";
import * as context from "../context/index.ts";
import { isAppError } from "../contract/errors.ts";
import type { ModelMessage } from "../contract/turn.ts";
import type { CatalogueModel, Models } from "../models/index.ts";
import { toFailure } from "../resilience/index.ts";
import type { AcceptedTurn, Priority, TurnOutcome } from "../turns/index.ts";
import { type AnswerRooms, answer, toContinued } from "./answer.ts";
import type { Attempt } from "./attempt.ts";
import { hasContent } from "./decide.ts";
import { toModelSpans, toReceiptFailure } from "./model-spans.ts";
import { type PauseRooms, watchPauses } from "./watch-pauses.ts";

/**
 * A person sees content or words within this time, whatever is tried meanwhile, and the end within that; a moment of each is for
 * telling. Nobody looks on in the background.
 */
const patience: Record<Priority, { readonly contentMs: number; readonly wholeMs: number }> = {
	people: { contentMs: 45_000, wholeMs: 298_000 },
	api: { contentMs: 45_000, wholeMs: 298_000 },
	background: { contentMs: 600_000, wholeMs: 900_000 },
};

/** What the corridor walks through, and where it puts what people may see. */
export interface TurnRooms extends AnswerRooms, PauseRooms {
	readonly models: Pick<Models, "find" | "default" | "list" | "open">;
	/** The end of the conversation that the turn answers, as far back as that many characters reach. */
	readBranch(turn: AcceptedTurn, charactersMax: number): Promise<readonly ModelMessage[]>;
}

/** The corridor: one turn from its accepted message to its outcome. Every failure is an outcome; nothing is thrown. */
export async function runTurn(turn: AcceptedTurn, rooms: TurnRooms): Promise<TurnOutcome> {
	// Not when this process took it over: whoever asked has waited since then.
	const startedAt = rooms.clock.elapsed() - turn.ageMs;
	const { contentMs, wholeMs } = patience[turn.priority];
	const attempts: Attempt[] = [];
	let ending: Attempt["ending"];
	try {
		const { requestedModel, reservation } = turn;
		const { open } = reservation;
		const { model, reason } = cascade.route(requestedModel, rooms.models, open);
		const isPaused = watchPauses(turn, model.id, rooms);
		const chain = cascade.toChain(model, rooms.models.list(), open);
		const messages = await readMessages(turn, chain, rooms);
		rooms.emit({ type: "route-choose", requestedModel, modelId: model.id, reason });
		const fitted = context.fit(messages, model);
		rooms.emit({
			type: "context-fit",
			inputTokens: fitted.inputTokens,
			contextWindow: model.contextWindow,
			omittedMessages: fitted.omittedMessages,
		});
		ending = await answer(
			{ turn, chain, messages, isPaused, expiresAt: startedAt + contentMs, endsAt: startedAt + wholeMs },
			attempts,
			rooms,
		);
	} catch (error) {
		// Before any model was called, or because storage gave way between two calls.
		const code = isAppError(error) ? error.code : "internal";
		ending = hasContent(attempts) ? toFailure("midstream") : { status: "failed", code };
	}
	const { clock } = rooms;
	return toOutcome(ending, attempts, { turn, durationMs: clock.elapsed() - startedAt, nowMs: clock.now() });
}

async function readMessages(
	turn: AcceptedTurn,
	chain: readonly CatalogueModel[],
	rooms: TurnRooms,
): Promise<readonly ModelMessage[]> {
	const contextWindow = Math.max(...chain.map((model) => model.contextWindow));
	const messages = await rooms.readBranch(turn, context.toCharactersMax(contextWindow));
	return toContinued(messages, turn.textBefore);
}

/** The receipt is about the last call; a turn without any has none to speak of. */
function toOutcome(
	ending: Attempt["ending"],
	attempts: readonly Attempt[],
	{ turn, durationMs, nowMs }: { turn: AcceptedTurn; durationMs: number; nowMs: number },
): TurnOutcome {
	const last = attempts.at(-1);
	const { modelId, usage, firstTokenMs, finishReason } = last?.call ?? {
		...{ modelId: null, usage: null, firstTokenMs: null, finishReason: null },
	};
	return {
		...ending,
		text: last?.text ?? turn.textBefore,
		calls: attempts.map(({ call }) => call),
		receipt: {
			...{ modelId, usage, firstTokenMs, finishReason },
			attempts: attempts.length,
			durationMs: Math.round(durationMs),
			...{ modelSpans: toModelSpans(attempts, turn.textBefore), failure: toReceiptFailure(ending, nowMs) },
		},
	};
}

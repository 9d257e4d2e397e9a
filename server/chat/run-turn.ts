import * as cascade from "../cascade/index.ts";
import * as context from "../context/index.ts";
import type { CallPurpose } from "../contract/turn.ts";
import type { CatalogueModel, Models } from "../models/index.ts";
import type { AnswerRequest, Ending, MadeCall } from "../resilience/index.ts";
import type { AcceptedTurn, RunningTurn, TurnOutcome } from "../turns/index.ts";
import type { Prices, TurnLedger } from "../usage/index.ts";
import { openJudge } from "./judge-draft.ts";
import { toFailedEnding, toOutcome } from "./outcome.ts";
import { routeTurn, toSaid, toSavedNanoUsd } from "./route-turn.ts";
import { openScreen } from "./show.ts";
import { startTime } from "./turn-time.ts";

/** What the corridor walks through, made for one turn. */
export interface TurnRooms {
	readonly running: RunningTurn;
	readonly models: Pick<Models, "find" | "default" | "list">;
	readonly clock: { now(): number; elapsed(): number };
	openLedger(): TurnLedger<MadeCall>;
	/** What the turn answers, oldest first. */
	readConversation(): Promise<context.Conversation>;
	/** The vectors of messages that are there; none when they cannot be read. */
	readVectors(messageIds: readonly string[]): Promise<context.MessageVectors>;
	/** How the site wants `auto` to choose; null: its default model answers. */
	readonly policy: cascade.PublishedPolicy | null;
	/** What a model's tokens cost; null where that is not known. */
	findPrices(modelId: string): Prices | null;
	/** Logs what the corridor did not expect. */
	logFailure(error: unknown): void;
	/** Calls models under queue, circuit breakers, deadlines and retries. */
	callModels(request: CorridorRequest): Promise<Ending>;
}

/** What the corridor asks of the models; the rest of an `AnswerRequest` follows from the turn. */
export type CorridorRequest = Pick<
	AnswerRequest,
	"purpose" | "chain" | "calls" | "fit" | "hasText" | "emit" | "expiresAt" | "endsAt"
> &
	/** Of this call, where it is less than what is held for the turn's answer. */
	Partial<Pick<AnswerRequest, "maxOutputTokens">>;

/** The corridor: one turn from its accepted message to its outcome. Every failure is an outcome; nothing is thrown. */
export async function runTurn(turn: AcceptedTurn, rooms: TurnRooms): Promise<TurnOutcome> {
	const time = startTime(turn, rooms.clock);
	const calls = rooms.openLedger();
	const screen = openScreen({ ...turn, emit: rooms.running.emit, elapsed: rooms.clock.elapsed });
	try {
		const stored = await rooms.readConversation();
		const route = routeTurn(turn, stored, rooms);
		const chains = route.choices.flatMap(({ chain }) => chain);
		const conversation = { ...stored, messages: await context.countFor(stored.messages, chains) };
		const toPriced = (model: CatalogueModel) => ({ ...model, prices: rooms.findPrices(model.id) });
		const relevance = await context.retrieve(
			conversation,
			route.choices.map(({ model }) => toPriced(model)),
			rooms.readVectors,
		);
		const toLimits = (purpose: CallPurpose) =>
			purpose === "draft"
				? { ...time.toDraftTime(), maxOutputTokens: rooms.policy?.policy.draftTokensMax }
				: time;
		const fit = async (model: CatalogueModel) => {
			const added = await context.toContinued(screen.text);
			return context.fit(conversation, toPriced(model), { relevance, added });
		};
		const ending = await cascade.answer(route, {
			emit: screen.show,
			callModels: ({ hasText = screen.hasText, ...call }) =>
				rooms.callModels({ ...call, ...toLimits(call.purpose), calls, fit, hasText }),
			judge: openJudge(turn, {
				route,
				request: toSaid(stored).at(-1) ?? "",
				rooms,
				calls,
				emit: screen.show,
			}),
			toSituation: () => time.toSituation(calls.made),
		});
		return toOutcome(ending, {
			time,
			screen,
			savedNanoUsd: toSavedNanoUsd(stored, route, { ...rooms, calls }),
		});
	} catch (error) {
		rooms.logFailure(error);
		return toOutcome(toFailedEnding(error, calls.made), { time, screen });
	}
}

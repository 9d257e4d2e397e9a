/**
 * The one fold of the event language: what the events of a turn, in order, say so far. The statement that closes a turn, the
 * sweep, a caller that waits for the whole answer and the browser all read events with it. Imports types only, so that it costs
 * the browser nothing more.
 */
import type { SentContext } from "./sent-context.ts";
import type { CallPurpose, ModelSpan, TurnEnd, TurnEvent, TurnProgress } from "./turn.ts";

/** One paid call of a model, as the log has it. */
export interface LoggedCall {
	/** Counts the calls of the turn from 1. */
	readonly attempt: number;
	readonly modelId: string;
	/** What it was made for; `answer` where the log does not say. */
	readonly purpose: CallPurpose;
	/** Tokens of what was sent, as fitted; null where the log does not say. */
	readonly inputTokens: number | null;
	/** What was sent of the conversation; null: all of it, or the log does not say. */
	readonly sentContext: SentContext | null;
	/** What it said as far as the log has it: the readers' text, or a draft's. */
	readonly delivered: string;
	/** The part of it that was reasoning. */
	readonly deliveredReasoning: string;
	/** How it ended; null while the log has no end of it. */
	readonly end: Extract<TurnEvent, { type: "attempt-end" }> | null;
	readonly start: Extract<TurnEvent, { type: "attempt-start" }>;
	/** The readers got what it said: of a draft only once it was accepted. */
	readonly isShown: boolean;
}

export interface TurnView extends TurnProgress {
	readonly end: TurnEnd | null;
}

export const emptyTurnView: TurnView = {
	text: "",
	reasoning: "",
	modelSpans: [],
	requestedModel: null,
	modelId: null,
	calledModelId: null,
	queue: null,
	isLoading: false,
	decision: null,
	draft: null,
	end: null,
};

export function foldEvent(view: TurnView, event: TurnEvent): TurnView {
	switch (event.type) {
		case "text-delta":
			return foldText(view, event.text);
		case "reasoning-delta":
			return { ...view, reasoning: view.reasoning + event.text, queue: null, isLoading: false };
		case "text-reset":
			return foldReset(view, event.text);
		case "queue-move":
			return { ...view, queue: { position: event.position, etaMs: event.etaMs } };
		case "route-choose":
			return foldChoice(view, event);
		case "draft-judge":
			return foldVerdict(view, event);
		case "attempt-start":
			if (event.purpose === "draft") return foldDraft(view, event.modelId);
			// The person reads answers alone: a judge or a summary changes nothing of what is shown.
			if ((event.purpose ?? "answer") !== "answer") return view;
			return { ...view, modelId: event.modelId, calledModelId: event.modelId, queue: null, isLoading: false };
		case "model-load":
			return { ...view, isLoading: true };
		case "turn-end":
			return { ...view, end: event };
		default:
			// Also types that a newer server may send.
			return view;
	}
}

type EventOf<Type extends TurnEvent["type"]> = Extract<TurnEvent, { type: Type }>;

const foldChoice = (
	view: TurnView,
	{ requestedModel, modelId, decision }: EventOf<"route-choose">,
): TurnView => ({
	...view,
	requestedModel,
	modelId,
	queue: null,
	decision: decision ?? view.decision,
});

const foldDraft = (view: TurnView, modelId: string): TurnView => ({
	...view,
	modelId,
	queue: null,
	isLoading: false,
	draft: { modelId, isAccepted: null, faults: [] },
});

/** The text of a draft that was accepted follows, and is the draft's model's. */
const foldVerdict = (view: TurnView, { modelId, isAccepted, faults }: EventOf<"draft-judge">): TurnView => ({
	...view,
	isLoading: false,
	draft: { modelId, isAccepted, faults },
	calledModelId: isAccepted ? modelId : view.calledModelId,
});

/** The first text of a call says where its stretch of the answer begins. */
function foldText(view: TurnView, added: string): TurnView {
	const { text, calledModelId, modelSpans } = view;
	if (added === "") return view;
	if (calledModelId === null) return { ...view, text: text + added };
	const span = { modelId: calledModelId, fromCharacter: text.length };
	return {
		...view,
		text: text + added,
		modelSpans: joinModelSpans(modelSpans, [span]),
		calledModelId: null,
		queue: null,
		isLoading: false,
	};
}

/** A span whose beginning lies in text that was replaced is gone. */
function foldReset(view: TurnView, text: string): TurnView {
	const isKept = ({ fromCharacter }: ModelSpan) =>
		fromCharacter <= text.length && view.text.slice(0, fromCharacter) === text.slice(0, fromCharacter);
	return { ...view, text, reasoning: "", modelSpans: view.modelSpans.filter(isKept) };
}

/** The spans of an answer with later ones, which replace those that begin after them; the same list when nothing changes. */
export function joinModelSpans(
	before: readonly ModelSpan[],
	later: readonly ModelSpan[],
): readonly ModelSpan[] {
	const [first] = later;
	if (!first) return before;
	const joined = [...before.filter(({ fromCharacter }) => fromCharacter < first.fromCharacter), ...later];
	const isSame = (span: ModelSpan, index: number) =>
		span.modelId === before[index]?.modelId && span.fromCharacter === before[index]?.fromCharacter;
	return joined.length === before.length && joined.every(isSame) ? before : joined;
}

export function foldEvents(events: Iterable<TurnEvent>): TurnView {
	let view = emptyTurnView;
	for (const event of events) view = foldEvent(view, event);
	return view;
}

/** Gathers the paid calls of a turn, in order, with what each of them delivered. */
export function createCallFold(): { push(event: TurnEvent): void; readonly calls: readonly LoggedCall[] } {
	const calls: { -readonly [Key in keyof LoggedCall]: LoggedCall[Key] }[] = [];
	let inputTokens: number | null = null;
	let sentContext: SentContext | null = null;
	return {
		calls,
		push(event) {
			if (event.type === "context-fit") {
				inputTokens = event.inputTokens;
				sentContext = event.sent ?? null;
			} else if (event.type === "attempt-start") {
				const { attempt, modelId, purpose = "answer" } = event;
				calls.push({
					attempt,
					modelId,
					purpose,
					inputTokens,
					sentContext,
					delivered: "",
					deliveredReasoning: "",
					end: null,
					start: event,
					isShown: false,
				});
			} else if (event.type === "attempt-end") {
				const ended = calls.find(({ attempt }) => attempt === event.attempt);
				if (ended) ended.end = event;
			} else if (event.type === "draft-delta") {
				const drafting = calls.findLast(({ purpose }) => purpose === "draft");
				if (drafting) drafting.delivered += event.text;
			} else if (event.type === "draft-judge") {
				const judged = calls.find(({ attempt }) => attempt === event.attempt);
				if (judged) judged.isShown = event.isAccepted;
			} else if (event.type === "text-delta" || event.type === "reasoning-delta") {
				const answering = calls.findLast(({ purpose }) => purpose === "answer");
				if (!answering) return;
				answering.isShown = true;
				answering.delivered += event.text;
				if (event.type === "reasoning-delta") answering.deliveredReasoning += event.text;
			}
		},
	};
}

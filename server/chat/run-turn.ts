import * as cascade from "../cascade/index.ts";
import type { Clock } from "../clock.ts";
import * as context from "../context/index.ts";
import { isAppError } from "../errors.ts";
import type { CatalogueModel, Models } from "../models/index.ts";
import * as resilience from "../resilience/index.ts";
import {
	type FinishReason,
	type ModelMessage,
	type ModelPart,
	type TokenUsage,
	type TurnEvent,
	toCallName,
} from "../turn.ts";
import { type CallRecord, type PriceBook, toBillableUsage } from "../usage/index.ts";
import type { AcceptedTurn } from "./accept-turn.ts";
import type { TurnOutcome } from "./close-turn.ts";
import { createSeam } from "./seam.ts";

/** Characters of one answer; an endless stream ends here. */
const answerCharactersMax = 1_000_000;

/** What a model is asked for when its answer goes on; every provider understands it, unlike an answer that is pre-filled. */
export const continuation =
	"Continue your answer exactly where it ends. Repeat nothing and add no introduction.";

/** Why a running turn was told to end. `lost`: another owner has it, so this process writes nothing more. */
export type EndRequest = "stop" | "drain" | "lost";

/** What the corridor walks through, and where it puts what people may see. */
export interface TurnRooms {
	readonly models: Pick<Models, "find" | "default" | "list" | "open">;
	readonly clock: Clock;
	/** The end of the conversation that the turn answers, as far back as that many characters reach. */
	readBranch(turn: AcceptedTurn, charactersMax: number): Promise<readonly ModelMessage[]>;
	/** The price in force now. */
	readonly findPrice: PriceBook["find"];
	emit(event: TurnEvent): void;
	/** Resolves when everything emitted is stored. */
	settle(): Promise<void>;
	/** Aborted with an `EndRequest` as its reason. */
	readonly signal: AbortSignal;
}

/** The corridor: one turn from its accepted message to its outcome. Every failure is an outcome; nothing is thrown. */
export async function runTurn(turn: AcceptedTurn, rooms: TurnRooms): Promise<TurnOutcome> {
	const startedAt = rooms.clock.elapsed();
	try {
		const { model, reason } = cascade.route(turn.requestedModel, rooms.models, turn.reservation.open);
		const messages = await readMessages(turn, model, rooms);
		rooms.emit({ type: "route-choose", modelId: model.id, reason });
		const fitted = context.fit(messages, model);
		rooms.emit({
			type: "context-fit",
			inputTokens: fitted.inputTokens,
			contextWindow: model.contextWindow,
			omittedMessages: fitted.omittedMessages,
		});
		const answer = await readAnswer(model, fitted, { ...rooms, ...turn });
		return toOutcome(answer, rooms.clock.elapsed() - startedAt);
	} catch (error) {
		return toRefusal(error, { text: turn.textBefore, durationMs: rooms.clock.elapsed() - startedAt });
	}
}

async function readMessages(
	turn: AcceptedTurn,
	{ contextWindow }: CatalogueModel,
	rooms: TurnRooms,
): Promise<readonly ModelMessage[]> {
	const messages = await rooms.readBranch(turn, context.toCharactersMax(contextWindow));
	if (turn.textBefore === "") return messages;
	return [...messages, { role: "assistant", text: turn.textBefore }, { role: "user", text: continuation }];
}

/** One attempt at an answer: what was read until it ended, well or not. */
interface Answer {
	readonly call: CallRecord;
	readonly text: string;
	readonly ending: Pick<TurnOutcome, "status" | "code">;
}

async function readAnswer(
	model: CatalogueModel,
	fitted: context.FittedContext,
	rooms: TurnRooms & Pick<AcceptedTurn, "turnId" | "textBefore" | "reservation">,
): Promise<Answer> {
	const { clock, signal } = rooms;
	const { id: modelId, providerId, providerModelId } = model;
	const price = rooms.findPrice(modelId);
	rooms.emit({ type: "attempt-start", attempt: 1, modelId });
	// A crash from here on may have cost money, so nobody sends this turn again; before, another instance takes it over.
	await rooms.settle();
	const startedAtMs = clock.now();
	const startedAt = clock.elapsed();
	const wasSent = !signal.aborted;
	const read: ReadSoFar = {
		text: rooms.textBefore,
		received: "",
		firstTokenMs: null,
		providerRequestId: null,
	};
	const finish: { finishReason: FinishReason | null; usage: TokenUsage | null } = {
		finishReason: null,
		usage: null,
	};
	let ending: Answer["ending"];
	try {
		const { messages } = fitted;
		const maxOutputTokens = Math.min(fitted.maxOutputTokens, rooms.reservation.maxOutputTokens);
		const open = resilience.withDeadlines(rooms.models.open, resilience.answerDeadlines(model));
		const name = toCallName(rooms.turnId, 1);
		const parts = open({ model, messages, maxOutputTokens, signal, name });
		Object.assign(finish, await readParts(parts, read, rooms));
		ending = toEnding(finish.finishReason, read.text);
	} catch (error) {
		ending = signal.aborted
			? toRequestedEnding(signal.reason)
			: resilience.classify(error, read.firstTokenMs !== null);
	}
	rooms.emit({ type: "attempt-end", attempt: 1, outcome: ending.status });
	const { text, received, ...measured } = read;
	const call = {
		...{ attempt: 1, modelId, providerId, providerModelId, price, startedAtMs, ...measured },
		outcome: ending.status,
		finishReason: finish.finishReason,
		usage: toBillableUsage(finish.usage) ?? toEstimate(fitted, { received, ending, wasSent }),
		isDelivered: received !== "",
		durationMs: Math.round(clock.elapsed() - startedAt),
	};
	return { call, text, ending };
}

/** What was read of an answer, also when its reading breaks off. */
interface ReadSoFar {
	/** The answer as the person has it. */
	text: string;
	/** Everything that the model said in this call, reasoning and repetitions included. */
	received: string;
	firstTokenMs: number | null;
	providerRequestId: string | null;
}

async function readParts(
	parts: AsyncIterable<ModelPart>,
	read: ReadSoFar,
	{ clock, emit, textBefore }: Pick<TurnRooms, "clock" | "emit"> & { readonly textBefore: string },
): Promise<{ finishReason: FinishReason | null; usage: TokenUsage | null }> {
	const startedAt = clock.elapsed();
	const seam = createSeam(textBefore);
	const say = (text: string) => {
		if (text === "") return;
		read.text += text;
		emit({ type: "text-delta", text });
	};
	for await (const part of parts) {
		if (part.type === "response-start") read.providerRequestId = part.providerRequestId;
		else if (part.type === "finish") {
			say(seam.end());
			return part;
		} else if (part.text !== "") {
			read.firstTokenMs ??= Math.round(clock.elapsed() - startedAt);
			read.received += part.text;
			if (part.type === "text-delta") say(seam.push(part.text));
			else emit(part);
			if (read.received.length > answerCharactersMax) break;
		}
	}
	return { finishReason: null, usage: null };
}

/** A stream that ended without saying why is an interrupted one, and an answer without a word is a failed one. */
function toEnding(finishReason: FinishReason | null, text: string): Answer["ending"] {
	switch (finishReason) {
		case "stop":
		case "length":
		case "tool-calls":
			return text === "" ? { status: "failed", code: "provider_unavailable" } : { status: "complete" };
		case "content-filter":
			return { status: "filtered_response", code: "content_filtered" };
		case "error":
		case "unknown":
		case null:
			return { status: "interrupted", code: "stream_interrupted" };
	}
}

function toRequestedEnding(request: EndRequest): Answer["ending"] {
	return request === "stop" ? { status: "stopped" } : { status: "interrupted", code: "stream_interrupted" };
}

/**
 * Providers send no usage for a call that was cut: what was sent and delivered is estimated, and marked so. A call that was
 * refused or filtered before a word of it came used nothing that anybody knows of, and one that was stopped before it was
 * sent used nothing at all.
 */
function toEstimate(
	fitted: context.FittedContext,
	{ received, ending, wasSent }: { received: string; ending: Answer["ending"]; wasSent: boolean },
): TokenUsage {
	const outputTokens = received === "" ? 0 : context.countTokens(received);
	const isRefused = received === "" && ending.status !== "stopped" && ending.code !== "timeout";
	return {
		inputTokens: isRefused || !wasSent ? 0 : fitted.inputTokens,
		cachedInputTokens: 0,
		outputTokens,
		reasoningTokens: 0,
		source: "estimate",
	};
}

function toOutcome({ call, text, ending }: Answer, durationMs: number): TurnOutcome {
	return {
		...{ status: ending.status, code: ending.code, text },
		calls: [call],
		receipt: {
			modelId: call.modelId,
			attempts: 1,
			usage: call.usage,
			firstTokenMs: call.firstTokenMs,
			durationMs: Math.round(durationMs),
			finishReason: call.finishReason,
		},
	};
}

/** A turn that ended before any model was called. */
function toRefusal(error: unknown, { text, durationMs }: { text: string; durationMs: number }): TurnOutcome {
	const receipt = {
		...{ modelId: null, attempts: 0, usage: null, firstTokenMs: null, finishReason: null },
		durationMs: Math.round(durationMs),
	};
	return {
		status: "failed",
		code: isAppError(error) ? error.code : "internal",
		text,
		calls: [],
		receipt,
	};
}

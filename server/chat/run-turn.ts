import * as cascade from "../cascade/index.ts";
import type { Clock } from "../clock.ts";
import * as context from "../context/index.ts";
import { isAppError } from "../errors.ts";
import type { CatalogueModel, Models } from "../models/index.ts";
import * as resilience from "../resilience/index.ts";
import type { FinishReason, ModelMessage, TokenUsage, TurnEvent } from "../turn.ts";
import type { AcceptedTurn } from "./accept-turn.ts";
import type { ModelCallRecord, TurnOutcome } from "./close-turn.ts";

/** Characters of one answer; an endless stream ends here. */
const answerCharactersMax = 1_000_000;

/** Why a running turn was told to end. `lost`: another owner has it, so this process writes nothing more. */
export type EndRequest = "stop" | "drain" | "lost";

/** What the corridor walks through, and where it puts what people may see. */
export interface TurnRooms {
	readonly models: Pick<Models, "find" | "default" | "open">;
	readonly clock: Clock;
	readBranch(turn: AcceptedTurn): Promise<readonly ModelMessage[]>;
	emit(event: TurnEvent): void;
	/** Aborted with an `EndRequest` as its reason. */
	readonly signal: AbortSignal;
}

/** The corridor: one turn from its accepted message to its outcome. Every failure is an outcome; nothing is thrown. */
export async function runTurn(turn: AcceptedTurn, rooms: TurnRooms): Promise<TurnOutcome> {
	const startedAt = rooms.clock.elapsed();
	try {
		const messages = await rooms.readBranch(turn);
		const { model, reason } = cascade.route(turn.requestedModel, rooms.models);
		rooms.emit({ type: "route-choose", modelId: model.id, reason });
		const fitted = context.fit(messages, model);
		rooms.emit({
			type: "context-fit",
			inputTokens: fitted.inputTokens,
			contextWindow: model.contextWindow,
			omittedMessages: fitted.omittedMessages,
		});
		return toOutcome(await readAnswer(model, fitted, rooms), rooms.clock.elapsed() - startedAt);
	} catch (error) {
		return toRefusal(error, rooms.clock.elapsed() - startedAt);
	}
}

/** One attempt at an answer: what was read until it ended, well or not. */
interface Answer {
	readonly call: ModelCallRecord;
	readonly text: string;
	readonly ending: Pick<TurnOutcome, "status" | "code">;
}

async function readAnswer(
	model: CatalogueModel,
	fitted: context.FittedContext,
	rooms: TurnRooms,
): Promise<Answer> {
	const { clock, emit, signal } = rooms;
	const startedAtMs = clock.now();
	const startedAt = clock.elapsed();
	const open = resilience.withDeadlines(rooms.models.open, resilience.answerDeadlines(model));
	let text = "";
	let reasoning = "";
	let firstTokenMs: number | null = null;
	let providerRequestId: string | null = null;
	let finishReason: FinishReason | null = null;
	let usage: TokenUsage | null = null;
	let ending: Answer["ending"];
	emit({ type: "attempt-start", attempt: 1, modelId: model.id });
	try {
		const { messages, maxOutputTokens } = fitted;
		for await (const part of open({ model, messages, maxOutputTokens, signal })) {
			if (part.type === "response-start") providerRequestId = part.providerRequestId;
			else if (part.type === "finish") ({ finishReason, usage } = part);
			else {
				if (part.text === "") continue;
				firstTokenMs ??= Math.round(clock.elapsed() - startedAt);
				if (part.type === "text-delta") text += part.text;
				else reasoning += part.text;
				emit(part);
				if (text.length + reasoning.length > answerCharactersMax) break;
			}
		}
		ending = toEnding(finishReason, text);
	} catch (error) {
		ending = signal.aborted
			? toRequestedEnding(signal.reason)
			: resilience.classify(error, firstTokenMs !== null);
	}
	emit({ type: "attempt-end", attempt: 1, outcome: ending.status });
	const { id: modelId, providerId, providerModelId, prices } = model;
	const call = {
		...{
			attempt: 1,
			modelId,
			providerId,
			providerModelId,
			providerRequestId,
			prices,
			startedAtMs,
			firstTokenMs,
		},
		outcome: ending.status,
		finishReason,
		usage: usage ?? toEstimate(fitted, text + reasoning),
		durationMs: Math.round(clock.elapsed() - startedAt),
	};
	return { call, text, ending };
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

/** Providers send no usage for a call that was cut: what was sent and delivered is estimated, and marked so. */
function toEstimate(fitted: context.FittedContext, delivered: string): TokenUsage {
	const outputTokens = delivered === "" ? 0 : context.countTokens(delivered);
	return {
		inputTokens: fitted.inputTokens,
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
			costNanoUsd: null,
		},
	};
}

/** A turn that ended before any model was called. */
function toRefusal(error: unknown, durationMs: number): TurnOutcome {
	const receipt = {
		...{ modelId: null, attempts: 0, usage: null, firstTokenMs: null, finishReason: null, costNanoUsd: null },
		durationMs: Math.round(durationMs),
	};
	return {
		status: "failed",
		code: isAppError(error) ? error.code : "internal",
		text: "",
		calls: [],
		receipt,
	};
}

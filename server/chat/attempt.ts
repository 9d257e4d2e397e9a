import * as context from "../context/index.ts";
import type { FinishReason, ModelPart, TokenUsage } from "../contract/turn.ts";
import type { Clock } from "../kernel/clock.ts";
import { type CatalogueModel, type Models, toOtherModelId } from "../models/index.ts";
import * as resilience from "../resilience/index.ts";
import type { EndRequest, RunningTurn, TurnOutcome } from "../turns/index.ts";
import { type CallRecord, type PriceBook, toBillableUsage } from "../usage/index.ts";
import { createOverlapTrimmer } from "./overlap-trimmer.ts";

/** Characters of one answer; an endless stream ends here. */
const answerCharactersMax = 1_000_000;

export interface AttemptRooms extends RunningTurn {
	readonly models: Pick<Models, "open">;
	readonly clock: Clock;
	readonly findPrice: PriceBook["find"];
}

/** One call of a model, decided. */
export interface PlannedAttempt {
	/** Counts the calls of the turn from 1. */
	readonly number: number;
	/** Told to the provider. */
	readonly name: string;
	readonly model: CatalogueModel;
	readonly fitted: context.FittedContext;
	readonly maxOutputTokens: number;
	readonly deadlines: resilience.Deadlines;
	/** What the person has of the answer already. */
	readonly textBefore: string;
	/** Left when the call has ended. */
	readonly permit: resilience.CallPermit;
}

/** What was read of one call until it ended, well or not. */
export interface Attempt {
	readonly call: CallRecord;
	/** The whole answer as the person has it now. */
	readonly text: string;
	readonly ending: Pick<TurnOutcome, "status" | "code"> &
		Partial<Pick<resilience.Failure, "class" | "retryAfterMs">>;
	/** Null when the answer is complete, or its end was asked for. */
	readonly failure: resilience.Failure | null;
}

/** Calls a model once and shows what it says. Nothing is thrown but what storage throws before the call. */
export async function readAttempt(planned: PlannedAttempt, rooms: AttemptRooms): Promise<Attempt> {
	const { clock, signal } = rooms;
	const { number: attempt, model, fitted, textBefore, permit } = planned;
	const { id: modelId, providerId, providerModelId } = model;
	const price = rooms.findPrice(modelId);
	rooms.emit({ type: "attempt-start", attempt, modelId });
	// A crash from here on may have cost money, so nobody sends this turn again; before, another instance takes it over.
	await rooms.settle();
	const startedAtMs = clock.now();
	const startedAt = clock.elapsed();
	const wasSent = !signal.aborted;
	const read: ReadSoFar = { text: textBefore, received: "", firstTokenMs: null, providerRequestId: null };
	const finish: Finish = { finishReason: null, usage: null };
	const failure = await readAnswer(planned, { rooms, read, finish });
	const ending = signal.aborted ? toRequestedEnding(signal.reason) : (failure ?? toComplete(finish));
	rooms.emit({ type: "attempt-end", attempt, outcome: ending.status });
	const { text, received, ...measured } = read;
	const call = {
		...{ attempt, modelId, providerId, providerModelId, price, startedAtMs, ...measured },
		outcome: ending.status,
		finishReason: finish.finishReason,
		otherModelId: toOtherModelId(providerModelId, finish.reportedModelId),
		usage: toBillableUsage(finish.usage) ?? toEstimate(fitted, { received, ending, wasSent }),
		isDelivered: received !== "",
		durationMs: Math.round(clock.elapsed() - startedAt),
	};
	const { inputTokens, outputTokens } = call.usage;
	const told = signal.aborted ? null : failure;
	// An end that we set is as one that was asked for.
	permit.release({ failure: isHurried(planned, call) ? null : told, tokens: inputTokens + outputTokens });
	return { call, text, ending, failure: told };
}

/** A timer may come so much early. */
const timerMs = 10;

/** Whether what ended the call was the turn's time, shorter than the model's own: that says nothing about its provider. */
function isHurried(
	{ deadlines, model }: PlannedAttempt,
	{ firstTokenMs, durationMs }: Pick<CallRecord, "firstTokenMs" | "durationMs">,
): boolean {
	const deadline = firstTokenMs === null ? "firstContentMs" : "wholeMs";
	const ms = deadlines[deadline];
	return ms < resilience.answerDeadlines(model)[deadline] && durationMs >= ms - timerMs;
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

interface Finish {
	finishReason: FinishReason | null;
	usage: TokenUsage | null;
	reportedModelId?: string;
	isUnfiltered?: boolean;
}

/** An answer that no filter has judged is whole, and says so. */
const toComplete = ({ isUnfiltered }: Finish): Attempt["ending"] => ({
	status: "complete",
	...(isUnfiltered && { class: "filter_outage" }),
});

/** Reads into `read` and `finish` until the call ends; null for a complete answer. */
async function readAnswer(
	{ name, model, fitted, maxOutputTokens, deadlines, permit }: PlannedAttempt,
	{ rooms, read, finish }: { rooms: AttemptRooms; read: ReadSoFar; finish: Finish },
): Promise<resilience.Failure | null> {
	try {
		const { messages } = fitted;
		const open = resilience.withDeadlines(rooms.models.open, deadlines);
		const parts = open({ model, messages, maxOutputTokens, signal: rooms.signal, name });
		Object.assign(finish, await readParts(parts, read, { ...rooms, permit }));
		return toFailure(finish.finishReason, read);
	} catch (error) {
		return resilience.classify(error, read.firstTokenMs !== null, rooms.clock.now());
	}
}

async function readParts(
	parts: AsyncIterable<ModelPart>,
	read: ReadSoFar,
	{ clock, emit, permit }: Pick<AttemptRooms, "clock" | "emit"> & Pick<PlannedAttempt, "permit">,
): Promise<Finish> {
	const startedAt = clock.elapsed();
	const trimmer = createOverlapTrimmer(read.text);
	const say = (text: string) => {
		if (text === "") return;
		read.text += text;
		emit({ type: "text-delta", text });
	};
	for await (const part of parts) {
		if (part.type === "response-start") {
			read.providerRequestId = part.providerRequestId;
			permit.noteHeaders(part.rateHeaders);
		} else if (part.type === "finish") {
			say(trimmer.end());
			return part;
		} else if (part.text !== "") {
			permit.noteContent();
			read.firstTokenMs ??= Math.round(clock.elapsed() - startedAt);
			read.received += part.text;
			if (part.type === "text-delta") say(trimmer.push(part.text));
			else emit(part);
			if (read.received.length > answerCharactersMax) break;
		}
	}
	return { finishReason: null, usage: null };
}

/**
 * A stream that ended without saying why is a broken one, and an answer without a word is a failed one, unless its length went
 * on thinking.
 */
function toFailure(
	finishReason: FinishReason | null,
	{ text, received }: ReadSoFar,
): resilience.Failure | null {
	switch (finishReason) {
		case "length":
			return text === "" && received === "" ? resilience.toFailure("empty_answer") : null;
		case "stop":
		case "tool-calls":
			return text === "" ? resilience.toFailure("empty_answer") : null;
		case "content-filter":
			return resilience.toFailure("filtered_response");
		case "error":
		case "unknown":
		case null:
			return resilience.toFailure(received === "" ? "error_before_content" : "midstream");
	}
}

export function toRequestedEnding(request: EndRequest): Attempt["ending"] {
	return request === "stop" ? { status: "stopped" } : { status: "interrupted", code: "stream_interrupted" };
}

/**
 * Providers send no usage for a call that was cut: what was sent and delivered is estimated, and marked so. A call that was
 * refused or filtered before a word of it came used nothing that anybody knows of, and one that was stopped before it was
 * sent used nothing at all.
 */
function toEstimate(
	fitted: context.FittedContext,
	{ received, ending, wasSent }: { received: string; ending: Attempt["ending"]; wasSent: boolean },
): TokenUsage {
	const outputTokens = received === "" ? 0 : context.countTokens(received);
	const isRefused = received === "" && ending.status !== "stopped" && ending.code !== "timeout";
	return {
		inputTokens: isRefused || !wasSent ? 0 : fitted.inputTokens,
		cachedInputTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens,
		reasoningTokens: 0,
		source: "estimate",
	};
}

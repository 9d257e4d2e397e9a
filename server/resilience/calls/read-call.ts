import type { FinishReason, ModelPart } from "../../contract/model-message.ts";
import type { TokenUsage } from "../../contract/turn.ts";
import { type CatalogueModel, toOtherModelId } from "../../models/index.ts";
import { answerDeadlines, type Deadlines, extendForLoad } from "../deadlines/deadlines.ts";
import { withDeadlines } from "../deadlines/with-deadlines.ts";
import { classify, type Failure, toFailure } from "../failures/classify.ts";
import type { CallRooms } from "./call-models.ts";
import type { PlannedCall } from "./try-model.ts";
import type { AnswerRequest, Ending } from "./types.ts";

/** Characters of one answer; an endless stream ends here. */
const answerCharactersMax = 1_000_000;
/** A timer may come so much early. */
const timerMs = 10;

interface ReadCall {
	readonly ending: Ending;
	readonly failure: Failure | null;
	readonly usage: TokenUsage;
	readonly hasContent: boolean;
	readonly reportedModelId: string | null;
}

/** What was read of a call, also when its reading breaks off. */
interface ReadSoFar {
	/** Everything that the model said, reasoning and repetitions included. */
	received: string;
	/** The part of it that was reasoning. */
	reasoning: string;
	firstTokenMs: number | null;
	providerRequestId: string | null;
	finish: Extract<ModelPart, { type: "finish" }> | null;
}

/** Calls a model once and emits what it says, between the events of the call's start and end. */
export async function readCall(
	request: AnswerRequest,
	planned: PlannedCall,
	rooms: CallRooms,
): Promise<ReadCall> {
	const { signal, purpose, emit } = request;
	const { attempt, model, prompt, permit } = planned;
	const { inputTokens, omittedMessages, sent } = prompt;
	const { clock } = rooms;
	const { contextWindow } = model;
	emit({ type: "context-fit", inputTokens, contextWindow, omittedMessages, ...(sent && { sent }) });
	const startedAt = new Date(clock.now()).toISOString();
	emit({ type: "attempt-start", attempt, modelId: model.id, purpose, startedAt });
	await request.beforeCall({ attempt, modelId: model.id });
	const startedMs = clock.elapsed();
	const deadlines = toDeadlines(request, model, startedMs);
	const wasSent = !signal.aborted;
	const read: ReadSoFar = {
		received: "",
		reasoning: "",
		firstTokenMs: null,
		providerRequestId: null,
		finish: null,
	};
	const failure = await readParts(request, planned, { rooms, read, startedMs, deadlines });
	const ending = signal.aborted ? request.toRequestedEnding(signal.reason) : (failure ?? toComplete(read));
	const { received, reasoning, finish, firstTokenMs, providerRequestId } = read;
	const durationMs = Math.round(clock.elapsed() - startedMs);
	const usage = await rooms.toUsage({
		reported: finish?.usage ?? null,
		model,
		sent: prompt.messages,
		received,
		reasoning,
		outcome: ending,
		wasSent,
	});
	const reportedModelId = finish?.reportedModelId ?? null;
	emit({
		type: "attempt-end",
		attempt,
		outcome: ending.status,
		usage,
		finishReason: finish?.finishReason ?? null,
		firstTokenMs,
		durationMs,
		providerRequestId,
		otherModelId: toOtherModelId(model.providerModelId, reportedModelId ?? undefined),
		reportedCostNanoUsd: finish?.reportedCostNanoUsd?.toString(),
	});
	const own = signal.aborted ? null : failure;
	// An end that this process has set says nothing about the provider.
	const blamed = isHurried(model, deadlines, { firstTokenMs, durationMs }) ? null : own;
	permit.release({ failure: blamed, tokens: usage.inputTokens + usage.outputTokens });
	return { ending, failure: own, usage, hasContent: received !== "", reportedModelId };
}

/** The deadlines of a call that begins now: the model's own, as far as the turn's time reaches. */
function toDeadlines(request: AnswerRequest, model: CatalogueModel, nowMs: number): Deadlines {
	const own = answerDeadlines(model);
	const { expiresAt, endsAt } = extendForLoad(model, request, nowMs);
	const cut = (ms: number, dueAt: number) => Math.max(1, Math.min(ms, dueAt - nowMs));
	return { ...own, firstContentMs: cut(own.firstContentMs, expiresAt), wholeMs: cut(own.wholeMs, endsAt) };
}

/** Emits what is said until the call ends; returns null for a complete answer. */
async function readParts(
	request: AnswerRequest,
	{ attempt, model, prompt, maxOutputTokens, permit }: PlannedCall,
	by: {
		readonly rooms: CallRooms;
		readonly read: ReadSoFar;
		readonly startedMs: number;
		readonly deadlines: Deadlines;
	},
): Promise<Failure | null> {
	const { rooms, read, startedMs, deadlines } = by;
	const { clock } = rooms;
	const open = withDeadlines(rooms.models.open, deadlines);
	const name = request.toName(attempt);
	const { messages, cacheWish } = prompt;
	const { signal, cacheKey } = request;
	try {
		const call = { model, messages, maxOutputTokens, signal, name, cacheKey, cacheWish };
		for await (const part of open(call)) {
			if (part.type === "response-start") {
				read.providerRequestId = part.providerRequestId;
				permit.noteHeaders(part.rateHeaders);
			} else if (part.type === "model-load") request.emit({ type: "model-load", modelId: model.id });
			else if (part.type === "finish") read.finish = part;
			else if (part.type !== "tool-call" && part.text !== "") {
				permit.noteContent();
				read.firstTokenMs ??= Math.round(clock.elapsed() - startedMs);
				read.received += part.text;
				if (part.type === "reasoning-delta") read.reasoning += part.text;
				request.emit(part);
				if (read.received.length > answerCharactersMax) break;
			}
			if (read.finish) break;
		}
		return toAnswerFailure(read.finish?.finishReason ?? null, {
			received: read.received,
			hasText: request.hasText(),
		});
	} catch (error) {
		return classify(error, read.firstTokenMs !== null, clock.now());
	}
}

/** An answer that no filter has judged is whole, and says so. */
const toComplete = ({ finish }: ReadSoFar): Ending => ({
	status: "complete",
	...(finish?.isUnfiltered && { class: "filter_outage" }),
});

/**
 * A stream that ended without saying why is a broken one, and an answer without a word is a failed one, unless its length went
 * on thinking.
 */
function toAnswerFailure(
	finishReason: FinishReason | null,
	{ hasText, received }: { hasText: boolean; received: string },
): Failure | null {
	switch (finishReason) {
		case "length":
			return received === "" ? toFailure("empty_answer") : null;
		case "stop":
		case "tool-calls":
			return hasText ? null : toFailure("empty_answer");
		case "content-filter":
			return toFailure("filtered_response");
		case "error":
		case "unknown":
		case null:
			return toFailure(received === "" ? "error_before_content" : "midstream");
	}
}

/** Whether what ended the call was the turn's time, shorter than the model's own: that says nothing about its provider. */
function isHurried(
	model: CatalogueModel,
	deadlines: Deadlines,
	{ firstTokenMs, durationMs }: { firstTokenMs: number | null; durationMs: number },
): boolean {
	const deadline = firstTokenMs === null ? "firstContentMs" : "wholeMs";
	const ms = deadlines[deadline];
	return ms < answerDeadlines(model)[deadline] && durationMs >= ms - timerMs;
}

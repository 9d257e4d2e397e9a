import { isAppError } from "../../contract/errors.ts";
import { type CatalogueModel, findMissingAbilities, toOtherModelId } from "../../models/index.ts";
import type { CallPermit } from "../call-permits.ts";
import { type Failure, toFailure } from "../failures/classify.ts";
import { callMsMin } from "../next-step.ts";
import type { CallRooms, TriedModel } from "./call-models.ts";
import { wasCalled } from "./decide-next.ts";
import { readCall } from "./read-call.ts";
import type { AnswerRequest, FittedPrompt } from "./types.ts";

/** A call that was decided. */
export interface PlannedCall {
	/** Counts the calls of the turn from 1. */
	readonly attempt: number;
	readonly model: CatalogueModel;
	readonly prompt: FittedPrompt;
	readonly maxOutputTokens: number;
	readonly permit: CallPermit;
}

const toUnsent = (failure: Failure): TriedModel => ({ ending: failure, failure, wasSent: false });

/** Waits for a permit to call the model, then calls it. Null when the turn's limits have no room for the call. */
export async function tryModel(
	request: AnswerRequest,
	model: CatalogueModel,
	rooms: CallRooms,
): Promise<TriedModel | null> {
	const prompt = await fitPrompt(request, model);
	if (!prompt) return toUnsent(toFailure("context_length"));
	if (findMissingAbilities(model, prompt.messages).length > 0)
		return toUnsent(toFailure("unsupported_content"));
	const { calls, purpose } = request;
	const maxOutputTokens = Math.min(prompt.maxOutputTokens, request.maxOutputTokens);
	const cost = { modelId: model.id, inputTokens: prompt.inputTokens, outputTokens: maxOutputTokens };
	if (!(await calls.cover(cost))) return null;
	if (await request.isSpendingPaused(model.id)) return toUnsent(toFailure("spending_paused"));
	const permit = await acquire(request, model, { tokens: prompt.inputTokens + maxOutputTokens, rooms });
	if ("ending" in permit) return permit;
	try {
		// The turn may have stood in the queue for minutes.
		if (await request.isSpendingPaused(model.id)) return toUnsent(toFailure("spending_paused"));
		if (!wasCalled(model, calls.made)) rooms.retryBudget.countRequest(model.providerId);
		const planned: PlannedCall = {
			attempt: calls.made.length + 1,
			model,
			prompt,
			maxOutputTokens,
			permit,
		};
		const read = await readCall(request, planned, rooms);
		calls.record({
			attempt: planned.attempt,
			purpose,
			model,
			usage: read.usage,
			hasContent: read.hasContent,
		});
		logOutcome(request, model, { ...read, rooms });
		return { ending: read.ending, failure: read.failure, wasSent: true };
	} finally {
		// Released before, unless nothing was called.
		permit.release({ failure: null, tokens: 0 });
	}
}

/** Null when the conversation does not fit the model's window. */
export async function fitPrompt(request: AnswerRequest, model: CatalogueModel): Promise<FittedPrompt | null> {
	try {
		return await request.fit(model);
	} catch (error) {
		if (isAppError(error) && error.code === "context_too_long") return null;
		throw error;
	}
}

/** Waits for a permit, and emits the turn's places in the queue meanwhile. */
async function acquire(
	request: AnswerRequest,
	model: CatalogueModel,
	{ tokens, rooms }: { tokens: number; rooms: CallRooms },
): Promise<CallPermit | TriedModel> {
	const { userId, priority, signal, calls, expiresAt } = request;
	const isFirstCall = calls.made.length === 0;
	try {
		const permit = await rooms.permits.acquire({
			model,
			tokens,
			signal,
			userId,
			priority,
			expiresAtMs: expiresAt - callMsMin,
			onMove(move) {
				if (isFirstCall) request.onQueue();
				request.emit({ type: "queue-move", ...move });
			},
		});
		return "class" in permit ? toUnsent(permit) : permit;
	} catch (error) {
		if (!signal.aborted) throw error;
		return { ending: request.toRequestedEnding(signal.reason), failure: null, wasSent: false };
	}
}

function logOutcome(
	{ turnId, purpose }: AnswerRequest,
	model: CatalogueModel,
	call: {
		readonly ending: TriedModel["ending"];
		readonly reportedModelId: string | null;
		readonly rooms: CallRooms;
	},
): void {
	const { logger } = call.rooms;
	const { id: modelId, providerId, providerModelId } = model;
	const failureClass = call.ending.class;
	const details = { turnId, purpose, modelId, providerId, class: failureClass };
	if (failureClass === "auth" || failureClass === "no_credit")
		logger.error(
			{ event: "model.key_refused", ...details },
			"A provider refuses the key: its models do not answer until the key is repaired.",
		);
	else if (failureClass) logger.info({ event: "model.call_failed", ...details }, "A model call failed.");
	const otherModelId = toOtherModelId(providerModelId, call.reportedModelId ?? undefined);
	if (otherModelId !== null)
		logger.info(
			{ event: "model.other_answered", ...details, otherModelId },
			"A provider says that another model answered than the one that was called.",
		);
}

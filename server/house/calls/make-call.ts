import type { Sql } from "postgres";
import { countMessageTokens, toModelTokens } from "../../context/index.ts";
import { AppError } from "../../contract/errors.ts";
import type { UserId } from "../../contract/ids.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { CallPurpose } from "../../contract/turn.ts";
import type { CatalogueModel } from "../../models/index.ts";
import { isSpendingPaused } from "../../quota/index.ts";
import {
	type CallEvent,
	type CallRooms,
	callModels,
	type Ending,
	type MadeCall,
} from "../../resilience/index.ts";
import {
	countSentTokens,
	inputMargin,
	type PriceBook,
	toCallUsage,
	toCostNanoUsdMax,
} from "../../usage/index.ts";
import type { Lease, RecordedCall } from "./book-call.ts";
import type { CallKeeper } from "./call-keeper.ts";
import { type AttemptEnd, openCallRecords } from "./call-records.ts";

/** What calls of the server's own need of the process. */
export interface HouseCallRooms extends Omit<CallRooms, "toUsage"> {
	readonly sql: Sql;
	readonly lease: Lease;
	readonly keeper: CallKeeper;
	readonly findPrice: PriceBook["find"];
	/** What the whole site may spend in a month; null without a budget. */
	readonly siteNanoUsd: bigint | null;
}

export interface HouseRequest {
	/** For whom it is: whose pauses of spending hold. */
	readonly userId: UserId;
	readonly purpose: CallPurpose;
	/** The model that is asked, then those that may stand in for it. */
	readonly chain: readonly CatalogueModel[];
	readonly messages: readonly ModelMessage[];
	/** Tokens of the answer at most. */
	toOutputTokensMax(model: CatalogueModel): number;
	/** What all calls of its kind may cost in a day; absent: as much as the site's budget has. */
	readonly dayCapNanoUsd?: bigint;
	readonly signal: AbortSignal;
}

/** What became of one piece of work. */
export interface HouseWork {
	/** Null when no model has answered. */
	readonly answer: HouseAnswer | null;
	/** The calls that were made, of `model_calls`. */
	readonly callIds: readonly string[];
	/** There was no room for a call that was to be made. */
	readonly isShort: boolean;
}

/** What a model answered. */
export interface HouseAnswer {
	readonly text: string;
	readonly modelId: string;
	/** Of its row in `model_calls`. */
	readonly callId: string;
	/** It says all that it wanted to say. */
	readonly isWhole: boolean;
}

/** Calls of one piece of work, over all models. */
const callsMax = 3;
/** Until the first content, and until the end. */
const patience = { contentMs: 60_000, wholeMs: 240_000 };
/**
 * Calls a model for the server itself, under the same queue, breakers, deadlines, prices and limits of the site as any call. Its record is
 * stored before it is made, and it is booked on the server's account when it ends. Null when no model has answered.
 */
export async function makeHouseCall(
	request: HouseRequest,
	rooms: HouseCallRooms,
): Promise<HouseAnswer | null> {
	return (await doHouseWork(request, rooms)).answer;
}

/** As `makeHouseCall`, with what it took. */
export async function doHouseWork(request: HouseRequest, rooms: HouseCallRooms): Promise<HouseWork> {
	const work = openWork(request, rooms);
	try {
		const ending = await callModels(toAnswerRequest(request, work, rooms), {
			...rooms,
			toUsage: toCallUsage,
		});
		return { answer: ending.status === "complete" ? work.answer() : null, ...work.toMade() };
	} finally {
		await work.end();
	}
}

type Work = ReturnType<typeof openWork>;

function toAnswerRequest(request: HouseRequest, work: Work, { sql, clock }: HouseCallRooms) {
	const { userId, purpose, chain, messages, signal } = request;
	const nowMs = clock.elapsed();
	return {
		...({ turnId: null, userId, priority: "background", purpose, chain, signal } as const),
		calls: work.calls,
		toName: work.toName,
		maxOutputTokens: Number.MAX_SAFE_INTEGER,
		expiresAt: nowMs + patience.contentMs,
		endsAt: nowMs + patience.wholeMs,
		async fit(model: CatalogueModel) {
			const inputTokens = toModelTokens(await countStored(messages), model);
			const maxOutputTokens = Math.min(request.toOutputTokensMax(model), model.maxOutputTokens);
			if (inputTokens + maxOutputTokens > model.contextWindow)
				throw new AppError("context_too_long", "This is longer than the model can read.");
			return { messages, inputTokens, omittedMessages: 0, maxOutputTokens };
		},
		emit: work.take,
		isSpendingPaused: (modelId: string) => isSpendingPaused(sql, { userId, modelId }),
		hasText: () => work.hasText(),
		// As a stopped answer: what was sent and said is booked.
		toRequestedEnding: (): Ending => ({ status: "stopped" }),
		onQueue: () => undefined,
		beforeCall: work.start,
	};
}

/** Tokens of messages as they are counted to be stored. */
export async function countStored(messages: readonly ModelMessage[]): Promise<number> {
	let tokens = 0;
	for (const { parts } of messages) tokens += await countMessageTokens(parts);
	return tokens;
}

/** The calls of one piece of work: their records, and what the last one has said. */
function openWork({ userId, purpose, chain, messages, dayCapNanoUsd }: HouseRequest, rooms: HouseCallRooms) {
	const { findPrice } = rooms;
	const records = openCallRecords(rooms, dayCapNanoUsd);
	const made: MadeCall[] = [];
	const callIds: string[] = [];
	let isShort = false;
	let text = "";
	let last: { call: RecordedCall; end: AttemptEnd } | null = null;

	async function cover(next: {
		modelId: string;
		inputTokens: number;
		outputTokens: number;
	}): Promise<boolean> {
		const model = chain.find(({ id }) => id === next.modelId);
		if (!model || made.length >= callsMax) return false;
		const { id: modelId, providerId, providerModelId } = model;
		const inputTokens = Math.ceil(next.inputTokens * inputMargin);
		const nanoUsdMax = toCostNanoUsdMax({ ...next, inputTokens }, findPrice(modelId).prices);
		const sentTokens = await countSentTokens(messages, providerModelId);
		const call = { userId, purpose, modelId, providerId, providerModelId, inputTokens: sentTokens };
		isShort = !(await records.hold({ ...call, attempt: made.length + 1 }, nanoUsdMax));
		return !isShort;
	}
	return {
		calls: { made, cover, record: (call: MadeCall) => void made.push(call) },
		toName: records.toName,
		start: records.start,
		take(event: CallEvent): void {
			if (event.type === "attempt-start") text = "";
			else if (event.type === "text-delta") text += event.text;
			else if (event.type === "attempt-end") {
				last = { call: records.book(event), end: event };
				callIds.push(last.call.id);
			}
		},
		hasText: () => text !== "",
		answer: (): HouseAnswer | null =>
			last && {
				text,
				modelId: last.call.modelId,
				callId: last.call.id,
				isWhole: last.end.finishReason === "stop",
			},
		toMade: () => ({ callIds, isShort }),
		end: records.end,
	};
}

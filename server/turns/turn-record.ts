import {
	createCallFold,
	emptyTurnView,
	foldEvent,
	type LoggedCall,
	type TurnView,
} from "../contract/fold.ts";
import type { TurnEvent } from "../contract/turn.ts";
import { type CallRecord, estimateUsage } from "../usage/index.ts";

/** What the events of a turn say so far, as the process that runs or sweeps it keeps it. */
export class TurnRecord {
	#view: TurnView = emptyTurnView;
	readonly #calls = createCallFold();

	constructor(events: Iterable<TurnEvent>) {
		for (const event of events) this.push(event);
	}

	push(event: TurnEvent): void {
		this.#view = foldEvent(this.#view, event);
		this.#calls.push(event);
	}

	get view(): TurnView {
		return this.#view;
	}

	get calls(): readonly LoggedCall[] {
		return this.#calls.calls;
	}
}

/** Whose model it is, and its price when the call started. */
export type DescribeModel = (
	modelId: string,
	startedAtMs: number,
) => Pick<CallRecord, "providerId" | "providerModelId" | "price">;

/** What the log does not tell of a call: when its turn began, and how long ago. */
interface TurnTime {
	readonly startedAtMs: number;
	readonly durationMs: number;
}

/** Milliseconds as the column holds them (32 bits, 24.8 days): an orphan may be older, after a long stop or a restored backup. */
export const toWholeMs = (ms: number): number => Math.min(Math.round(ms), 0x7fffffff);

/**
 * The calls of a turn as they are booked. One without an end in the log was cut with its process: it is estimated.
 *
 * @param toSentTokens of what was sent, from the count by which it was fitted; as it stands where nothing better is known.
 */
export async function toCallRecords(
	calls: readonly LoggedCall[],
	describe: DescribeModel,
	time: TurnTime,
	toSentTokens: (fittedTokens: number, providerModelId: string) => Promise<number> = async (tokens) => tokens,
): Promise<CallRecord[]> {
	const toRecord = async (call: LoggedCall): Promise<CallRecord> => {
		const { attempt, modelId, purpose, delivered, deliveredReasoning, sentContext, start, end } = call;
		const startedAtMs = start.startedAt ? Date.parse(start.startedAt) : time.startedAtMs;
		const described = describe(modelId, startedAtMs);
		const { providerModelId } = described;
		const estimate = async () =>
			await estimateUsage({
				providerModelId,
				inputTokens: await toSentTokens(call.inputTokens ?? 0, providerModelId),
				received: delivered,
				reasoning: deliveredReasoning,
			});
		return {
			...described,
			attempt,
			purpose,
			modelId,
			providerRequestId: end?.providerRequestId ?? null,
			otherModelId: end?.otherModelId ?? null,
			reportedCostNanoUsd: end?.reportedCostNanoUsd === undefined ? null : BigInt(end.reportedCostNanoUsd),
			outcome: end?.outcome ?? "interrupted",
			finishReason: end?.finishReason ?? null,
			usage: end?.usage ?? (await estimate()),
			isDelivered: call.isShown && delivered !== "",
			sentContext,
			startedAtMs,
			firstTokenMs: end?.firstTokenMs ?? null,
			durationMs: toWholeMs(end?.durationMs ?? time.durationMs),
		};
	};
	return await Promise.all(calls.map(toRecord));
}

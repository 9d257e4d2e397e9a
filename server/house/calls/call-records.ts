import type { Logger } from "pino";
import type { Sql } from "postgres";
import type { Clock } from "../../kernel/clock.ts";
import { retry } from "../../kernel/retry.ts";
import type { CallEvent } from "../../resilience/index.ts";
import type { CallRecord, PriceBook } from "../../usage/index.ts";
import { bookCall, holdCall, type Lease, type RecordedCall, releaseCall, startCall } from "./book-call.ts";
import type { CallKeeper } from "./call-keeper.ts";

export type AttemptEnd = Extract<CallEvent, { type: "attempt-end" }>;

/** How long booking a call is tried again while the database is away; another process books an estimate after that. */
const bookTries = { forMs: 15_000, everyMs: 250 };

interface RecordRooms {
	readonly sql: Sql;
	readonly lease: Lease;
	readonly keeper: CallKeeper;
	readonly clock: Pick<Clock, "now">;
	readonly findPrice: PriceBook["find"];
	readonly siteNanoUsd: bigint | null;
	readonly logger: Pick<Logger, "error">;
}

/** The call that is planned or made at the moment, and its price once it is made. */
interface CurrentCall {
	readonly call: RecordedCall;
	readonly started: { readonly price: CallRecord["price"]; readonly atMs: number } | null;
}

/** The records of calls that are made one after another. */
export function openCallRecords(
	{ sql, lease, keeper, clock, findPrice, siteNanoUsd, logger }: RecordRooms,
	dayCapNanoUsd?: bigint,
) {
	const booking: Promise<void>[] = [];
	let current: CurrentCall | null = null;

	async function release(): Promise<void> {
		if (!current) return;
		const { id } = current.call;
		current = null;
		await retry(() => releaseCall(sql, id, lease.owner), bookTries).finally(() => keeper.forget(id));
	}
	async function store(call: RecordedCall, record: CallRecord): Promise<void> {
		const by = { callId: call.id, userId: call.userId, owner: lease.owner };
		try {
			await retry(() => bookCall(sql, record, by), bookTries);
		} catch (err) {
			const words =
				"A call of the server's own could not be booked: another process books an estimate of it.";
			logger.error({ event: "house.call_not_booked", err, callId: call.id }, words);
		} finally {
			keeper.forget(call.id);
		}
	}
	return {
		/** Records a call that is to be made, in the place of one that was not; false when the site's budget or the day's cap has no room. */
		async hold(call: Omit<RecordedCall, "id">, nanoUsdMax: bigint): Promise<boolean> {
			await release();
			const held = await holdCall(sql, call, { lease, nanoUsdMax, siteNanoUsd, dayCapNanoUsd });
			if (!held) return false;
			current = { call: held, started: null };
			keeper.keep(held.id);
			return true;
		},
		toName: () => getCurrent(current).call.id,
		/** Resolves once it is stored that the call is made. */
		async start(): Promise<void> {
			const { call } = getCurrent(current);
			const price = findPrice(call.modelId);
			await startCall(sql, call, { lease, price });
			current = { call, started: { price, atMs: clock.now() } };
		},
		/** Books the call that has ended; `end` waits for it. */
		book(end: AttemptEnd): RecordedCall {
			const { call, started } = getCurrent(current);
			if (!started) throw new Error("A call ends after it has started.");
			current = null;
			booking.push(store(call, toRecord(call, { ...started, end })));
			return call;
		},
		/** Gives up the record of a call that was not made, and waits until the others are booked. */
		async end(): Promise<void> {
			await Promise.all([release(), ...booking]);
		},
	};
}

function getCurrent(current: CurrentCall | null): CurrentCall {
	if (!current) throw new Error("A call is made under its record alone.");
	return current;
}

function toRecord(
	{ attempt, purpose, modelId, providerId, providerModelId }: RecordedCall,
	by: { readonly end: AttemptEnd; readonly price: CallRecord["price"]; readonly atMs: number },
): CallRecord {
	const { end, price, atMs } = by;
	if (!end.usage) throw new Error("A call ends with its usage.");
	return {
		attempt,
		purpose,
		modelId,
		providerId,
		providerModelId,
		price,
		startedAtMs: atMs,
		providerRequestId: end.providerRequestId ?? null,
		otherModelId: end.otherModelId ?? null,
		outcome: end.outcome,
		finishReason: end.finishReason ?? null,
		usage: end.usage,
		reportedCostNanoUsd: end.reportedCostNanoUsd === undefined ? null : BigInt(end.reportedCostNanoUsd),
		isDelivered: false,
		firstTokenMs: end.firstTokenMs ?? null,
		durationMs: end.durationMs ?? 0,
	};
}

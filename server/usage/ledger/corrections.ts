/** Hand-written SQL: many lines in one statement, and the functions that post to buckets. */
import type { Sql } from "postgres";
import type { Actor } from "../../audit/index.ts";
import { createId } from "../../contract/ids.ts";

/** A call whose cost turned out to be another than the one in the ledger. */
export interface Correction {
	readonly id: string;
	readonly turnId: string | null;
	readonly userId: string;
	readonly modelId: string;
	readonly priceId: string | null;
	/** What is added to the server's account, with its sign. */
	readonly differenceNanoUsd: bigint;
	/** What the person is given back; 0 or more. */
	readonly creditNanoUsd: bigint;
}

export interface CorrectionReason {
	readonly by: Actor;
	/** Of the correction: names what made it, for later corrections. */
	readonly reason: string;
	/** Of the credit: people read it in their statements. */
	readonly creditReason: string;
}

/** What a person has paid above the cost of a call: they are credited, and never charged after the fact. */
export function toCredit(paidNanoUsd: bigint, costNanoUsd: bigint): bigint {
	return paidNanoUsd > costNanoUsd ? paidNanoUsd - costNanoUsd : 0n;
}

/**
 * Posts a page of corrections on the server's account, and credits on people's accounts with their opposites on the server's.
 * One statement with a JSON array, as a page has more values than a statement may have parameters.
 */
export async function postCorrections(
	tx: Sql,
	corrections: readonly Correction[],
	why: CorrectionReason,
): Promise<void> {
	if (corrections.length === 0) return;
	const lines = corrections.flatMap((correction) => toLines(correction, why));
	await tx`
		insert into ledger (id, account, user_id, turn_id, model_call_id, model_id, kind, amount_nano_usd, price_id, reason, created_by)
		select id, account, user_id, turn_id, model_call_id, model_id, kind, amount_nano_usd, price_id, reason, created_by
		from json_populate_recordset(null::ledger, ${JSON.stringify(lines)}::text::json)`;
}

function toLines(call: Correction, { by, reason, creditReason }: CorrectionReason) {
	const toLine = (account: "user" | "house", kind: "correction" | "adjustment", amount: bigint) => ({
		id: createId<string>(),
		account,
		user_id: call.userId,
		turn_id: call.turnId,
		model_call_id: call.id,
		model_id: call.modelId,
		kind,
		amount_nano_usd: amount.toString(),
		price_id: call.priceId,
		reason: kind === "correction" ? reason : creditReason,
		created_by: by,
	});
	const own = toLine("house", "correction", call.differenceNanoUsd);
	const { creditNanoUsd } = call;
	if (creditNanoUsd === 0n) return [own];
	return [own, toLine("user", "adjustment", -creditNanoUsd), toLine("house", "adjustment", creditNanoUsd)];
}

/**
 * Counts credits as unused in each person's current day and month: once a person, after all calls are read, as it locks their
 * buckets until the end of the transaction. In the order of ids, as every statement that locks the buckets of several people, to
 * avoid deadlocks.
 */
export async function countCredits(tx: Sql, corrections: readonly Correction[]): Promise<void> {
	const credits = new Map<string, bigint>();
	for (const { userId, creditNanoUsd } of corrections)
		if (creditNanoUsd > 0n) credits.set(userId, (credits.get(userId) ?? 0n) + creditNanoUsd);
	for (const [userId, credit] of [...credits].toSorted(([one], [other]) => (one < other ? -1 : 1)))
		await tx`select post_to_quota(${userId}, ${(-credit).toString()}::text::bigint)`;
}

/** Hand-written SQL: pages of calls with the sums of their lines and the prices that hold now. */
import type { Sql } from "postgres";
import * as z from "zod";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import { toCostNanoUsd } from "../prices/cost.ts";
import type { Prices } from "../prices/prices.ts";
import { type Range, readRange, type WantedRange } from "../reports/range.ts";
import { type CallPlace, isInPage, pageCalls } from "./call-pages.ts";
import { type Correction, countCredits, postCorrections, toCredit } from "./corrections.ts";
import { invoiceReason } from "./import-invoice.ts";

/** Calls whose cost by the prices of today differs from the one in the ledger. Money in nano-dollars, decimal strings. */
export const recomputation = z.object({
	from: z.string(),
	to: z.string(),
	timeZone: z.string(),
	calls: z.number(),
	changedCalls: z.number(),
	differenceNanoUsd: z.string(),
	/** What people paid too much for these calls, and are credited; they are never charged after the fact. */
	creditedNanoUsd: z.string(),
	/** Whether the differences were posted on the server's account, and the credits. */
	isPosted: z.boolean(),
	models: z.array(
		z.object({
			modelId: z.string(),
			changedCalls: z.number(),
			bookedNanoUsd: z.string(),
			recomputedNanoUsd: z.string(),
		}),
	),
});
export type Recomputation = z.infer<typeof recomputation>;

export interface WantedRecomputation extends WantedRange {
	readonly isPosted: boolean;
	readonly reason?: string | undefined;
}

interface CallRow extends CallPlace {
	turnId: string | null;
	userId: string;
	modelId: string;
	inputTokens: number;
	cachedInputTokens: number;
	cacheWriteTokens: number;
	cacheWrite1hTokens: number;
	outputTokens: number;
	reasoningTokens: number;
	bookedNanoUsd: string;
	/** By the person, less earlier credits; 0 when the account is deleted. */
	paidNanoUsd: string;
	newPriceId: string;
	newPrices: Prices;
}

interface Change extends Correction {
	readonly bookedNanoUsd: bigint;
	readonly recomputedNanoUsd: bigint;
}

const reasons = { reason: "recompute", creditReason: "a price was corrected" };

/**
 * Prices the calls that began in a range by the rows that are in force for their time today: after a row was added with an
 * effective date in the past. Returns the differences. With `isPosted` it also posts them as corrections on the server's
 * account, after which the same range has none, and credits people what they paid too much, with the opposite on the server's
 * account; credits count as unused today and this month. Calls that an invoice has settled stay as they are, also those that
 * it confirmed, and so do calls whose cost the provider reported: what it charges for them is known.
 *
 * @throws AppError `invalid_request` as `readRange`.
 */
export async function recompute(
	db: DatabaseOrTransaction,
	wanted: WantedRecomputation,
	by: Actor,
): Promise<Recomputation> {
	const range = await readRange(db.sql, wanted, null);
	return await inTransaction(db, async (tx) => {
		if (wanted.isPosted) await tx.sql`select pg_advisory_xact_lock(hashtext('parley.corrections'))`;
		const changes: Change[] = [];
		let calls = 0;
		for (let page = await readPage(tx.sql, range, null); page.length > 0; ) {
			calls += page.length;
			const changed = page.map(toChange).filter(({ differenceNanoUsd }) => differenceNanoUsd !== 0n);
			if (wanted.isPosted) await postCorrections(tx.sql, changed, { ...reasons, by });
			changes.push(...changed);
			page = page.length < pageCalls ? [] : await readPage(tx.sql, range, page.at(-1) ?? null);
		}
		const answer = { ...range, calls, ...toSums(changes), isPosted: wanted.isPosted };
		if (wanted.isPosted) {
			await countCredits(tx.sql, changes);
			await writeRecomputation(tx, { answer, by, reason: wanted.reason ?? null });
		}
		return answer;
	});
}

/** One statement a page: thousands of calls, each with the price row of its time and the sums of its lines. */
async function readPage(tx: Sql, range: Range, after: CallPlace | null): Promise<CallRow[]> {
	return await tx<CallRow[]>`
		select calls.id, started_at::text as at, turn_id as "turnId", calls.user_id as "userId", calls.model_id as "modelId",
			input_tokens as "inputTokens", cached_input_tokens as "cachedInputTokens",
			cache_write_tokens as "cacheWriteTokens", coalesce(cache_write_1h_tokens, 0) as "cacheWrite1hTokens",
			output_tokens as "outputTokens", reasoning_tokens as "reasoningTokens", newer.id as "newPriceId",
			newer.prices as "newPrices", (cost_nano_usd + lines.recomputed)::text as "bookedNanoUsd",
			(case when users.id is null then 0 else lines.paid end)::text as "paidNanoUsd"
		from model_calls as calls left join users on users.id = calls.user_id, lateral (
			select prices.id, prices.prices from prices
			where prices.model_id = calls.model_id and valid_from <= calls.started_at
			order by valid_from desc, prices.id desc limit 1
		) as newer, lateral (
			select coalesce(sum(amount_nano_usd) filter (where kind = 'correction' and reason = ${reasons.reason}), 0) as recomputed,
				coalesce(sum(amount_nano_usd) filter (where account = 'user'), 0) as paid,
				coalesce(bool_or(kind = 'correction' and reason = ${invoiceReason}), false) as is_settled
			from ledger where model_call_id = calls.id
		) as lines
		where ${isInPage(tx, range, after)} and reported_cost_nano_usd is null and not lines.is_settled
		order by started_at, calls.id limit ${pageCalls}`;
}

function toChange({ bookedNanoUsd, paidNanoUsd, newPriceId, newPrices, ...call }: CallRow): Change {
	const recomputedNanoUsd = toCostNanoUsd(call, newPrices);
	const booked = BigInt(bookedNanoUsd);
	return {
		id: call.id,
		turnId: call.turnId,
		userId: call.userId,
		modelId: call.modelId,
		priceId: newPriceId,
		bookedNanoUsd: booked,
		recomputedNanoUsd,
		differenceNanoUsd: recomputedNanoUsd - booked,
		creditNanoUsd: toCredit(BigInt(paidNanoUsd), recomputedNanoUsd),
	};
}

const sumOf = (changes: readonly Change[], name: "bookedNanoUsd" | "creditNanoUsd" | "recomputedNanoUsd") =>
	changes.reduce((sum, change) => sum + change[name], 0n).toString();

function toSums(changes: readonly Change[]) {
	const models = [...Map.groupBy(changes, ({ modelId }) => modelId)].map(([modelId, own]) => ({
		modelId,
		changedCalls: own.length,
		bookedNanoUsd: sumOf(own, "bookedNanoUsd"),
		recomputedNanoUsd: sumOf(own, "recomputedNanoUsd"),
	}));
	const difference = changes.reduce((sum, { differenceNanoUsd }) => sum + differenceNanoUsd, 0n);
	return {
		changedCalls: changes.length,
		differenceNanoUsd: difference.toString(),
		creditedNanoUsd: sumOf(changes, "creditNanoUsd"),
		models,
	};
}

async function writeRecomputation(
	tx: DatabaseOrTransaction,
	{ answer, by, reason }: { answer: Recomputation; by: Actor; reason: string | null },
): Promise<void> {
	const { from, to, changedCalls, differenceNanoUsd, creditedNanoUsd } = answer;
	await tx.sql`select post_to_site(${differenceNanoUsd}::text::bigint)`;
	await writeAudit(tx, {
		actorId: by,
		action: "usage.recompute",
		subject: "house",
		details: { from, to, changedCalls, differenceNanoUsd, creditedNanoUsd, reason },
	});
}

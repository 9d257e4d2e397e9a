import type { Sql } from "postgres";
import * as z from "zod";
import { type Actor, writeAudit } from "../audit/index.ts";
import { createId } from "../ids.ts";
import { invoiceReason } from "./invoice-import.ts";
import { type Prices, toCostNanoUsd } from "./price.ts";
import { type Range, readRange, toFirstId, type WantedRange } from "./report-range.ts";

/** Calls whose prices of today differ from the prices they were booked at. Money in nano-dollars, decimal strings. */
export const recomputation = z.object({
	from: z.string(),
	to: z.string(),
	timeZone: z.string(),
	calls: z.number(),
	changedCalls: z.number(),
	differenceNanoUsd: z.string(),
	/** Whether corrections were posted on the house's account. People are never charged after the fact. */
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

interface CallRow {
	id: string;
	turnId: string;
	userId: string;
	modelId: string;
	inputTokens: number;
	cachedInputTokens: number;
	cacheWriteTokens: number;
	outputTokens: number;
	reasoningTokens: number;
	bookedNanoUsd: string;
	newPriceId: string;
	newPrices: Prices;
}

interface Change extends CallRow {
	readonly recomputedNanoUsd: bigint;
}

/** Corrections with this reason are the recompute's own. */
const ownReason = "recompute";
const pageCalls = 2_000;

/**
 * Prices the calls that began in a range by the rows that are in force for their time today: after a row was added with an
 * effective date in the past. Tells the differences; with `isPosted` it also posts them as corrections on the house's
 * account, after which the same range has none. Calls that their provider's invoice settled stay as they are, also those that it
 * found right: what was asked for them is known.
 *
 * @throws AppError `invalid_request` as `readRange`.
 */
export async function recompute(sql: Sql, wanted: WantedRecomputation, by: Actor): Promise<Recomputation> {
	const range = await readRange(sql, wanted, null);
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		if (wanted.isPosted) await tx`select pg_advisory_xact_lock(hashtext('parley.corrections'))`;
		const changes: Change[] = [];
		let calls = 0;
		for (let page = await readPage(tx, range, null); page.length > 0; ) {
			calls += page.length;
			const changed = page.map(toChange).filter(isChanged);
			if (wanted.isPosted) await postCorrections(tx, changed, by);
			changes.push(...changed);
			page = page.length < pageCalls ? [] : await readPage(tx, range, page.at(-1)?.id ?? null);
		}
		const answer = { ...range, calls, ...toSums(changes), isPosted: wanted.isPosted };
		if (wanted.isPosted) await writeRecomputation(tx, { answer, by, reason: wanted.reason ?? null });
		return answer;
	});
}

async function readPage(tx: Sql, { from, to }: Range, afterId: string | null): Promise<CallRow[]> {
	return await tx<CallRow[]>`
		select calls.id, turn_id as "turnId", user_id as "userId", calls.model_id as "modelId",
			input_tokens as "inputTokens", cached_input_tokens as "cachedInputTokens",
			cache_write_tokens as "cacheWriteTokens", output_tokens as "outputTokens",
			reasoning_tokens as "reasoningTokens", newer.id as "newPriceId", newer.prices as "newPrices",
			(cost_nano_usd + coalesce((select sum(amount_nano_usd) from ledger where model_call_id = calls.id
				and ledger.kind = 'correction' and ledger.reason = ${ownReason}), 0))::text as "bookedNanoUsd"
		from model_calls as calls, lateral (
			select prices.id, prices.prices from prices
			where prices.model_id = calls.model_id and valid_from <= calls.started_at
			order by valid_from desc, prices.id desc limit 1
		) as newer
		where calls.id > ${afterId ?? toFirstId(from)}::uuid and started_at >= ${from}::timestamptz and started_at < ${to}::timestamptz
			and not exists (select from ledger where model_call_id = calls.id
				and ledger.kind = 'correction' and ledger.reason = ${invoiceReason})
		order by calls.id limit ${pageCalls}`;
}

const toChange = (call: CallRow): Change => ({
	...call,
	recomputedNanoUsd: toCostNanoUsd(call, call.newPrices),
});
const isChanged = ({ bookedNanoUsd, recomputedNanoUsd }: Change) =>
	BigInt(bookedNanoUsd) !== recomputedNanoUsd;

async function postCorrections(tx: Sql, changes: readonly Change[], by: Actor): Promise<void> {
	if (changes.length === 0) return;
	const lines = changes.map(({ id, turnId, userId, modelId, newPriceId, ...change }) => ({
		...{ id: createId<string>(), account: "house", user_id: userId, turn_id: turnId, model_call_id: id },
		...{ model_id: modelId, kind: "correction", price_id: newPriceId, reason: ownReason, created_by: by },
		amount_nano_usd: (change.recomputedNanoUsd - BigInt(change.bookedNanoUsd)).toString(),
		created_at: "now",
	}));
	await tx`insert into ledger select * from json_populate_recordset(null::ledger, ${JSON.stringify(lines)}::text::json)`;
}

function toSums(changes: readonly Change[]) {
	const sums = [...Map.groupBy(changes, ({ modelId }) => modelId)].map(([modelId, own]) => ({
		modelId,
		changedCalls: own.length,
		booked: own.reduce((sum, { bookedNanoUsd }) => sum + BigInt(bookedNanoUsd), 0n),
		recomputed: own.reduce((sum, { recomputedNanoUsd }) => sum + recomputedNanoUsd, 0n),
	}));
	const difference = sums.reduce((sum, { booked, recomputed }) => sum + recomputed - booked, 0n);
	const models = sums.map(({ booked, recomputed, ...one }) => ({
		...one,
		bookedNanoUsd: booked.toString(),
		recomputedNanoUsd: recomputed.toString(),
	}));
	return { changedCalls: changes.length, differenceNanoUsd: difference.toString(), models };
}

async function writeRecomputation(
	tx: Sql,
	{ answer, by, reason }: { answer: Recomputation; by: Actor; reason: string | null },
): Promise<void> {
	const { from, to, changedCalls, differenceNanoUsd } = answer;
	await tx`select post_to_site(${differenceNanoUsd}::text::bigint)`;
	await writeAudit(tx, {
		...{ actorId: by, action: "usage.recompute", subject: "house" },
		details: { from, to, changedCalls, differenceNanoUsd, reason },
	});
}

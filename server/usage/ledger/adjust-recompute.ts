import type { Sql } from "postgres";
import * as z from "zod";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { createId } from "../../contract/ids.ts";
import { toCostNanoUsd } from "../prices/cost.ts";
import type { Prices } from "../prices/prices.ts";
import { type Range, readRange, toFirstId, type WantedRange } from "../reports/range.ts";
import { invoiceReason } from "./invoice-import.ts";

/** Calls whose prices of today differ from the prices they were booked at. Money in nano-dollars, decimal strings. */
export const recomputation = z.object({
	from: z.string(),
	to: z.string(),
	timeZone: z.string(),
	calls: z.number(),
	changedCalls: z.number(),
	differenceNanoUsd: z.string(),
	/** What people paid too much for these calls, and are given back; they are never charged after the fact. */
	creditedNanoUsd: z.string(),
	/** Whether the differences were posted on the house's account, and the credits. */
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
	cacheWrite1hTokens: number;
	outputTokens: number;
	reasoningTokens: number;
	bookedNanoUsd: string;
	/** By the person, less what was given back before; nothing once there is no such person. */
	paidNanoUsd: string;
	newPriceId: string;
	newPrices: Prices;
}

interface Change extends CallRow {
	readonly recomputedNanoUsd: bigint;
	readonly creditNanoUsd: bigint;
}

/** Corrections with this reason are the recompute's own. */
const ownReason = "recompute";
/** Stands in people's statements. */
const creditReason = "a price was corrected";
const pageCalls = 2_000;

/**
 * Prices the calls that began in a range by the rows that are in force for their time today: after a row was added with an
 * effective date in the past. Tells the differences; with `isPosted` it also posts them as corrections on the house's
 * account, after which the same range has none, and gives back what people paid too much: credits with their opposites on the
 * house's account, which count as used the less today and this month. Calls that their provider's invoice settled stay as
 * they are, also those that it found right: what was asked for them is known.
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
		if (wanted.isPosted) await countCredits(tx, changes);
		if (wanted.isPosted) await writeRecomputation(tx, { answer, by, reason: wanted.reason ?? null });
		return answer;
	});
}

async function readPage(tx: Sql, { from, to }: Range, afterId: string | null): Promise<CallRow[]> {
	return await tx<CallRow[]>`
		select calls.id, turn_id as "turnId", user_id as "userId", calls.model_id as "modelId",
			input_tokens as "inputTokens", cached_input_tokens as "cachedInputTokens",
			cache_write_tokens as "cacheWriteTokens", coalesce(cache_write_1h_tokens, 0) as "cacheWrite1hTokens",
			output_tokens as "outputTokens",
			reasoning_tokens as "reasoningTokens", newer.id as "newPriceId", newer.prices as "newPrices",
			(cost_nano_usd + coalesce((select sum(amount_nano_usd) from ledger where model_call_id = calls.id
				and ledger.kind = 'correction' and ledger.reason = ${ownReason}), 0))::text as "bookedNanoUsd",
			(select coalesce(sum(amount_nano_usd), 0) from ledger join users on users.id = ledger.user_id
				where model_call_id = calls.id and account = 'user')::text as "paidNanoUsd"
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

function toChange(call: CallRow): Change {
	const recomputedNanoUsd = toCostNanoUsd(call, call.newPrices);
	const tooMuch = BigInt(call.paidNanoUsd) - recomputedNanoUsd;
	return { ...call, recomputedNanoUsd, creditNanoUsd: tooMuch > 0n ? tooMuch : 0n };
}

const isChanged = ({ bookedNanoUsd, recomputedNanoUsd }: Change) =>
	BigInt(bookedNanoUsd) !== recomputedNanoUsd;

async function postCorrections(tx: Sql, changes: readonly Change[], by: Actor): Promise<void> {
	if (changes.length === 0) return;
	const lines = changes.flatMap((change) => {
		const difference = change.recomputedNanoUsd - BigInt(change.bookedNanoUsd);
		const line = (account: "user" | "house", kind: string, amount: bigint) => ({
			...{ id: createId<string>(), account, kind, amount_nano_usd: amount.toString(), created_by: by },
			...{ user_id: change.userId, turn_id: change.turnId, model_call_id: change.id, created_at: "now" },
			...{ model_id: change.modelId, price_id: change.newPriceId },
			reason: kind === "correction" ? ownReason : creditReason,
		});
		const own = line("house", "correction", difference);
		const { creditNanoUsd: credit } = change;
		return credit === 0n
			? [own]
			: [own, line("user", "adjustment", -credit), line("house", "adjustment", credit)];
	});
	await tx`insert into ledger select * from json_populate_recordset(null::ledger, ${JSON.stringify(lines)}::text::json)`;
}

/** Once for each person, when all calls are read: until the end nobody of them can spend. */
async function countCredits(tx: Sql, changes: readonly Change[]): Promise<void> {
	const credited = Map.groupBy(
		changes.filter(({ creditNanoUsd }) => creditNanoUsd > 0n),
		({ userId }) => userId,
	);
	for (const [userId, own] of [...credited].toSorted(([one], [other]) => (one < other ? -1 : 1)))
		await tx`select post_to_quota(${userId}, ${(-sumOf(own, "creditNanoUsd")).toString()}::text::bigint)`;
}

const sumOf = (changes: readonly Change[], name: "creditNanoUsd" | "recomputedNanoUsd") =>
	changes.reduce((sum, change) => sum + change[name], 0n);

function toSums(changes: readonly Change[]) {
	const sums = [...Map.groupBy(changes, ({ modelId }) => modelId)].map(([modelId, own]) => ({
		modelId,
		changedCalls: own.length,
		booked: own.reduce((sum, { bookedNanoUsd }) => sum + BigInt(bookedNanoUsd), 0n),
		recomputed: sumOf(own, "recomputedNanoUsd"),
	}));
	const difference = sums.reduce((sum, { booked, recomputed }) => sum + recomputed - booked, 0n);
	const models = sums.map(({ booked, recomputed, ...one }) => ({
		...one,
		bookedNanoUsd: booked.toString(),
		recomputedNanoUsd: recomputed.toString(),
	}));
	const creditedNanoUsd = sumOf(changes, "creditNanoUsd").toString();
	return { changedCalls: changes.length, differenceNanoUsd: difference.toString(), creditedNanoUsd, models };
}

async function writeRecomputation(
	tx: Sql,
	{ answer, by, reason }: { answer: Recomputation; by: Actor; reason: string | null },
): Promise<void> {
	const { from, to, changedCalls, differenceNanoUsd, creditedNanoUsd } = answer;
	await tx`select post_to_site(${differenceNanoUsd}::text::bigint)`;
	await writeAudit(tx, {
		...{ actorId: by, action: "usage.recompute", subject: "house" },
		details: { from, to, changedCalls, differenceNanoUsd, creditedNanoUsd, reason },
	});
}

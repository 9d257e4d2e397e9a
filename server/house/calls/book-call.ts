/**
 * The record of a call that the server makes for itself, from what is held for it to its ledger line. Hand-written SQL: one statement for each
 * step, and `for update skip locked` over the records of all processes.
 */
import type { Sql } from "postgres";
import { createId, type UserId } from "../../contract/ids.ts";
import type { CallPurpose } from "../../contract/turn.ts";
import {
	type CallRecord,
	callColumns,
	estimateUsage,
	lineColumns,
	toHouseEntries,
} from "../../usage/index.ts";

/** The process that makes calls, and for how long it may without renewing. */
export interface Lease {
	readonly owner: string;
	readonly ms: number;
}

/** A call as it is recorded before it is made. */
export interface RecordedCall {
	readonly id: string;
	readonly userId: UserId;
	readonly purpose: CallPurpose;
	readonly attempt: number;
	readonly modelId: string;
	readonly providerId: string;
	readonly providerModelId: string;
	/** Tokens of what is sent, as the provider counts them. */
	readonly inputTokens: number;
}

/**
 * Records a call and holds its highest cost of the site's budget, and of the day's cap where it has one; null, having written nothing, when
 * either has no room.
 */
export async function holdCall(
	sql: Sql,
	call: Omit<RecordedCall, "id">,
	by: {
		readonly lease: Lease;
		readonly nanoUsdMax: bigint;
		readonly siteNanoUsd: bigint | null;
		/** What all calls of its kind may cost in a day; absent: as much as the site's budget has. */
		readonly dayCapNanoUsd?: bigint | undefined;
	},
): Promise<RecordedCall | null> {
	const id = createId<string>();
	const { lease, nanoUsdMax, siteNanoUsd, dayCapNanoUsd } = by;
	const of = sql`${id}, ${nanoUsdMax.toString()}::bigint, ${siteNanoUsd === null ? null : siteNanoUsd.toString()}::bigint`;
	const reserved =
		dayCapNanoUsd === undefined
			? sql`reserve_site(${of})`
			: sql`reserve_shadow(${of}, ${dayCapNanoUsd.toString()}::bigint)`;
	const held = await sql`
		insert into house_calls (id, user_id, purpose, attempt, model_id, provider_id, provider_model_id, input_tokens, quota_keys,
			quota_nano_usd, lease_owner, lease_expires_at)
		select ${id}, ${call.userId}, ${call.purpose}, ${call.attempt}, ${call.modelId}, ${call.providerId}, ${call.providerModelId},
			${call.inputTokens}, keys, nanos, ${lease.owner}, now() + ${lease.ms} * interval '1 millisecond'
		from ${reserved}
		where is_held returning id`;
	return held.length === 1 ? { ...call, id } : null;
}

/**
 * Records that the call is made now, at this price. Awaited before the call, so that a process that dies in it leaves a record of it.
 *
 * @throws when the record is another process's by now: then the call must not be made.
 */
export async function startCall(
	sql: Sql,
	{ id }: RecordedCall,
	by: { readonly lease: Lease; readonly price: CallRecord["price"] },
): Promise<void> {
	const { lease, price } = by;
	const started = await sql`
		update house_calls set called_at = now(), price_id = ${price.id}, prices = ${JSON.stringify(price.prices)}::text::json,
			lease_expires_at = now() + ${lease.ms} * interval '1 millisecond'
		where id = ${id} and lease_owner = ${lease.owner} returning id`;
	if (started.length === 0) throw new Error("This call is recorded as another process's.");
}

/**
 * Books a call that has ended, in one statement: its row in `model_calls`, one line on the server's account, and what was held settled. False,
 * having written nothing, when it is booked already or another process's by now.
 */
export async function bookCall(
	sql: Sql,
	call: CallRecord,
	by: { readonly callId: string; readonly userId: string; readonly owner: string },
): Promise<boolean> {
	const entries = toHouseEntries(call, by);
	const rows = await sql`
		with ended as (
			delete from house_calls where id = ${by.callId} and lease_owner = ${by.owner} returning quota_keys, quota_nano_usd
		), recorded as (
			insert into model_calls (${sql.unsafe(callColumns.join())})
			select ${sql.unsafe(callColumns.map((name) => `given.${name}`).join())}
			from ended, json_populate_recordset(null::model_calls, ${JSON.stringify([entries.call])}::text::json) as given
		), booked as (
			insert into ledger (${sql.unsafe(lineColumns.join())})
			select ${sql.unsafe(lineColumns.map((name) => `given.${name}`).join())}
			from ended, json_populate_recordset(null::ledger, ${JSON.stringify([entries.line])}::text::json) as given
		), settled as (
			select settle_quota(quota_keys, quota_nano_usd, 0, 0, 0, ${entries.costNanoUsd.toString()}::bigint) from ended
		)
		select (select count(*) from settled) from ended`;
	return rows.length === 1;
}

/** Gives back what was held for a call that was not made. */
export async function releaseCall(sql: Sql, id: string, owner: string): Promise<void> {
	await sql`
		with ended as (
			delete from house_calls where id = ${id} and lease_owner = ${owner} returning quota_keys, quota_nano_usd
		)
		select settle_quota(quota_keys, quota_nano_usd, 0, 0, 0, 0) from ended`;
}

/** Renews the leases of this owner's calls by the database's clock. */
export async function renewCalls(sql: Sql, ids: readonly string[], lease: Lease): Promise<void> {
	if (ids.length === 0) return;
	await sql`
		with ours as (
			select id from house_calls where id = any(${[...ids]}::uuid[]) and lease_owner = ${lease.owner}
			order by id for update
		)
		update house_calls set lease_expires_at = now() + ${lease.ms} * interval '1 millisecond'
		from ours where house_calls.id = ours.id`;
}

interface ExpiredRow extends RecordedCall {
	readonly priceId: string | null;
	readonly prices: CallRecord["price"]["prices"] | null;
	readonly calledAt: Date | null;
	readonly ageMs: number;
}

/**
 * Ends one call whose process is gone: one that was made is booked as an estimate of what was sent, any other is given up. False when there is
 * none. Several processes may do it at once.
 */
export async function endExpiredCall(
	sql: Sql,
	by: { readonly lease: Lease; readonly exceptIds: readonly string[] },
): Promise<boolean> {
	const { owner, ms } = by.lease;
	const [row] = await sql<ExpiredRow[]>`
		with orphan as (
			select id from house_calls where lease_expires_at <= now() and id <> all(${[...by.exceptIds]}::uuid[])
			order by lease_expires_at limit 1 for update skip locked
		)
		update house_calls set lease_owner = ${owner}, lease_expires_at = now() + ${ms} * interval '1 millisecond'
		from orphan where house_calls.id = orphan.id
		returning house_calls.id, user_id as "userId", purpose, attempt, model_id as "modelId", provider_id as "providerId",
			provider_model_id as "providerModelId", input_tokens as "inputTokens", price_id as "priceId", prices,
			called_at as "calledAt", extract(epoch from now() - called_at)::float8 * 1000 as "ageMs"`;
	if (!row) return false;
	const { calledAt, prices } = row;
	if (calledAt === null || prices === null) await releaseCall(sql, row.id, owner);
	else await bookExpired(sql, row, { owner, startedAtMs: calledAt.getTime(), prices });
	return true;
}

async function bookExpired(
	sql: Sql,
	row: ExpiredRow,
	by: {
		readonly owner: string;
		readonly startedAtMs: number;
		readonly prices: CallRecord["price"]["prices"];
	},
): Promise<void> {
	const { id, userId, priceId, ageMs, providerModelId, inputTokens } = row;
	const call: CallRecord = {
		...row,
		providerRequestId: null,
		otherModelId: null,
		outcome: "interrupted",
		finishReason: null,
		usage: await estimateUsage({ providerModelId, inputTokens, received: "" }),
		reportedCostNanoUsd: null,
		price: { id: priceId, prices: by.prices },
		isDelivered: false,
		startedAtMs: by.startedAtMs,
		firstTokenMs: null,
		durationMs: Math.min(Math.round(ageMs), 0x7fffffff),
	};
	await bookCall(sql, call, { callId: id, userId, owner: by.owner });
}

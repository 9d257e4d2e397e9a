/** Hand-written SQL: claiming and renewing are the statements that every process repeats every second. */
import type { Sql } from "postgres";
import type { UserId } from "../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";

/** An item that this process works on while its lease lasts. */
export interface ClaimedItem {
	readonly batchId: string;
	readonly position: number;
	readonly itemId: string;
	readonly userId: UserId;
	readonly text: string;
	readonly model: string | null;
	readonly maxOutputTokens: number | null;
	readonly isCancelled: boolean;
	/** Which claim of the item this is: the holder of an older claim writes nothing. */
	readonly claim: number;
}

export interface ClaimLimits {
	/** Items that this process may claim now. */
	readonly items: number;
	/** Running items of one person, over all processes. */
	readonly perUser: number;
	readonly leaseMs: number;
}

/** One process claims at a time: two together could exceed a person's limit. */
export const claimLock = 7_310_482_517;

/**
 * Claims items in the order of their batches: items whose process is gone and waiting items, first those of the people with the
 * fewest running. None of a suspended person, and none of a batch that waits for a limit. Claims nothing while another process
 * claims.
 */
export async function claimItems(db: DatabaseOrTransaction, limits: ClaimLimits): Promise<ClaimedItem[]> {
	const open = await db.sql`select from batches where ended_at is null limit 1`;
	if (open.length === 0) return [];
	return await inTransaction(db, async ({ sql: tx }) => {
		const [lock] = await tx<{ isOurs: boolean }[]>`
			select pg_try_advisory_xact_lock(${claimLock}::bigint) as "isOurs"`;
		return lock?.isOurs ? await claimInside(tx, limits) : [];
	});
}

async function claimInside(tx: Sql, { items, perUser, leaseMs }: ClaimLimits): Promise<ClaimedItem[]> {
	const rows = await tx<ClaimedItem[]>`
		with people as (
			select owners.id, (
				select count(*)::int from batches join batch_items on batch_id = batches.id
				where user_id = owners.id and batches.ended_at is null and status = 'running' and lease_expires_at > now()
			) as busy
			from (select distinct user_id as id from batches where ended_at is null) as owners
			join users on users.id = owners.id and suspended_at is null
		), ready as (
			select item.batch_id, item.position, busy + row_number() over (partition by people.id order by item.batch_id, item.position) as rank
			from people cross join lateral (
				select batch_items.batch_id, batch_items.position from batches join batch_items on batch_id = batches.id
				where user_id = people.id and batches.ended_at is null and (
					status = 'running' and lease_expires_at <= now()
					or status = 'waiting' and (cancelled_at is not null or looks_at <= now())
				)
				order by batch_items.batch_id, batch_items.position limit greatest(0, ${perUser}::int - people.busy)
			) as item
		), picked as (
			select batch_items.batch_id, batch_items.position
			from ready join batch_items using (batch_id, position)
			order by rank, batch_id limit ${items} for update of batch_items skip locked
		)
		update batch_items set status = 'running', claims = claims + 1,
			lease_expires_at = now() + ${leaseMs} * interval '1 millisecond'
		from picked, batches
		where batch_items.batch_id = picked.batch_id and batch_items.position = picked.position
			and batches.id = picked.batch_id
		returning batches.id as "batchId", batch_items.position, batch_items.id as "itemId", user_id as "userId", text, model,
			max_output_tokens as "maxOutputTokens", cancelled_at is not null as "isCancelled", claims as claim`;
	return [...rows];
}

/** Renews the leases of this process's items. Items that another process has claimed since keep that process's lease. */
export async function renewItems(sql: Sql, items: readonly ClaimedItem[], leaseMs: number): Promise<void> {
	if (items.length === 0) return;
	await sql`
		with ours as (
			select batch_items.batch_id, batch_items.position
			from unnest(${items.map(({ batchId }) => batchId)}::uuid[], ${items.map(({ position }) => position)}::int[],
				${items.map(({ claim }) => claim)}::int[]) as given (batch_id, position, claim)
			join batch_items on batch_items.batch_id = given.batch_id and batch_items.position = given.position
			where claims = given.claim and status = 'running'
			order by batch_items.batch_id, batch_items.position for update of batch_items
		)
		update batch_items set lease_expires_at = now() + ${leaseMs} * interval '1 millisecond'
		from ours where batch_items.batch_id = ours.batch_id and batch_items.position = ours.position`;
}

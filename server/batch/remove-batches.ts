/** Hand-written SQL: each statement deletes a bounded number of rows, in the order in which items are locked. */
import type { Sql } from "postgres";
import type { UserId } from "../contract/ids.ts";

/**
 * Removes at most `rowsMax` items of a person's batches or, once there are none, the batches; returns how many rows it found, also
 * those that another process has removed meanwhile. Rows are locked in the order of their keys, as by every statement that locks
 * several items.
 */
export async function removeBatchesOf(sql: Sql, userId: UserId, rowsMax: number): Promise<number> {
	const items = await sql`
		with found as materialized (
			select batch_id, position from batches join batch_items on batch_items.batch_id = batches.id
			where user_id = ${userId} limit ${rowsMax}
		), locked as materialized (
			select batch_id, position from batch_items where (batch_id, position) in (select batch_id, position from found)
			order by batch_id, position for update
		), removed as (
			delete from batch_items using locked
			where batch_items.batch_id = locked.batch_id and batch_items.position = locked.position
		)
		select from found`;
	if (items.length > 0) return items.length;
	const batches = await sql`
		with found as materialized (
			select id from batches where user_id = ${userId} limit ${rowsMax}
		), locked as materialized (
			select id from batches where id in (select id from found) order by id for update
		), removed as (
			delete from batches using locked where batches.id = locked.id
		)
		select from found`;
	return batches.length;
}

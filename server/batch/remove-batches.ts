import type { Sql } from "postgres";
import type { UserId } from "../contract/ids.ts";

/** Removes at most `rowsMax` items of a person's batches or, once there are none, the batches; returns how many rows. */
export async function removeBatchesOf(sql: Sql, userId: UserId, rowsMax: number): Promise<number> {
	const items = await sql`
		delete from batch_items where (batch_id, position) in (
			select batch_id, position from batches join batch_items on batch_items.batch_id = batches.id
			where user_id = ${userId} limit ${rowsMax}
		) returning id`;
	if (items.length > 0) return items.length;
	const batches = await sql`
		delete from batches where id in (select id from batches where user_id = ${userId} limit ${rowsMax}) returning id`;
	return batches.length;
}

/** Hand-written SQL: reads PostgreSQL's own catalogue. */
import type { Sql } from "postgres";
import { listOwnTables } from "../db/index.ts";
import type { TableHead } from "./format.ts";

/** A table as it is read: its columns, without generated ones, and the order of its rows. */
export interface StoredTable extends TableHead {
	/** The primary key as SQL, so that the same rows give the same file. */
	readonly orderBy: string;
}

/** Tables of the search, which a running server fills from the texts: they are not in a backup. */
const derived = ["message_terms", "title_terms", "term_queue"];

/**
 * Lists Parley's tables in this database. Each stands after the tables that its foreign keys refer to, so that rows can be restored
 * in this order.
 */
export async function listTables(sql: Sql): Promise<StoredTable[]> {
	const rows = await sql<(StoredTable & { refersTo: string[] })[]>`
		select relname as "table",
			(select json_agg(attname order by attnum) from pg_attribute
				where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns,
			(select string_agg(quote_ident(attname) || case when atttypid = 'text'::regtype then ' collate "C"' else '' end,
					', ' order by array_position(conkey, attnum))
				from pg_constraint join pg_attribute on attrelid = conrelid and attnum = any(conkey)
				where conrelid = pg_class.oid and contype = 'p') as "orderBy",
			(select coalesce(json_agg(distinct other.relname), '[]') from pg_constraint join pg_class as other on other.oid = confrelid
				where conrelid = pg_class.oid and contype = 'f' and confrelid <> conrelid) as "refersTo"
		from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' 
			and relname = any(${listOwnTables().filter((name) => !derived.includes(name))})
		order by relname`;
	const left = [...rows];
	const sorted: StoredTable[] = [];
	while (left.length > 0) {
		const free = left.findIndex(({ refersTo }) =>
			refersTo.every((name) => sorted.some(({ table }) => table === name)),
		);
		const [next] = left.splice(free, 1);
		if (!next || free === -1) throw new Error("Tables refer to each other in a cycle.");
		const { refersTo: _, ...table } = next;
		sorted.push(table);
	}
	return sorted;
}

/** Sets every sequence of a table to the highest number in the table. */
export async function alignSequences(tx: Sql, table: string): Promise<void> {
	const columns = await tx<{ column: string; sequence: string }[]>`
		select attname as "column", pg_get_serial_sequence(quote_ident(${table}), attname) as sequence
		from pg_attribute where attrelid = quote_ident(${table})::regclass and attnum > 0 and not attisdropped
			and pg_get_serial_sequence(quote_ident(${table}), attname) is not null`;
	for (const { column, sequence } of columns)
		await tx`select setval(${sequence}::text::regclass, max(${tx(column)})) from ${tx(table)}`;
}

export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

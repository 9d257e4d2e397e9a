import type { PgDatabase } from "drizzle-orm/pg-core";
import { type PostgresJsQueryResultHKT, PostgresJsSession } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import type * as schema from "../../drizzle/schema/index.ts";

/** What a store function takes first: the pool, or a transaction that several rooms share. */
export interface DatabaseOrTransaction {
	/** Statements written as SQL. */
	readonly sql: Sql;
	/** Typed queries. */
	readonly orm: PgDatabase<PostgresJsQueryResultHKT, typeof schema>;
}

export interface TransactionOptions {
	/** PostgreSQL's default, `read committed`, unless set. */
	readonly isolationLevel?: "repeatable read" | "serializable";
	readonly accessMode?: "read only";
}

/**
 * Runs `work` in one transaction and commits it when `work` returns. When `work` or a statement of it throws, everything
 * is rolled back and the error is passed on. `tx.sql` and `tx.orm` are two ways to the same transaction. Inside another
 * transaction it is a savepoint, and `options` have no effect.
 */
export async function inTransaction<Result>(
	db: Pick<DatabaseOrTransaction, "orm">,
	work: (tx: DatabaseOrTransaction) => Promise<Result>,
	options?: TransactionOptions,
): Promise<Result> {
	return await db.orm.transaction(async (orm) => {
		const { session } = orm._;
		if (!(session instanceof PostgresJsSession))
			throw new Error("The database is not reached by postgres.js");
		return await work({ sql: session.client, orm });
	}, options);
}

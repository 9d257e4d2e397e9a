import type { MigrationMeta } from "drizzle-orm/migrator";
import type { Sql } from "postgres";

const creation = /^\s*create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?/i;
const removal = /^\s*drop\s+index\s+concurrently\s+(?:if\s+exists\s+)?"?(\w+)"?/i;

/**
 * Whether a migration builds or drops indexes while others write. PostgreSQL does that outside of transactions only, so all
 * statements of such a migration must be of this kind.
 */
export function isIndexBuild({ sql: statements }: Pick<MigrationMeta, "sql">): boolean {
	return statements.every((statement) => creation.test(statement) || removal.test(statement));
}

/**
 * Builds and drops indexes without keeping others from writing, one statement after the other. A process that ended in the middle
 * leaves what is done, and perhaps an invalid index: a second run skips the former and builds the latter again.
 */
export async function buildIndexes(connection: Sql, statements: readonly string[]): Promise<void> {
	// It waits for transactions that were there before, such as a backup's, and blocks no writer meanwhile.
	await connection`set lock_timeout = 0`;
	for (const statement of statements) {
		const created = creation.exec(statement)?.[1];
		const dropped = removal.exec(statement)?.[1];
		const name = created ?? dropped;
		if (name === undefined) throw new Error(`This builds no index: ${statement}`);
		const state = await readState(connection, name);
		if (state === "invalid" || (dropped !== undefined && state === "valid"))
			await connection.unsafe(`drop index concurrently "${name}"`);
		if (created !== undefined && state !== "valid") await connection.unsafe(statement);
	}
}

async function readState(connection: Sql, name: string): Promise<"absent" | "valid" | "invalid"> {
	const [index] = await connection<{ isValid: boolean }[]>`
		select indisvalid as "isValid" from pg_index where indexrelid = to_regclass(${`"${name}"`})`;
	if (!index) return "absent";
	return index.isValid ? "valid" : "invalid";
}

/** The same statement for a transaction in which no other session uses the table. */
export function toPlainStatement(statement: string): string {
	return creation.test(statement) || removal.test(statement)
		? statement.replace(/\bconcurrently\s+/i, "")
		: statement;
}

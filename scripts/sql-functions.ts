/**
 * The database's functions are the files of `drizzle/functions`, one function a file, named like it. Migrations that change them
 * are generated: `npm run db:functions -- --name <name>`.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Sql } from "postgres";

const folder = new URL("../drizzle/functions/", import.meta.url);

interface FunctionFile {
	readonly name: string;
	/** One `CREATE OR REPLACE FUNCTION` statement, with comments before it. */
	readonly text: string;
}

export function readFunctionFiles(): FunctionFile[] {
	return readdirSync(folder)
		.filter((file) => file.endsWith(".sql"))
		.toSorted()
		.map((file) => ({ name: file.slice(0, -4), text: readFileSync(new URL(file, folder), "utf8").trim() }));
}

interface Definition {
	readonly name: string;
	/** Types of the arguments and of the result: another function in PostgreSQL's eyes when they differ. */
	readonly signature: string;
	readonly definition: string;
}

/** The statements that make the database's functions those of the files; none when they are the same. */
export async function findFunctionChanges(sql: Sql, files: readonly FunctionFile[]): Promise<string[]> {
	const wanted = await readWanted(sql, files);
	const present = await readDefinitions(sql, "public");
	const kept = new Map(present.map((one) => [one.name, one]));
	const drops = present
		.filter(({ name, signature }) => wanted.get(name)?.signature !== signature)
		.map(({ name }) => `DROP FUNCTION ${name};`);
	const creations = files.filter(({ name }) => kept.get(name)?.definition !== wanted.get(name)?.definition);
	return [...drops, ...creations.map(({ text }) => text)];
}

const scratch = "parley_functions";

/** What the files define: they are run in a schema of their own, in a transaction that is rolled back. */
async function readWanted(sql: Sql, files: readonly FunctionFile[]): Promise<Map<string, Definition>> {
	const rollback = new Error("Only looked at");
	let found: Definition[] = [];
	const looking = sql.begin(async (transaction) => {
		// As: a transaction runs statements as its pool does.
		const tx = transaction as unknown as Sql;
		await tx.unsafe(`create schema ${scratch}`);
		await tx.unsafe(`set local search_path = ${scratch}, public`);
		await tx.unsafe("set local check_function_bodies = off");
		for (const { text } of files) await tx.unsafe(text);
		found = await readDefinitions(tx, scratch);
		throw rollback;
	});
	await looking.catch((error: unknown) => {
		if (error !== rollback) throw error;
	});
	const byName = new Map(found.map((one) => [one.name, one]));
	const misnamed = files.filter(({ name }) => !byName.has(name)).map(({ name }) => `${name}.sql`);
	if (misnamed.length > 0 || found.length !== files.length)
		throw new Error(
			`Every file must define the one function of its name: ${misnamed.join(", ") || "one has more"}`,
		);
	return byName;
}

async function readDefinitions(sql: Sql, schema: string): Promise<Definition[]> {
	const rows = await sql<Definition[]>`
		select proname as name, format('(%s) %s', pg_get_function_identity_arguments(pg_proc.oid),
			pg_get_function_result(pg_proc.oid)) as signature, pg_get_functiondef(pg_proc.oid) as definition
		from pg_proc where pronamespace = ${schema}::regnamespace and prokind = 'f'
			and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e') order by 1, 2`;
	return rows.map((row) => ({
		name: row.name,
		signature: row.signature.replaceAll("public.", ""),
		definition: row.definition.replace(`FUNCTION ${schema}.`, "FUNCTION ").replaceAll("public.", ""),
	}));
}

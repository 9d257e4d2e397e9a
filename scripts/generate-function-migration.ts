/**
 * Writes a migration with every function of `drizzle/functions` that is not yet as its file says, after all migrations so far:
 *
 *     npm run db:functions -- --name quicker_quota
 *
 * An embedded PostgreSQL in a temporary folder applies the migrations and compares. A function whose arguments or result change is
 * dropped and created again: an old server that still runs then calls one that is gone, so give a changed function another name.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectDatabase, migrateDatabase } from "../server/db/index.ts";
import { startEmbeddedDatabase } from "../server/embedded-postgres/index.ts";
import { findFunctionChanges, readFunctionFiles } from "./sql-functions.ts";

const { values } = parseArgs({ options: { name: { type: "string" } } });
const name = values.name ?? "";
if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error("Give the migration a name: --name lower_case_words");

const changes = await readChanges();
if (changes.length === 0) console.log("The functions are as the migrations make them.");
else console.log(await writeMigration(changes));

async function readChanges(): Promise<string[]> {
	const dataDir = await mkdtemp(join(tmpdir(), "parley-functions-"));
	const embedded = await startEmbeddedDatabase({ dataDir, role: "tool" });
	const db = connectDatabase({ url: embedded.url, poolMax: 1, applicationName: "parley functions" });
	try {
		await migrateDatabase(db);
		return await findFunctionChanges(db.sql, readFunctionFiles());
	} finally {
		await db.close();
		await embedded.stop();
		await rm(dataDir, { recursive: true, force: true });
	}
}

/** drizzle-kit makes the file and its line in the journal. */
async function writeMigration(statements: readonly string[]): Promise<string> {
	execFileSync("npx", ["drizzle-kit", "generate", "--custom", "--name", name], { stdio: "ignore" });
	const folder = fileURLToPath(new URL("../drizzle/migrations/", import.meta.url));
	const file = (await readdir(folder)).find((one) => one.endsWith(`_${name}.sql`));
	if (!file) throw new Error("drizzle-kit has made no file.");
	const head = "-- Generated from drizzle/functions by npm run db:functions.";
	const text = [`${head}\nSET LOCAL check_function_bodies = off;`, ...statements];
	await writeFile(join(folder, file), `${text.join("\n--> statement-breakpoint\n")}\n`);
	return `${file}: ${statements.length} statements`;
}

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLog } from "../../../drizzle/schema/index.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { hasPgBouncer, type PoolerInput, startPgBouncer } from "../../testing/servers/pgbouncer.ts";
import { inTransaction } from "../in-transaction.ts";
import { migrateDatabase } from "../migrations/migrate.ts";
import { createNotices } from "../notices.ts";
import { connectDatabase, serverLimits } from "./connect.ts";
import { toStorageError } from "./storage-error.ts";

let db: TestDatabase;
/** Past any pooler, also when the whole run goes through one. */
let direct = "";
/** For `alter role`: this user in this database. */
let inDatabase = "";
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
	db = await createTestDatabase();
	direct = db.directUrl ?? db.url;
	const [names] = await db.session<{ role: string; name: string }[]>`
		select quote_ident(current_user) as role, quote_ident(current_database()) as name`;
	inDatabase = `${names?.role} in database ${names?.name}`;
	await db.session.unsafe(`alter role ${inDatabase} reset all`);
});
afterEach(async () => {
	for (const each of open.splice(0).reverse()) await each.close();
	await db.drop();
});

async function openPooler(input: Partial<PoolerInput> = {}): Promise<string> {
	const pooler = await startPgBouncer({ url: direct, mode: "transaction", ...input });
	open.push(pooler);
	return pooler.url;
}

function connect(url: string, directUrl: string | null) {
	const connected = connectDatabase({ url, directUrl, poolMax: 6, applicationName: "pooling test" });
	open.push(connected);
	return connected;
}

async function setLimits() {
	for (const [name, ms] of Object.entries(serverLimits))
		await db.session.unsafe(`alter role ${inDatabase} set ${name} = ${ms}`);
}

const dropsLimits = { ignores: Object.keys(serverLimits) };
const changePath = (url: string, path: string) => Object.assign(new URL(url), { pathname: path }).href;

describe.skipIf(!hasPgBouncer())("a database behind PgBouncer", () => {
	it("gives every statement its own answer when more are asked than the pooler has connections", async () => {
		const pooled = connect(await openPooler({ size: 2 }), direct);
		await migrateDatabase(pooled);
		const id = crypto.randomUUID();
		const asked = Array.from({ length: 200 }, async (_, index) => {
			// Behind a statement without parameters the driver sends the next one at once.
			if (index % 4 === 0) return (await pooled.sql.unsafe(`select ${index} as given`))[0]?.given;
			if (index % 4 === 1) return (await pooled.sql`select ${index}::int as given`)[0]?.given;
			if (index % 4 === 2)
				return await inTransaction(pooled, async ({ sql }) => {
					await sql`select set_config('parley.test', ${String(index)}, true)`;
					await sleep(1);
					const [row] = await sql`select current_setting('parley.test')::int as given`;
					return row?.given;
				});
			const action = `${id}.${index}`;
			await pooled.orm.insert(auditLog).values({ id: crypto.randomUUID(), action, subject: "x" });
			const [row] = await pooled.sql`select action from audit_log where action = ${action}`;
			return Number(row?.action.split(".")[1]);
		});
		expect(await Promise.all(asked)).toEqual(asked.map((_, index) => index));
	});

	it("ends statements and waits for locks on the server, by settings of the role", async () => {
		const pooled = connect(await openPooler(), direct);
		expect(await migrateDatabase(pooled)).toEqual({ applied: 0, hasLimits: true });
		const [limits] = await pooled.sql`
			select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`;
		expect(limits).toEqual({ statement: "5s", lock: "2s" });
		const held = Promise.withResolvers<void>();
		const holding = pooled.sql.begin(async (tx) => {
			await tx`lock table plans in access exclusive mode`;
			held.resolve();
			await sleep(2_500);
		});
		await held.promise;
		const waiting = pooled.sql`select * from plans`.then(() => null, toStorageError);
		expect(await waiting).toMatchObject({ code: "storage_unavailable", cause: { code: "55P03" } });
		await holding;
	});

	it("carries notices past the pooler", async () => {
		const pooled = connect(await openPooler(), direct);
		const [one, two] = [await createNotices(pooled, "one"), await createNotices(pooled, "two")];
		const heard: unknown[] = [];
		two.on("topic", (body) => heard.push(body));
		one.send("topic", { number: 1 });
		await expect.poll(() => heard).toEqual([{ number: 1 }]);
		await Promise.all([one.close(), two.close()]);
	});

	it("fails statements when the pooler dies, and works again with the next one", async () => {
		const pooler = await startPgBouncer({ url: direct, mode: "transaction" });
		const pooled = connect(pooler.url, direct);
		await pooled.sql`select 1`;
		await pooler.close();
		const failure = await pooled.sql`select 1`.then(() => null, toStorageError);
		expect(failure).toMatchObject({ code: "storage_unavailable" });
	});

	it.each([
		[
			"a pooler that refuses the time limits",
			{ ignores: [] },
			/refuses Parley's time limits. Set DATABASE_DIRECT/,
		],
		[
			"a pooler that drops the time limits",
			dropsLimits,
			/drops Parley's time limits. Set DATABASE_DIRECT_URL/,
		],
		[
			"a pooler in statement mode",
			{ mode: "statement", ...dropsLimits } as const,
			/drops Parley's time limits/,
		],
	])("refuses %s in place of the server", async (_, input, words) => {
		await expect(migrateDatabase(connect(await openPooler(input), null))).rejects.toThrow(words);
	});

	it("refuses a pooler that keeps the time limits but not the session", async () => {
		await setLimits();
		await expect(migrateDatabase(connect(await openPooler(dropsLimits), null))).rejects.toThrow(
			/changes sessions between transactions. Set DATABASE_DIRECT_URL/,
		);
	});

	it("needs nothing before a pooler in session mode that keeps the time limits", async () => {
		await setLimits();
		const url = await openPooler({ mode: "session", ...dropsLimits });
		expect(await migrateDatabase(connect(url, null))).toEqual({ applied: 0, hasLimits: true });
	});

	it.each(["transaction", "statement"] as const)(
		"refuses a direct address that leads through %s mode",
		async (mode) => {
			const [url, second] = [await openPooler(), await openPooler({ mode, ...dropsLimits })];
			await expect(migrateDatabase(connect(url, second))).rejects.toThrow(
				/DATABASE_DIRECT_URL leads through/,
			);
		},
	);

	it("refuses a pooler that allows no transactions", async () => {
		const url = await openPooler({ mode: "statement" });
		await expect(migrateDatabase(connect(url, direct))).rejects.toThrow(/allows no transactions.*pool_mode/);
	});

	it("refuses two addresses that lead to different databases", async () => {
		const other = await createTestDatabase();
		const url = changePath(await openPooler(), new URL(other.url).pathname);
		await expect(migrateDatabase(connect(url, direct))).rejects.toThrow(/lead to different databases/);
		await other.drop();
	});
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { startTestParley } from "../testing/parley.ts";

const poolMax = 5;
let db: TestDatabase;
let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	db = await createTestDatabase({ poolMax });
	parley = await startTestParley({ db, env: { PARLEY_DATABASE_POOL: String(poolMax) } });
});
afterAll(async () => {
	await parley?.close();
	await db?.drop();
});

it("sixty slow queries of one person leave chat and other people's queries as quick as they were", async () => {
	const [greedy, other] = [await parley.signIn({ role: "admin" }), await parley.signIn()];
	const send = () => other.client.chat.send.mutate({ text: "[[sim tokens=3]] hello" });
	await send();
	const outside = db.connectUnhurried();
	// Every query of the audit log waits for this lock until its lock timeout of 2 s.
	const locked = Promise.withResolvers<void>();
	const unlock = Promise.withResolvers<void>();
	const holding = outside.begin(async (tx) => {
		await tx`lock table audit_log in access exclusive mode`;
		locked.resolve();
		await unlock.promise;
	});
	await locked.promise;
	let answered = 0;
	const queries = Array.from({ length: 60 }, async () => {
		const answer = await fetch(`${parley.url}/api/trpc/admin.audit.list?input={}`, {
			headers: greedy.headers,
		});
		if (answer.status !== 429) answered += 1;
		return answer;
	});
	const refused = Promise.all(queries).then((all) => all.filter(({ status }) => status === 429));
	await expect
		.poll(async () => (await db.sql`select from pg_locks where not granted`).length)
		.toBeGreaterThan(0);
	await Promise.all([send(), other.client.threads.list.query({}), other.client.usage.limits.query()]);
	// Without a limit these would stand behind all sixty, five of which are answered every 2 s.
	expect(answered).toBeLessThan(10);
	unlock.resolve();
	await holding;
	await outside.end();
	expect((await refused).length).toBeGreaterThan(20);
	expect((await refused)[0]?.headers.get("retry-after")).toBe("1");
});

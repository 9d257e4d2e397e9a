import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../db/index.ts";
import { removeContentOf } from "../../retention/index.ts";
import { startTestParley } from "../../testing/parley.ts";
import { runProgram } from "../../testing/run-program.ts";
import { deleteAccount } from "./delete-account.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
	await parley.signIn({ role: "admin" });
});
afterAll(() => parley?.close());

type Person = Awaited<ReturnType<typeof parley.signIn>>;

/** A person with many conversations, whose answers have logs. */
async function createTalker(threads: number, messagesEach: number): Promise<Person> {
	const person = await parley.signIn();
	const { sql } = parley.db;
	await sql`
		with made as (
			insert into threads (id, user_id, title) select gen_random_uuid(), ${person.userId}, 'A title'
			from generate_series(1, ${threads}) returning id
		), written as (
			insert into messages (id, thread_id, role, text)
			select gen_random_uuid(), made.id, case when number % 2 = 0 then 'user' else 'assistant' end, 'Some words.'
			from made, generate_series(1, ${messagesEach}) as number returning id, thread_id, role
		), turns as (
			insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id, request_hash,
				branch_point_id, requested_model, status, lease_owner, lease_expires_at)
			select gen_random_uuid(), ${person.userId}, thread_id, id, id, id, '', id, 'auto', 'complete', '', now()
			from written where role = 'assistant' returning id
		)
		insert into turn_events (turn_id, seq, epoch, event)
		select id, number, 1, '{"type":"text-delta","text":"x"}' from turns, generate_series(1, 3) as number`;
	return person;
}

/** A database that notes how many rows each statement returned, and breaks after so many statements. */
function watch(db: Database, statementsMax = Number.POSITIVE_INFINITY) {
	const rows: number[] = [];
	const sql = new Proxy(db.sql, {
		apply(target, self, input) {
			if (rows.length >= statementsMax) throw new Error("the process is gone");
			const query = Reflect.apply(target, self, input);
			const place = rows.push(0) - 1;
			void Promise.resolve(query).then(
				(found: readonly unknown[]) => {
					rows[place] = found.length;
				},
				() => undefined,
			);
			return query;
		},
	});
	return { db: { ...db, sql }, rows };
}

const readCounts = async (userId: string) => {
	const [row] = await parley.db.sql`
		select (select count(*) from users where id = ${userId})::int as users,
			(select count(*) from threads where user_id = ${userId})::int as threads,
			(select count(*) from messages join threads on threads.id = thread_id where user_id = ${userId})::int as messages,
			(select count(*) from turns where user_id = ${userId})::int as turns`;
	return row;
};
const none = { users: 0, threads: 0, messages: 0, turns: 0 };
const endTurns = async () => undefined;

describe("a large account", () => {
	it("is removed in statements of at most 500 rows", async () => {
		const person = await createTalker(40, 60);
		const { db, rows } = watch(parley.db);
		await deleteAccount({ db, secret: null, endTurns }, { userId: person.userId, by: null });
		expect(await readCounts(person.userId)).toEqual(none);
		expect(Math.max(...rows)).toBe(500);
		expect(rows.filter((count) => count > 0).length).toBeGreaterThan(7);
		expect(
			await parley.db.sql`select from turn_events where not exists (select from turns where id = turn_id)`,
		).toEqual([]);
	});
});

describe("two processes that remove the same account", () => {
	const rowsOf = (table: "messages" | "threads", userId: string) => {
		const { sql } = parley.db;
		return table === "threads"
			? sql`select id from threads where user_id = ${userId} order by id`
			: sql`select messages.id from messages join threads on threads.id = thread_id where user_id = ${userId} order by messages.id`;
	};

	it.each(["messages", "threads"] as const)(
		"take its %s in one order, so that neither waits for what the other holds",
		async (table) => {
			// Threads alone, or messages of one thread: what is locked first is then of this table.
			const person = await (table === "threads" ? createTalker(60, 0) : createTalker(1, 60));
			await parley.db.sql`delete from turns where user_id = ${person.userId}`;
			// The search reads new texts in the background, and locks the rows that it reads.
			await expect
				.poll(async () => await parley.db.sql`select from term_queue`, { timeout: 20_000 })
				.toHaveLength(0);
			const [lowest, ...others] = (await rowsOf(table, person.userId)).map(({ id }) => id as string);
			const first = await parley.db.sql.reserve();
			await first`begin`;
			await first`select from ${first(table)} where id = ${lowest ?? ""} for update`;
			const removing = removeContentOf(parley.db.sql, person.userId);
			await expect
				.poll(
					async () =>
						await parley.db.sql`select from pg_stat_activity
				where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`,
					{ timeout: 10_000 },
				)
				.toHaveLength(1);
			const free =
				await first`select from ${first(table)} where id = any(${others}::uuid[]) for update skip locked`;
			expect(free).toHaveLength(others.length);
			await first`commit`;
			first.release();
			await removing;
			expect(await readCounts(person.userId)).toMatchObject({ threads: 0, messages: 0 });
		},
	);

	it("both end, with nothing left", async () => {
		const person = await createTalker(40, 60);
		await parley.db
			.sql`update users set deleting_at = now() - interval '2 minutes' where id = ${person.userId}`;
		await Promise.all(Array.from({ length: 4 }, () => parley.services.auth.finishDeletions()));
		expect(await readCounts(person.userId)).toEqual(none);
	});
});

describe("a deletion that is interrupted", () => {
	it("has deleted the account all the same: no sign-in works, and the address is free", async () => {
		const person = await createTalker(10, 60);
		const { db } = watch(parley.db, 4);
		const deleting = deleteAccount({ db, secret: null, endTurns }, { userId: person.userId, by: null });
		await expect(deleting).rejects.toThrow("the process is gone");
		expect(await readCounts(person.userId)).toMatchObject({ users: 1 });
		const { auth } = parley.services;
		const { email, password } = person;
		expect(await auth.verifyCredentials({ email, password })).toBeNull();
		await expect(person.client.threads.list.query({})).rejects.toMatchObject({ data: { httpStatus: 401 } });
		const env = { DATABASE_URL: parley.db.url };
		expect((await runProgram(["user", "list"], { env })).output).not.toContain(person.userId);
		for (const words of [
			["user", "unsuspend", "--email", person.userId],
			["user", "reset-link", "--email", email],
			["user", "delete", "--email", person.userId],
		])
			expect(await runProgram(words, { env })).toMatchObject({ exitCode: 1 });
		const again = await auth.createUser({ email, password, role: "user" });
		expect(again.userId).not.toBe(person.userId);

		// Another process goes on with it, but not within the minute in which the first may still be at work.
		await auth.finishDeletions();
		expect(await readCounts(person.userId)).toMatchObject({ users: 1 });
		await parley.db
			.sql`update users set deleting_at = now() - interval '61 seconds' where id = ${person.userId}`;
		await Promise.all([auth.finishDeletions(), auth.finishDeletions()]);
		expect(await readCounts(person.userId)).toEqual(none);
		expect(await auth.verifyCredentials({ email, password })).not.toBeNull();
	});

	it("waits for an answer that was accepted just before it, and settles what it held", async () => {
		const person = await parley.signIn();
		const { turnId } = await person.client.chat.send.mutate({ text: "[[sim tokens=3000,itl=10]] long" });
		// As a process that died after it had marked the account, while a late answer was accepted elsewhere.
		await parley.db
			.sql`update users set deleting_at = now() - interval '2 minutes' where id = ${person.userId}`;
		await parley.services.auth.finishDeletions();
		expect(await readCounts(person.userId)).toEqual(none);
		const [held] = await parley.db.sql`
			select coalesce(sum(reserved_nano_usd), 0)::text as held from quota_buckets where key like ${`user:${person.userId}:%`}`;
		expect(held).toEqual({ held: "0" });
		expect(await parley.db.sql`select from ledger where turn_id = ${turnId}`).toHaveLength(1);
	});
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { deletionPauseReason } from "../drizzle/schema/index.ts";
import { toPeriodicJobs } from "./services.ts";
import { connectAgain } from "./testing/database.ts";
import { startTestParley } from "./testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
});
afterAll(() => parley?.close());

/** What each job has to do, by a question that has no rows once it is done. */
async function leaveWork(): Promise<string[]> {
	const { sql } = parley.db;
	const [userId, leavingId, threadId] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
	await sql`
		insert into users (id, email, name, role, deleting_at)
		values (${userId}, 'ada@example.com', 'Ada', 'user', null), (${leavingId}, 'bob@example.com', 'Bob', 'user', now() - interval '1 day')`;
	await sql`
		insert into threads (id, user_id, title, deleted_at)
		values (gen_random_uuid(), ${userId}, 'A kept title', null), (${threadId}, ${userId}, 'A deleted one', now() - interval '60 days')`;
	await sql`
		insert into spending_pauses (scope, reason, paused_by, paused_at)
		values (${`user:${userId}`}, ${deletionPauseReason}, ${userId}, now() - interval '1 hour')`;
	await sql`insert into quota_buckets (key, used_nano_usd) values (${`user:${userId}:day:2020-01-01`}, 5)`;
	await sql`
		insert into ledger (id, account, kind, amount_nano_usd, created_at)
		values (gen_random_uuid(), 'house', 'correction', 7, now() - interval '3 days')`;
	return [
		"select from term_queue",
		`select from users where id = '${leavingId}'`,
		"select from spending_pauses",
		"select from quota_buckets where key like '%2020%'",
		"select where not exists (select from usage_days)",
		`select from threads where id = '${threadId}'`,
	];
}

it("the server's periodic jobs index texts, finish deletions, end pauses, sum up days and empty the trash", async () => {
	const db = connectAgain(parley.db);
	const questions = await leaveWork();
	const readLeft = async () => {
		const left: string[] = [];
		for (const question of questions) if ((await db.sql.unsafe(question)).length > 0) left.push(question);
		return left;
	};
	for (const { run } of toPeriodicJobs({ db, logger: parley.services.logger }, parley.services.auth))
		await run();
	// The running server has these jobs, too: what one of them is at work on, the other leaves to it.
	await expect.poll(readLeft, { timeout: 10_000 }).toEqual([]);
	await db.drop();
});

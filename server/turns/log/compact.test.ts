import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { compactLogs } from "./compact.ts";

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
});
afterAll(() => db?.drop());

const eventsPerTurn = 75;

/** Logs of turns that are gone, made so long ago; ids as UUIDv7 makes them. */
const addLogs = (turns: number, agoMs: number) => db.sql`
	insert into turn_events (turn_id, seq, epoch, event)
	select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - ${agoMs}::bigint), 12, '0') || '7'
		|| lpad(to_hex(turn), 19, '0'))::uuid, seq, 1, '{"type":"text-delta","text":"five words of an answer"}'
	from generate_series(1, ${turns}::int) as turn, generate_series(1, ${eventsPerTurn}::int) as seq`;
const countTurns = async () => {
	const [row] = await db.sql<{ turns: number }[]>`
		select count(distinct turn_id)::int as turns from turn_events`;
	return row?.turns;
};

it("drops the logs of 1,000 old turns at 200 a second or more, and keeps the young ones", async () => {
	await addLogs(1_000, 3_600_000);
	await addLogs(200, 1_000);
	await db.sql`analyze turn_events`;
	const startedAt = performance.now();
	expect(await compactLogs(db.sql, 60_000)).toBe(1_000);
	const seconds = (performance.now() - startedAt) / 1_000;
	expect(await countTurns()).toBe(200);
	expect(1_000 / seconds).toBeGreaterThan(200);
});

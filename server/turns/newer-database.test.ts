import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

async function readBooks(): Promise<Record<string, unknown>> {
	const ids = await person.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		text: "[[sim tokens=7,text=words]] the same each time",
	});
	expect((await person.follow(ids)).at(-1)?.event).toMatchObject({ type: "turn-end", status: "complete" });
	const [row] = await parley.db.sql`
		select to_jsonb(model_calls) - '{id,turn_id,provider_request_id,started_at,first_token_ms,duration_ms}'::text[] as call,
			to_jsonb(ledger) - '{id,turn_id,model_call_id,created_at}'::text[] as line
		from model_calls join ledger on ledger.model_call_id = model_calls.id where model_calls.turn_id = ${ids.turnId}`;
	return row ?? {};
}

it("a running server goes on to answer and to book when a newer one adds columns that forbid null", async () => {
	const { sql } = parley.db;
	const before = await readBooks();
	const tables = await sql<{ name: string }[]>`
		select quote_ident(relname) as name from pg_class
		where relkind = 'r' and relnamespace = 'public'::regnamespace`;
	for (const { name } of tables)
		await sql.unsafe(`alter table ${name} add column added_later text not null default 'default'`);
	const { call, line } = await readBooks();
	expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["model_calls", "ledger", "turns"]));
	expect({ call, line }).toEqual({
		call: { ...Object(before.call), added_later: "default" },
		line: { ...Object(before.line), added_later: "default" },
	});
});

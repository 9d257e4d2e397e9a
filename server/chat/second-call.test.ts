import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

let parley: Parley;
let person: Awaited<ReturnType<Parley["signIn"]>>;

beforeAll(async () => {
	parley = await startTestParley({
		models: { flaky: "sim:fault=error-first", small: "sim-small" },
		fallbacks: { flaky: ["small"] },
	});
	person = await parley.signIn();
	// Every call after the first finds a database that does not take its event.
	await parley.db.sql.unsafe(`
		create function refuse_second_call() returns trigger language plpgsql as $$
		begin raise exception 'not now' using errcode = '57P03'; end $$`);
});
afterAll(() => parley?.close());
beforeEach(async () => {
	parley.upstream.reset();
	await parley.db.sql.unsafe(`
		create trigger refuse_second_call before insert on turn_events for each row
		when ((new.event ->> 'attempt')::int > 1) execute function refuse_second_call()`);
});
afterEach(release);

async function release() {
	await parley.db.sql`drop trigger if exists refuse_second_call on turn_events`;
}

const send = () =>
	person.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		text: "[[sim tokens=5]] twice",
		model: "flaky",
	});
const countSent = () => parley.upstream.requests().length;

describe("a turn's second call", () => {
	it("is sent only once the database has it, so that a crash leaves no call without a record", async () => {
		const { turnId } = await send();
		await expect.poll(countSent).toBe(1);
		// Longer than any pause before a second try.
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		expect(countSent()).toBe(1);
		await release();
		const end = (await person.follow({ turnId })).at(-1)?.event;
		expect(end).toMatchObject({ status: "complete", receipt: { attempts: countSent() } });
	});

	it("is not sent by a process that has lost the turn meanwhile, and all that was sent is booked", async () => {
		const { turnId } = await send();
		await expect.poll(countSent).toBe(1);
		await parley.db.sql`
			update turns set epoch = epoch + 1, lease_owner = 'gone', lease_expires_at = now() where id = ${turnId}`;
		await release();
		const end = (await person.follow({ turnId })).at(-1)?.event;
		expect(end).toMatchObject({ type: "turn-end", status: "interrupted" });
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		expect(countSent()).toBe(1);
		const calls = await parley.db.sql`select attempt from model_calls where turn_id = ${turnId}`;
		expect(calls).toEqual([{ attempt: 1 }]);
	});
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { foldEvents, startTestParley } from "../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

let db: TestDatabase;
let a: Parley;
let b: Parley;
let person: Awaited<ReturnType<Parley["signIn"]>>;
beforeAll(async () => {
	db = await createTestDatabase();
	a = await startTestParley({ db });
	b = await startTestParley({ db });
	person = await a.signIn();
});
afterAll(async () => {
	await a?.close();
	await b?.close();
	await db?.drop();
});

const fresh = () => crypto.randomUUID();
/** Calls of models so far, of both instances. */
const countCalls = () => a.upstream.requests().length + b.upstream.requests().length;
const priorityOf = async (turnId: string) =>
	(await db.sql<{ priority: string }[]>`select priority from turns where id = ${turnId}`)[0]?.priority;

describe("chat.complete", () => {
	it("answers what send and follow tell, and is an ordinary turn of the person", async () => {
		const reply = await person.client.chat.complete.mutate({
			clientMessageId: fresh(),
			text: "[[sim tokens=30,itl=1,text=words]] whole",
		});
		const seen = await person.follow({ turnId: reply.turnId });
		const end = seen.at(-1)?.event;
		expect(reply).toMatchObject({
			status: "complete",
			text: foldEvents(seen.map(({ event }) => event)).text,
		});
		expect(end).toMatchObject({ type: "turn-end", status: reply.status, receipt: reply.receipt });
		const { messages } = await person.client.threads.get.query({ threadId: reply.threadId });
		expect(messages.at(-1)).toMatchObject({ id: reply.assistantMessageId, text: reply.text });
		const bill = await person.client.usage.turn.query({ turnId: reply.turnId });
		expect(bill.chargedNanoUsd).toBe(reply.receipt.costNanoUsd);
		expect(await priorityOf(reply.turnId)).toBe("api");
	});

	it("makes one call of 50 identical requests at two instances, and gives all the same reply", async () => {
		const elsewhere = b.reach(person.cookie);
		const before = countCalls();
		const input = { clientMessageId: fresh(), text: "[[sim tokens=40,itl=3,text=words]] fifty-fold" };
		const replies = await Promise.all(
			Array.from({ length: 50 }, (_, index) =>
				(index % 2 ? person : elsewhere).client.chat.complete.mutate(input),
			),
		);
		expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
		expect(countCalls() - before).toBe(1);
		expect(await elsewhere.client.chat.complete.mutate(input)).toEqual(replies[0]);
		await expect(person.client.chat.complete.mutate({ ...input, text: "other" })).rejects.toMatchObject({
			data: { parley: { code: "idempotency_conflict" } },
		});
	});

	it("tells a failed turn as an end with its code, not as an error", async () => {
		const reply = await person.client.chat.complete.mutate({
			clientMessageId: fresh(),
			text: "[[sim fault=filter-request]] no",
		});
		expect(reply).toMatchObject({ status: "filtered_request", code: "content_filtered", text: "" });
	});

	it("does not stop the turn when the caller goes away, and the same request then gives its reply", async () => {
		const input = { clientMessageId: fresh(), text: "[[sim tokens=60,itl=10,text=words]] abandoned" };
		const before = countCalls();
		const leaving = new AbortController();
		const asked = person.client.chat.complete.mutate(input, { signal: leaving.signal });
		await expect.poll(countCalls).toBe(before + 1);
		leaving.abort();
		await expect(asked).rejects.toThrow();
		expect(await person.client.chat.complete.mutate(input)).toMatchObject({ status: "complete" });
		expect(countCalls()).toBe(before + 1);
	});

	it("does not find another person's thread", async () => {
		const { threadId } = await person.client.chat.complete.mutate({
			clientMessageId: fresh(),
			text: "[[sim tokens=1]] mine",
		});
		const other = await a.signIn();
		await expect(
			other.client.chat.complete.mutate({ clientMessageId: fresh(), text: "theirs", threadId }),
		).rejects.toMatchObject({ data: { httpStatus: 404, parley: { code: "not_found" } } });
	});
});

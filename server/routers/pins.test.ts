import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pinsMax } from "../contract/limits.ts";
import { startTestParley } from "../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

let parley: Parley;
let person: Awaited<ReturnType<Parley["signIn"]>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

/** Questions and answers in turn, with these counts of tokens, written into the database behind the product. */
async function addThread(tokens: readonly number[]) {
	const ids = await person.client.chat.send.mutate({ text: "[[sim tokens=2]] hello" });
	await person.follow({ turnId: ids.turnId });
	const { sql } = parley.db;
	const [{ tokenizer }] = await sql<
		[{ tokenizer: string }]
	>`select tokenizer from messages where id = ${ids.userMessageId}`;
	const added: string[] = [];
	let parent = ids.assistantMessageId;
	for (const [index, count] of tokens.entries()) {
		const [row] = await sql<[{ id: string }]>`
			insert into messages (id, thread_id, parent_id, role, text, token_count, tokenizer)
			values (${crypto.randomUUID()}, ${ids.threadId}, ${parent}, ${index % 2 ? "assistant" : "user"},
				${`message  number\n${index}`}, ${count}, ${tokenizer}) returning id`;
		parent = row.id;
		added.push(row.id);
	}
	await sql`update threads set active_leaf_id = ${parent} where id = ${ids.threadId}`;
	const pin = (messageId = "", isPinned = true) =>
		person.client.threads.setPin.mutate({ threadId: ids.threadId, messageId, isPinned });
	return { ...ids, added, pin };
}

const detailsOf = (call: Promise<unknown>) =>
	call.then(
		() => "ok",
		(error) => error.data?.parley,
	);

describe("a pin", () => {
	it("stands at its message and in the thread's context until it is taken away, and once more changes nothing", async () => {
		const { threadId, added, pin } = await addThread([10, 20]);
		const first = await pin(added[1]);
		expect(await pin(added[1])).toEqual(first);
		const { messages } = await person.client.threads.get.query({ threadId });
		expect(messages.map(({ pinnedAt }) => pinnedAt)).toEqual([null, null, null, first.pinnedAt]);
		expect(await person.client.threads.context.query({ threadId })).toMatchObject({
			pins: [{ messageId: added[1], role: "assistant", text: "message number 1", tokens: 20 }],
			pinTokensMax: 4_000,
			strategy: null,
			planStrategy: null,
		});
		expect((await pin(added[1], false)).pinnedAt).toBeNull();
		expect((await person.client.threads.context.query({ threadId })).pins).toEqual([]);
	});

	it("is refused when all pins together would be longer than a quarter of the smallest window", async () => {
		const { added, pin } = await addThread([2_500, 1_400, 200, 100]);
		await pin(added[0]);
		await pin(added[1]);
		expect(await detailsOf(pin(added[2]))).toMatchObject({
			code: "invalid_request",
			details: { reason: "pin_tokens", tokens: 200, pinTokensLeft: 100, pinTokensMax: 4_000 },
		});
		await pin(added[3]);
		await pin(added[1], false);
		await pin(added[2]);
	});

	it("is one of at most so many, also when two come at once", async () => {
		const { threadId, added, pin } = await addThread(Array.from({ length: pinsMax + 2 }, () => 1));
		for (const id of added.slice(0, pinsMax - 1)) await pin(id);
		const results = await Promise.all(added.slice(pinsMax - 1).map((id) => detailsOf(pin(id))));
		expect(results.filter((result) => result === "ok")).toHaveLength(1);
		expect(results.find((result) => result !== "ok")).toMatchObject({
			details: { reason: "pins_max", pinsMax },
		});
		expect((await person.client.threads.context.query({ threadId })).pins).toHaveLength(pinsMax);
	});

	it("waits for an answer to have some text", async () => {
		const { client, follow } = person;
		const ids = await client.chat.send.mutate({ text: "[[sim ttft=3000,tokens=2]] hello" });
		const { threadId, assistantMessageId: messageId, turnId } = ids;
		const pin = () => client.threads.setPin.mutate({ threadId, messageId, isPinned: true });
		expect(await detailsOf(pin())).toMatchObject({ details: { reason: "pin_empty" } });
		await follow({ turnId });
		expect((await pin()).pinnedAt).not.toBeNull();
	});
});

describe("the context of a thread", () => {
	it("says how long the conversation is, by the counts that are stored, on the branch that is viewed", async () => {
		const { threadId, added } = await addThread([9_000, 300]);
		const read = async () => (await person.client.threads.context.query({ threadId })).tokens;
		const all = await read();
		expect(all).toBeGreaterThan(9_300);
		await parley.db.sql`update threads set active_leaf_id = ${added[0] ?? ""} where id = ${threadId}`;
		expect(await read()).toBe(all - 300);
	});
});

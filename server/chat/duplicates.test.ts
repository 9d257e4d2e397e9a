import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
	await parley.db.sql`
		insert into plans (id, requests_per_minute, concurrent_streams, requests_per_day, nano_usd_per_day, allowed_tiers)
		values ('one-stream', 1000, 1, null, null, '{small}'), ('one-a-day', 1000, 100, 1, null, '{small}'),
			('one-answer', 1000, 100, null, 300000, '{small}')`;
});
afterAll(() => parley?.close());
beforeEach(() => parley.upstream.reset());

const fresh = () => crypto.randomUUID();
const long = "[[sim tokens=30,itl=20]] once";

/** Asks the same 40 times at once: the only reply that anybody got. */
async function ask<Reply>(call: () => Promise<Reply>): Promise<Reply> {
	const replies = await Promise.all(Array.from({ length: 40 }, call));
	expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
	expect(parley.upstream.requests().length).toBeLessThanOrEqual(1);
	return replies[0] as Reply;
}

describe("of many identical requests at once, where the plan has room for one, all get the one's reply", () => {
	it.each(["one-stream", "one-a-day", "one-answer"])("to a message, on the plan %s", async (plan) => {
		for (let round = 0; round < 5; round++) {
			const { client, follow } = await parley.signIn({ plan });
			parley.upstream.reset();
			const input = { clientMessageId: fresh(), text: long };
			const { turnId } = await ask(() => client.chat.send.mutate(input));
			await client.chat.stop.mutate({ turnId });
			await follow({ turnId });
		}
	});

	it("to a message that waits for its answer", async () => {
		const { client } = await parley.signIn({ plan: "one-stream" });
		const input = { clientMessageId: fresh(), text: "[[sim tokens=5]] once" };
		expect(await ask(() => client.chat.complete.mutate(input))).toMatchObject({ status: "complete" });
	});

	it("to a message that follows another", async () => {
		const { client, follow } = await parley.signIn({ plan: "one-stream" });
		const { threadId, turnId } = await client.chat.send.mutate({ text: "[[sim tokens=1]] first" });
		await follow({ turnId });
		parley.upstream.reset();
		const input = { clientMessageId: fresh(), text: long, threadId };
		await follow(await ask(() => client.chat.send.mutate(input)));
	});

	it("to a wish for another answer, and for more of one that was stopped", async () => {
		const { client, follow } = await parley.signIn({ plan: "one-stream" });
		const { userMessageId, turnId } = await client.chat.send.mutate({ text: "[[sim tokens=1]] first" });
		await follow({ turnId });
		parley.upstream.reset();
		const another = { clientMessageId: fresh(), userMessageId };
		const { assistantMessageId, ...second } = await ask(() => client.chat.regenerate.mutate(another));
		await follow(second);
		await parley.db.sql`update turns set status = 'interrupted' where id = ${second.turnId}`;
		parley.upstream.reset();
		const more = { clientMessageId: fresh(), assistantMessageId };
		await follow(await ask(() => client.chat.continue.mutate(more)));
	});
});

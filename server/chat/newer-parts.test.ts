import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

const fresh = () => crypto.randomUUID();

/** A conversation whose answer was cut off after some words. */
async function sendCut() {
	const text = "[[sim tokens=30,itl=2,text=words,fault=reset@10]] go on";
	const sent = await person.client.chat.send.mutate({ clientMessageId: fresh(), text });
	await person.follow({ turnId: sent.turnId });
	return sent;
}

const store = (messageId: string, parts: unknown) =>
	parley.db.sql`update messages set parts = ${JSON.stringify(parts)}::text::jsonb where id = ${messageId}`;

describe("an answer with parts that a newer version stored", () => {
	it.each([
		["a part of an unknown type", { version: 1, parts: [{ type: "hologram", beams: 3 }] }],
		["a newer form", { version: 2, parts: [{ type: "hologram", beams: 3 }] }],
	])("keeps them and their version when it goes on here: %s", async (_, newer) => {
		const { assistantMessageId, threadId } = await sendCut();
		await store(assistantMessageId, newer);
		const next = await person.client.chat.continue.mutate({ clientMessageId: fresh(), assistantMessageId });
		await person.follow({ turnId: next.turnId });
		const [row] = await parley.db.sql`select text, parts from messages where id = ${assistantMessageId}`;
		expect(row?.parts).toEqual({ ...newer, parts: [...newer.parts, { type: "text", text: row?.text }] });
		const { messages } = await person.client.threads.get.query({ threadId });
		expect(messages.at(-1)).toMatchObject({
			text: row?.text,
			parts: expect.arrayContaining([{ type: "unknown" }, { type: "text", text: row?.text }]),
		});
	});

	it("is sent to no model without them: the next message is refused and says why", async () => {
		const { assistantMessageId, threadId } = await sendCut();
		await store(assistantMessageId, {
			version: 1,
			parts: [{ type: "hologram" }, { type: "text", text: "x" }],
		});
		const before = parley.upstream.requests().length;
		const refusal = await person.client.chat.send
			.mutate({ clientMessageId: fresh(), threadId, text: "And now?" })
			.then(async ({ turnId }) => (await person.follow({ turnId })).at(-1)?.event)
			.catch((error) => error.data.parley);
		expect(refusal).toMatchObject({ code: "unsupported_content" });
		expect(parley.upstream.requests()).toHaveLength(before);
	});
});

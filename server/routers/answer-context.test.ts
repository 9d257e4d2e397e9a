import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

async function ask(text: string, threadId?: string) {
	const ids = await person.client.chat.send.mutate({ text: `[[sim tokens=3]] ${text}`, threadId });
	await person.follow({ turnId: ids.turnId });
	return ids;
}

it("a call that was sent all of a conversation says so, one from before that was kept says that it is not known", async () => {
	const { turnId, threadId } = await ask("Hello");
	const read = async () => (await person.client.chat.context.query({ turnId })).calls;
	expect(await read()).toMatchObject([{ isKnown: true, strategy: null, parts: [{ kind: "question" }] }]);
	await parley.db.sql`update model_calls set sent_context = null where turn_id = ${turnId}`;
	expect(await read()).toMatchObject([{ isKnown: false, strategy: null, parts: null }]);
	// The thread goes on from there.
	const next = await ask("And again", threadId);
	expect((await person.client.chat.context.query({ turnId: next.turnId })).calls).toMatchObject([
		{ isKnown: true, parts: [{ kind: "messages" }, { kind: "question" }] },
	]);
});

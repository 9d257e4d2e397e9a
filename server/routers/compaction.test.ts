import { afterAll, beforeAll, expect, it } from "vitest";
import { createId } from "../contract/ids.ts";
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

const readKinds = async (turnId: string) => {
	const { calls } = await person.client.chat.context.query({ turnId });
	return calls[0]?.parts?.map(({ kind }) => kind);
};

it("a summary is made, read, used and taken back; until it is used nothing changes", async () => {
	const { compaction, threads } = person.client;
	const { threadId, assistantMessageId } = await ask("Hello");
	expect(await compaction.estimate.query({ threadId })).toBeNull();
	let parent: string = assistantMessageId;
	for (let index = 0; index < 8; index++) {
		const id = createId();
		await parley.db.sql`insert into messages (id, thread_id, parent_id, role, text)
			values (${id}, ${threadId}, ${parent}, ${index % 2 ? "assistant" : "user"},
				${`Part ${index}. ${"The herons of the old harbour sleep late. ".repeat(30)}`})`;
		parent = id;
	}
	await parley.db.sql`update threads set active_leaf_id = ${parent} where id = ${threadId}`;
	await threads.setContext.mutate({ threadId, strategy: "summary" });
	const estimate = await compaction.estimate.query({ threadId });
	expect(estimate?.messages).toBeGreaterThan(4);
	const made = await compaction.preview.mutate({ threadId });
	expect(made.tokensAfter).toBeLessThan(made.tokensBefore);
	expect(await readKinds((await ask("Before", threadId)).turnId)).toEqual(["messages", "question"]);
	expect((await threads.context.query({ threadId })).summary).toBeNull();
	await compaction.confirm.mutate(made);
	expect((await threads.context.query({ threadId })).summary).toMatchObject({
		summaryId: made.summaryId,
		text: made.text,
	});
	expect(await readKinds((await ask("With it", threadId)).turnId)).toEqual([
		"summary",
		"messages",
		"question",
	]);
	await compaction.undo.mutate(made);
	expect(await readKinds((await ask("After", threadId)).turnId)).toEqual(["messages", "question"]);
});

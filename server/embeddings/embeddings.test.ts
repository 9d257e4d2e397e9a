import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createId } from "../contract/ids.ts";
import { startTestParley } from "../testing/parley.ts";
import { createEmbeddings, type Embedder, type OwnEmbedder } from "./index.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley.close());

let asked: (readonly string[])[] = [];
beforeEach(() => {
	asked = [];
});
/** A model whose vectors say how long a text is. */
const toEmbedder = (id: string, languages: Embedder["languages"] = "all"): OwnEmbedder => ({
	id,
	name: id,
	languages,
	textsMax: 10,
	embed: async (texts) => {
		asked.push(texts);
		return texts.map(({ length }) => Float32Array.of(length, 1));
	},
	close: async () => undefined,
});
const { signal } = new AbortController();
const embedWith = async (embedder: OwnEmbedder, threadId: string) => {
	const embeddings = createEmbeddings(parley.db, embedder);
	await embeddings.embedThread(threadId, { embed: embedder.embed, signal });
	return embeddings;
};

/** A thread with these texts in it. */
async function writeThread(texts: readonly string[], tokens = 1_000) {
	const { threadId, turnId, assistantMessageId } = await person.client.chat.send.mutate({
		text: "ok",
		model: "small",
	});
	await person.follow({ turnId });
	const ids = texts.map(() => createId<string>());
	const rows = texts.map((text, place) => ({
		id: ids[place] ?? "",
		thread_id: threadId,
		parent_id: ids[place - 1] ?? assistantMessageId,
		role: place % 2 === 0 ? "user" : "assistant",
		text,
		token_count: tokens,
	}));
	await parley.db.sql`insert into messages ${parley.db.sql(rows)}`;
	return { threadId, ids };
}
const countVectors = async (threadId: string) =>
	(
		await parley.db.sql`
		select 1 from message_vectors join messages on messages.id = message_id where thread_id = ${threadId}`
	).length;
const boats = (count: number) =>
	Array.from({ length: count }, (_, at) => `${createId()} The boat with the number ${at} is in the harbour.`);

it("a thread's messages are embedded once, in batches, and those that are added later in the next round", async () => {
	const model = toEmbedder("once/1");
	const { threadId, ids } = await writeThread(boats(25));
	const embeddings = await embedWith(model, threadId);
	expect(asked.every(({ length }) => length <= 10)).toBe(true);
	expect(asked.length).toBeLessThanOrEqual(4);
	expect((await embeddings.read(ids)).size).toBe(25);
	const calls = asked.length;
	await embedWith(model, threadId);
	expect(asked).toHaveLength(calls);
	await parley.db.sql`
		insert into messages (id, thread_id, parent_id, role, text)
		values (${createId()}, ${threadId}, ${ids.at(-1) ?? null}, 'assistant', 'One more boat.')`;
	await embedWith(model, threadId);
	expect(asked.slice(calls)).toEqual([["One more boat."]]);
});

it("a text that was embedded before is not embedded again, in whichever thread it stands", async () => {
	const texts = boats(6);
	await embedWith(toEmbedder("again/1"), (await writeThread(texts)).threadId);
	asked = [];
	const second = await writeThread(texts);
	const embeddings = await embedWith(toEmbedder("again/1"), second.threadId);
	expect(asked.flat().filter((text) => texts.includes(text))).toEqual([]);
	expect((await embeddings.read(second.ids)).size).toBe(6);
});

it("vectors of one model are not read as another's", async () => {
	const { threadId, ids } = await writeThread(boats(5));
	await embedWith(toEmbedder("first/1"), threadId);
	expect((await createEmbeddings(parley.db, toEmbedder("first/2")).read(ids)).size).toBe(0);
	expect((await (await embedWith(toEmbedder("first/2"), threadId)).read(ids)).size).toBe(5);
});

it("what a provider's other model has made under the same name is not compared with what it makes now", async () => {
	const { threadId, ids } = await writeThread(boats(5));
	const model = toEmbedder("renamed/1");
	await embedWith(model, threadId);
	const id = createId<string>();
	await parley.db.sql`
		insert into messages (id, thread_id, parent_id, role, text)
		values (${id}, ${threadId}, ${ids.at(-1) ?? null}, 'assistant', 'One more boat.')`;
	const longer = { ...model, embed: async () => [Float32Array.of(1, 2, 3)] };
	expect([...(await (await embedWith(longer, threadId)).read([...ids, id])).keys()]).toEqual([id]);
});

it("a text in a language that the model does not know has no vector and is not looked at again", async () => {
	const model = toEmbedder("english/1", "English");
	const { threadId, ids } = await writeThread([...boats(4), "Das Boot liegt im Hafen und wartet auf uns."]);
	const embeddings = await embedWith(model, threadId);
	expect(asked.flat().join()).not.toContain("Hafen");
	expect([...(await embeddings.read(ids)).keys()].toSorted()).toEqual(ids.slice(0, 4).toSorted());
	const calls = asked.length;
	await embedWith(model, threadId);
	expect(asked).toHaveLength(calls);
});

it("a short thread is left alone", async () => {
	await embedWith(toEmbedder("short/1"), (await writeThread(boats(3), 10)).threadId);
	expect(asked).toEqual([]);
});

it("what a model made before it failed is kept, and the rest follows later", async () => {
	const { threadId, ids } = await writeThread(boats(20));
	const model = toEmbedder("failing/1");
	const embed: OwnEmbedder["embed"] = (texts) =>
		asked.length === 1 ? Promise.reject(new Error("down")) : model.embed(texts);
	await expect(createEmbeddings(parley.db, model).embedThread(threadId, { embed, signal })).rejects.toThrow(
		"down",
	);
	expect(await countVectors(threadId)).toBeGreaterThanOrEqual(10);
	expect((await (await embedWith(model, threadId)).read(ids)).size).toBe(20);
});

it("vectors are deleted with the messages that they are of", async () => {
	const { threadId } = await writeThread(boats(5));
	await embedWith(toEmbedder("deleted/1"), threadId);
	expect(await countVectors(threadId)).toBeGreaterThanOrEqual(5);
	const [{ before = 0 } = {}] = await parley.db.sql<{ before: number }[]>`
		select count(*)::int as before from message_vectors where model = 'deleted/1'`;
	await parley.db.sql`delete from messages where thread_id = ${threadId}`;
	const [{ after = -1 } = {}] = await parley.db.sql<{ after: number }[]>`
		select count(*)::int as after from message_vectors where model = 'deleted/1'`;
	expect(before).toBeGreaterThanOrEqual(5);
	expect(after).toBe(0);
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import type { RouterInputs } from "../client/index.ts";
import { createId } from "../contract/ids.ts";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	const models = { good: "sim-small", cut: "sim:fault=reset@10" };
	parley = await startTestParley({ models, fallbacks: { cut: ["good"] } });
	person = await parley.signIn();
});
afterAll(() => parley?.close());
beforeEach(() => parley.upstream.reset());

const recorded = z.array(
	z.object({ messages: z.array(z.object({ role: z.string(), text: z.string() })).nullable() }),
);
/** What the provider got, of every request since the last `reset`. */
const readReceived = async () => {
	const response = await fetch(`${parley.upstream.url}/sim/requests?bodies=1`);
	return recorded.parse(await response.json()).map(({ messages }) => messages);
};

type Sent = RouterInputs["chat"]["send"];
async function ask(text: string, more: Partial<Omit<Sent, "parts">> = {}) {
	const ids = await person.client.chat.send.mutate({ model: "good", ...more, text });
	await person.follow({ turnId: ids.turnId });
	return ids;
}

/** What the inspector shows of an answer: the overview, and all messages of each call. */
async function readShown(turnId: string) {
	const { chat } = person.client;
	const { calls } = await chat.context.query({ turnId });
	const messages = [];
	for (const { callId } of calls) {
		const own = [];
		for (let from: number | null = 0; from !== null; ) {
			const page: Awaited<ReturnType<typeof chat.sentMessages.query>> = await chat.sentMessages.query({
				turnId,
				callId,
				from,
			});
			own.push(...page.messages.map(({ role, text }) => ({ role, text })));
			from = page.nextFrom;
		}
		messages.push(own);
	}
	return { calls, messages };
}

/** A thread with these messages, a question first. */
async function addThread(texts: readonly string[]) {
	const ids = await ask("[[sim tokens=3]] Hello");
	const { sql } = parley.db;
	let parent: string = ids.assistantMessageId;
	for (const [index, text] of texts.entries()) {
		const id = createId();
		await sql`insert into messages (id, thread_id, parent_id, role, text)
			values (${id}, ${ids.threadId}, ${parent}, ${index % 2 ? "assistant" : "user"}, ${text})`;
		parent = id;
	}
	await sql`update threads set active_leaf_id = ${parent} where id = ${ids.threadId}`;
	parley.upstream.reset();
	return { ...ids, leaf: parent };
}

const story = (topic: string) => `${topic}. ${`All that can be said about ${topic} is here. `.repeat(60)}`;
const topics = ["herons", "harbours", "quince jam", "old bridges", "tax forms", "bees"];

describe("what an answer was sent", () => {
	it("is the whole of a short chat, and its parts add up to what was billed", async () => {
		const first = await ask("[[sim tokens=3]] Hello");
		parley.upstream.reset();
		const { turnId } = await ask("[[sim tokens=3]] And again", { threadId: first.threadId });
		const { calls, messages } = await readShown(turnId);
		expect(messages).toEqual(await readReceived());
		expect(calls).toHaveLength(1);
		const { parts, inputTokens, strategy } = calls[0] ?? {};
		expect(strategy).toBeNull();
		expect(parts?.map(({ kind, messages: count }) => [kind, count])).toEqual([
			["messages", 2],
			["question", 1],
		]);
		expect(parts?.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(inputTokens);
		const bill = await person.client.usage.turn.query({ turnId });
		const input = bill.attempts[0]?.classes.find(({ tokenClass }) => tokenClass === "input");
		const cost = parts?.reduce((sum, part) => sum + Number(part.costNanoUsd), 0);
		expect(cost).toBe(Number(input?.costNanoUsd));
	});

	it.each(["window", "semantic", "auto"] as const)(
		"is shown as the provider got it where the strategy is %s and most is left out",
		async (strategy) => {
			const { threadId } = await addThread(topics.flatMap((topic) => [story(topic), story(`more ${topic}`)]));
			await person.client.threads.setContext.mutate({ threadId, tokensMax: 2_500, strategy });
			const { turnId } = await ask("[[sim tokens=3]] What was that about quince jam?", { threadId });
			const { calls, messages } = await readShown(turnId);
			expect(messages).toEqual(await readReceived());
			expect(calls[0]).toMatchObject({ strategy });
			expect(calls[0]?.omittedMessages).toBeGreaterThan(0);
			expect(calls[0]?.parts?.at(-1)).toMatchObject({ kind: "question", messages: 1 });
		},
	);

	it("is a summary and what was said since, and can no longer be told once the summary is gone", async () => {
		const { threadId, leaf } = await addThread(topics.flatMap((topic) => [story(topic), "Noted."]));
		const { sql } = parley.db;
		await sql`insert into context_summaries (id, thread_id, through_message_id, text, tokens, source_tokens, model_id)
			values (${createId()}, ${threadId}, ${leaf}, 'They spoke of bees.', 12, 4000, 'good')`;
		const { turnId } = await ask("[[sim tokens=3]] So?", { threadId, context: { strategy: "summary" } });
		const { calls, messages } = await readShown(turnId);
		expect(messages).toEqual(await readReceived());
		expect(calls[0]?.parts?.map(({ kind, messages: count }) => [kind, count])).toEqual([
			["summary", 14],
			["question", 1],
		]);
		await sql`delete from context_summaries where thread_id = ${threadId}`;
		expect((await person.client.chat.context.query({ turnId })).calls[0]?.parts).toBeNull();
	});

	it("is told of every call of an answer that another model went on with", async () => {
		const { turnId } = await ask("[[sim tokens=40,text=words]] Hello", { model: "cut" });
		const { calls, messages } = await readShown(turnId);
		expect(calls.map(({ modelId }) => modelId)).toEqual(["cut", "good"]);
		expect(messages).toEqual(await readReceived());
		expect(calls[1]?.parts?.map(({ kind, sentMessages }) => [kind, sentMessages])).toEqual([
			["question", 1],
			["continued", 2],
		]);
	});

	it("is not known of a call from before it was kept, and the thread goes on from there", async () => {
		const { turnId, threadId } = await ask("[[sim tokens=3]] Hello");
		const read = async (of: string) => (await person.client.chat.context.query({ turnId: of })).calls;
		expect(await read(turnId)).toMatchObject([
			{ isKnown: true, strategy: null, parts: [{ kind: "question" }] },
		]);
		await parley.db.sql`update model_calls set sent_context = null where turn_id = ${turnId}`;
		expect(await read(turnId)).toMatchObject([{ isKnown: false, strategy: null, parts: null }]);
		const next = await ask("[[sim tokens=3]] And again", { threadId });
		expect(await read(next.turnId)).toMatchObject([
			{ isKnown: true, parts: [{ kind: "messages" }, { kind: "question" }] },
		]);
	});

	it("stays what it was when an answer in it, or the answer itself, goes on later", async () => {
		const { chat } = person.client;
		const ids = await chat.send.mutate({ model: "good", text: "[[sim tokens=200,itl=10,text=words]] Count" });
		await new Promise((resolve) => setTimeout(resolve, 400));
		await chat.stop.mutate({ turnId: ids.turnId });
		await person.follow({ turnId: ids.turnId });
		const next = await ask("[[sim tokens=3]] Why did you stop?", { threadId: ids.threadId });
		const { assistantMessageId } = ids;
		const rest = await chat.continue.mutate({ assistantMessageId, model: "good" });
		await person.follow({ turnId: rest.turnId });
		const received = await readReceived();
		expect(received).toHaveLength(3);
		expect((await readShown(next.turnId)).messages).toEqual([received[1]]);
		expect((await readShown(ids.turnId)).messages).toEqual([received[0]]);
		expect((await readShown(rest.turnId)).messages).toEqual([received[0], received[2]]);
	});
});

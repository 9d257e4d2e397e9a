import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { type SentContext, sentContext } from "../contract/sent-context.ts";
import { startTestParley } from "../testing/parley.ts";
import { chat, sse } from "../testing/servers/stub-provider.ts";

let sent = "";
const provider = createServer(async (request, response) => {
	let text = "";
	for await (const chunk of request) text += chunk;
	if (request.method !== "POST") return void response.end("{}");
	sent = text;
	sse(chat.delta("So it is."), chat.finish(), chat.usage(chat.counts), chat.done)(response);
});
await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
const own = { id: "own", provider: "own", providerModelId: "m", tier: "small", fallbacks: [] };
const parley = await startTestParley({
	models: {},
	env: { PARLEY_EMBEDDINGS: "on" },
	config: {
		providers: [{ id: "own", kind: "openai-compatible", baseUrl }],
		models: [{ ...own, contextWindow: 1_000, maxOutputTokens: 100 }],
	},
});
afterAll(async () => {
	await parley.close();
	provider.close();
});

it("what the question needs reaches the model from before its window, and the log says how much was left out", async () => {
	const person = await parley.signIn();
	let ids = { threadId: "", userMessageId: "", assistantMessageId: "", turnId: "" };
	const ask = async (text: string, strategy?: "full") => {
		const { threadId, assistantMessageId: parentMessageId } = ids;
		const place = threadId === "" ? {} : { threadId, parentMessageId };
		const clientMessageId = crypto.randomUUID();
		const context = strategy && { strategy };
		ids = await person.client.chat.send.mutate({ clientMessageId, text, model: "own", context, ...place });
		return (await person.follow(ids)).map(({ event }) => event);
	};
	await ask("My dog Rufus was born in Lisbon.");
	for (let day = 0; day < 9; day++) await ask(`What is the sky like on day ${day}? ${"sky ".repeat(120)}`);
	const events = await ask("Where was Rufus born?");
	const fitted = events.find((event) => event.type === "context-fit");
	const messages = (JSON.parse(sent) as { messages: unknown[] }).messages.length;
	expect(fitted).toMatchObject({ contextWindow: 1_000, omittedMessages: 21 - messages });
	expect(messages).toBeLessThan(21);
	expect(sent).toContain("Rufus was born in Lisbon");
	expect(sent).toContain("on day 8?");
	expect(sent).not.toContain("on day 3?");
	const [call] = await parley.db.sql<{ sent: SentContext }[]>`
		select sent_context as sent from model_calls where turn_id = ${ids.turnId}`;
	expect(call?.sent).toEqual(fitted?.sent);
	expect(sentContext.parse(call?.sent)).toMatchObject({
		strategy: "auto",
		omittedMessages: fitted?.omittedMessages,
		items: expect.arrayContaining([expect.objectContaining({ last: ids.userMessageId })]),
	});

	// Vectors cannot be read: words alone decide.
	await parley.db.sql`alter table message_vectors rename to gone`;
	const again = await ask("Where was Rufus born, again?");
	await parley.db.sql`alter table gone rename to message_vectors`;
	expect(again.at(-1)).toMatchObject({ type: "turn-end", status: "complete" });
	expect(sent).toContain("Rufus was born in Lisbon");

	// The whole conversation, which is refused before anything is stored.
	const before = await parley.db.sql`select count(*) from messages`;
	await expect(ask("All of it, please.", "full")).rejects.toMatchObject({
		message: expect.stringMatching(/another strategy/),
	});
	expect(await parley.db.sql`select count(*) from messages`).toEqual(before);
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";
import { chat, sse } from "../testing/servers/stub-provider.ts";

const windowTokens = 1_200;

/** Counts four characters as a token, and refuses conversations that do not fit, as vLLM does. */
const provider = createServer(async (request, response) => {
	let text = "";
	for await (const chunk of request) text += chunk;
	if (request.method !== "POST") return void response.end("{}");
	const { messages } = JSON.parse(text) as { messages: { content: string }[] };
	const tokens = Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / 4);
	if (tokens + 100 <= windowTokens)
		return void sse(chat.delta("It rains."), chat.finish(), chat.usage(chat.counts), chat.done)(response);
	const message = `This model's maximum context length is ${windowTokens} tokens. However, your request has ${tokens} input tokens.`;
	response
		.writeHead(400, { "content-type": "application/json" })
		.end(JSON.stringify({ error: { message, type: "BadRequestError", code: 400 } }));
});
await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
const parley = await startTestParley({
	models: {},
	config: {
		providers: [{ id: "own", kind: "openai-compatible", baseUrl }],
		models: [
			{
				id: "own",
				provider: "own",
				providerModelId: "m",
				tier: "small",
				fallbacks: [],
				contextWindow: 16_000,
				maxOutputTokens: 100,
			},
		],
	},
});
afterAll(async () => {
	await parley.close();
	provider.close();
});

it("a window that is smaller than assumed is learned from the refusal, and the conversation is cut to it", async () => {
	const person = await parley.signIn();
	let ids = { threadId: "", assistantMessageId: "", turnId: "" };
	const sizes: number[] = [];
	for (let n = 0; n < 4; n += 1) {
		const text = `${n} ${"word ".repeat(400)}`;
		const place = n === 0 ? {} : { threadId: ids.threadId, parentMessageId: ids.assistantMessageId };
		ids = await person.client.chat.send.mutate({
			clientMessageId: crypto.randomUUID(),
			text,
			model: "own",
			...place,
		});
		const events = (await person.follow(ids)).map(({ event }) => event);
		expect(events.at(-1)).toMatchObject({ type: "turn-end", status: "complete" });
		sizes.push(events.findLast((event) => event.type === "context-fit")?.contextWindow ?? 0);
	}
	expect(sizes).toEqual([16_000, 16_000, windowTokens, windowTokens]);
	expect(parley.services.models.find("own")).toMatchObject({ contextWindow: windowTokens });
});

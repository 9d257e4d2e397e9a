import { afterAll, expect, it } from "vitest";
import { startUpstream } from "../simulator/index.ts";
import { startTestParley } from "../testing/parley.ts";

const prices = {
	inputUsdPerMTok: "2",
	cachedInputUsdPerMTok: "0.2",
	cacheWriteUsdPerMTok: "2.5",
	outputUsdPerMTok: "10",
};
const hour = { ...prices, cacheWrite1hUsdPerMTok: "4" };
const names = ["claude-five", "claude-hour", "gpt-kept"] as const;
const upstream = await startUpstream({
	tokenizer: "published",
	sim: "cache=on,text=words,tokens=5,ttft=0",
	prices: { "*": hour },
});
const toModel = (id: string, provider: string, request = {}) => ({
	id,
	provider,
	providerModelId: id,
	tier: "small",
	contextWindow: 64_000,
	maxOutputTokens: 500,
	prices: hour,
	fallbacks: [],
	request,
});
const baseUrl = `${upstream.url}/v1`;
const parley = await startTestParley({
	models: {},
	env: { SIM_KEY: "any" },
	config: {
		providers: [
			{ id: "ours", kind: "anthropic", baseUrl, apiKeyEnv: "SIM_KEY" },
			{ id: "theirs", kind: "openai-compatible", baseUrl, request: { promptCacheKey: true } },
		],
		models: [
			toModel("claude-five", "ours"),
			toModel("claude-hour", "ours", { promptCache: "1h" }),
			toModel("gpt-kept", "theirs"),
		],
	},
});
afterAll(async () => {
	await parley.close();
	await upstream.close();
});

it.each(names)(
	"a thread reads from the provider's cache what it sent before, and the ledger is the invoice: %s",
	async (model) => {
		upstream.reset();
		const person = await parley.signIn();
		let place = {};
		const receipts: object[] = [];
		for (const question of ["The tide comes in twice a day. ".repeat(400), "Why?", "And then?"]) {
			const ids = await person.client.chat.send.mutate({
				clientMessageId: crypto.randomUUID(),
				text: question,
				model,
				...place,
			});
			const last = (await person.follow(ids)).at(-1)?.event;
			expect(last).toMatchObject({ type: "turn-end", status: "complete" });
			if (last?.type === "turn-end") receipts.push(last.receipt.usage ?? {});
			place = { threadId: ids.threadId, parentMessageId: ids.assistantMessageId };
		}
		const written = model === "claude-hour" ? "cacheWrite1hTokens" : "cacheWriteTokens";
		const some = expect.toSatisfy((tokens: number) => tokens > 2_500);
		expect(receipts).toMatchObject([
			{ cachedInputTokens: 0, [written]: some },
			{ cachedInputTokens: some },
			{ cachedInputTokens: some },
		]);
		const lines = upstream.invoice();
		const [ledger] = await parley.db.sql<[{ amount: string }]>`
		select sum(amount_nano_usd)::text as amount from ledger where user_id = ${person.userId}`;
		expect(lines).toHaveLength(3);
		expect(ledger.amount).toBe(
			lines.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd), 0n).toString(),
		);
		expect(lines.map(({ cachedInputTokens }) => cachedInputTokens)).toEqual(
			receipts.map((usage) => (usage as { cachedInputTokens: number }).cachedInputTokens),
		);
	},
);

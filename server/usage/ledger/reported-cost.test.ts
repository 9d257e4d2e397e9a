import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";
import { chat, sse } from "../../testing/servers/stub-provider.ts";
import { recompute } from "../index.ts";

/** What the provider says that its next answer has cost, in US dollars. */
let cost: number | undefined;
const provider = createServer((request, response) => {
	if (request.method !== "POST") return void response.end("{}");
	const usage = chat.usage({ ...chat.counts, cost });
	void sse(chat.delta("It rains."), chat.finish(), usage, chat.done)(response);
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
				maxOutputTokens: 1_000,
				prices: { inputUsdPerMTok: "1", outputUsdPerMTok: "2" },
			},
		],
	},
});
afterAll(async () => {
	await parley.close();
	provider.close();
});

async function ask(reported: number | undefined) {
	cost = reported;
	const person = await parley.signIn();
	const { turnId } = await person.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		text: "Rain?",
		model: "own",
	});
	await person.follow({ turnId });
	const [ledger] = await parley.db.sql<{ sum: string }[]>`
		select sum(amount_nano_usd)::text as sum from ledger where turn_id = ${turnId}`;
	return { receipt: await person.client.usage.turn.query({ turnId }), booked: ledger?.sum };
}

it("what the provider says that a call has cost is its cost in the ledger, else its tokens times their prices", async () => {
	const byPrice = 11n * 1_000n + 2n * 2_000n;
	for (const [reported, nanoUsd, shown] of [
		[undefined, byPrice, null],
		[0.00002, 20_000n, "20000"],
		[0, 0n, "0"],
	] as const) {
		const { receipt, booked } = await ask(reported);
		expect(booked).toBe(nanoUsd.toString());
		expect(receipt).toMatchObject({
			costNanoUsd: nanoUsd.toString(),
			chargedNanoUsd: nanoUsd.toString(),
			attempts: [{ reportedCostNanoUsd: shown, costNanoUsd: nanoUsd.toString() }],
		});
	}
});

it("a person pays no more of it than was reserved, and new prices do not change it", async () => {
	const { receipt } = await ask(5);
	expect(receipt.costNanoUsd).toBe("5000000000");
	expect(BigInt(receipt.chargedNanoUsd)).toBeLessThan(100_000_000n);
	expect(BigInt(receipt.chargedNanoUsd) + BigInt(receipt.houseNanoUsd)).toBe(5_000_000_000n);
	// Only the call whose cost follows from its tokens.
	expect(await recompute(parley.db, { isPosted: false }, null)).toMatchObject({ calls: 1 });
});

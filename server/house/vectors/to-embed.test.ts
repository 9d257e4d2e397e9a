import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

/** Answers every request for vectors with one vector too few, and counts 7 tokens. */
const miser = createServer((request, response) => {
	let body = "";
	request.on("data", (chunk) => {
		body += chunk;
	});
	request.on("end", () => {
		// Its list of models is asked for, too.
		const { input } = JSON.parse(body || '{"input":[]}');
		const data = input.slice(1).map((_: string, index: number) => ({ index, embedding: [1, 0.5] }));
		response.setHeader("content-type", "application/json");
		response.end(JSON.stringify({ data, usage: { prompt_tokens: 7 } }));
	});
});
let parley: Parley;
let cheated: Parley;
beforeAll(async () => {
	await new Promise<void>((resolve) => miser.listen(0, "127.0.0.1", resolve));
	const { port } = miser.address() as AddressInfo;
	const prices = { inputUsdPerMTok: "0.02" };
	const embedding = { id: "vectors", providerModelId: "sim-embed", prices, textsPerCall: 10 };
	parley = await startTestParley({
		config: { providers: [], models: [], embeddings: [{ ...embedding, provider: "sim" }] },
		env: { PARLEY_EMBEDDINGS: "vectors" },
	});
	cheated = await startTestParley({
		config: {
			providers: [{ id: "miser", kind: "openai-compatible", baseUrl: `http://127.0.0.1:${port}/v1` }],
			models: [],
			embeddings: [{ ...embedding, provider: "miser" }],
		},
		env: { PARLEY_EMBEDDINGS: "vectors" },
	});
});
afterAll(async () => {
	await Promise.all([parley?.close(), cheated?.close()]);
	miser.close();
});

const book = "The boats come in one by one, and the keeper writes down the name of each of them. ".repeat(
	300,
);

/** Two exchanges, the first of which is long. */
async function talk({ signIn }: Parley) {
	const person = await signIn();
	const { threadId, turnId } = await person.client.chat.send.mutate({ text: book, model: "small" });
	await person.follow({ turnId });
	const next = await person.client.chat.send.mutate({ text: "And the last one?", model: "small", threadId });
	return { threadId, events: await person.follow({ turnId: next.turnId }) };
}
const readVectors = ({ db }: Parley, threadId: string) => db.sql`
	select model, length(vector) as size from message_vectors join messages on messages.id = message_id
	where thread_id = ${threadId} and vector is not null`;
const readCalls = ({ db }: Pick<Parley, "db">) => db.sql<
	{ outcome: string; tokens: number; isBooked: boolean }[]
>`
	select outcome, input_tokens as tokens, cost_nano_usd = 20 * input_tokens
			and (select sum(amount_nano_usd) = cost_nano_usd from ledger where model_call_id = calls.id and account = 'house') as "isBooked"
	from model_calls as calls where purpose = 'embedding' and turn_id is null`;

/** What is booked for vectors beside what the provider was asked for. */
async function compareCalls({ upstream, db }: Parley) {
	const calls = await readCalls({ db });
	const asked = upstream.requests().filter(({ path }) => path.endsWith("/embeddings"));
	const toSum = (tokens: readonly number[]) => tokens.reduce((sum, each) => sum + each, 0);
	return {
		areBooked: calls.length === asked.length && calls.every(({ isBooked }) => isBooked),
		tokensOff:
			toSum(calls.map(({ tokens }) => tokens)) -
			toSum(asked.map(({ reported }) => reported?.promptTokens ?? 0)),
	};
}

it("a long thread gets a provider's vectors in the background, and each call is booked as the provider counts it", async () => {
	const { threadId } = await talk(parley);
	await expect.poll(() => readVectors(parley, threadId), { timeout: 60_000 }).toHaveLength(4);
	expect(new Set((await readVectors(parley, threadId)).map(({ model, size }) => `${model} ${size}`))).toEqual(
		new Set(["sim/sim-embed 256"]),
	);
	// Both answers ask for vectors: the calls of the second may still be under way.
	await expect
		.poll(() => compareCalls(parley), { timeout: 60_000 })
		.toEqual({ areBooked: true, tokensOff: 0 });
	const outcomes = (await readCalls(parley)).map(({ outcome }) => outcome);
	expect(outcomes).toContain("complete");
}, 120_000);

it("a provider that answers too few vectors is paid, nothing of it is stored, and answers come as before", async () => {
	const { threadId, events } = await talk(cheated);
	expect(events.at(-1)?.event).toMatchObject({ type: "turn-end", status: "complete" });
	await expect
		.poll(async () => (await readCalls(cheated)).length, { timeout: 60_000 })
		.toBeGreaterThanOrEqual(3);
	for (const call of await readCalls(cheated))
		expect(call).toEqual({ outcome: "failed", tokens: 7, isBooked: true });
	expect(await readVectors(cheated, threadId)).toEqual([]);
}, 120_000);

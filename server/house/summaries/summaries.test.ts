import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createId, type ThreadId, type UserId } from "../../contract/ids.ts";
import { startTestParley } from "../../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley({
		config: {
			providers: [],
			models: Object.entries({ short: 20, looping: 90 }).map(([id, tokens]) => ({
				id,
				providerModelId: `sim-${id}/sim:text=words,tokens=${tokens}`,
				provider: "sim",
				tier: "small",
				contextWindow: 16_000,
				maxOutputTokens: 4_096,
				prices: { inputUsdPerMTok: "0.01", outputUsdPerMTok: "0.02" },
			})),
		},
	});
	for (const model of ["short", "looping"])
		await parley.db.sql`
			insert into plans (id, requests_per_minute, concurrent_streams, allowed_tiers, allowed_models)
			values (${model}, 1000, 100, '{small,medium,large}', ${["small", model]})`;
});
afterAll(() => parley.close());

const filler =
	"The harbour is calm and the boats come in one after another as they do every morning. ".repeat(12);

/** A thread of a person with so many exchanges, whose strategy is `summary`, and an answer that ends it. */
async function begin(plan: string, strategy = "summary") {
	const person = await parley.signIn({ plan });
	const userId = person.userId as UserId;
	const { threadId, turnId, assistantMessageId } = await person.client.chat.send.mutate({
		text: "Which boat is next?",
		model: "small",
	});
	await person.follow({ turnId });
	await parley.db.sql`
		update threads set context_strategy = ${strategy}, context_tokens_max = 4000 where id = ${threadId}`;
	const ids = Array.from({ length: 20 }, () => createId<string>());
	const rows = ids.map((id, place) => ({
		id,
		thread_id: threadId,
		parent_id: ids[place - 1] ?? assistantMessageId,
		role: place % 2 === 0 ? "user" : "assistant",
		text: place === 2 ? `${filler} Never book berth 4711 for Ingrid Solberg.` : filler,
	}));
	await parley.db.sql`insert into messages ${parley.db.sql(rows)}`;
	await parley.db.sql`update threads set active_leaf_id = ${ids.at(-1) ?? null} where id = ${threadId}`;
	const ask = async (text: string) => {
		const sent = await person.client.chat.send.mutate({ text, model: "small", threadId });
		await person.follow({ turnId: sent.turnId });
	};
	return { person, userId, threadId: threadId as ThreadId, ids, ask };
}
const readSummaries = (threadId: ThreadId) => parley.db.sql<
	{ id: string; text: string; tokens: number; sourceTokens: number; isInUse: boolean; through: string }[]
>`
	select id, text, tokens, source_tokens as "sourceTokens", undone_at is null as "isInUse", through_message_id as through
	from context_summaries where thread_id = ${threadId} order by created_at, id`;
const readCalls = (userId: UserId) => parley.db.sql`
	select purpose, outcome from model_calls where user_id = ${userId} and turn_id is null`;
const patience = { timeout: 10_000 };

describe("a thread whose strategy is summary", () => {
	it("is summarised in the background after an answer: shorter than its source, with what the model has lost", async () => {
		const { ask, threadId, userId, ids } = await begin("short");
		await ask("And then?");
		await expect.poll(() => readSummaries(threadId), patience).toHaveLength(1);
		const [summary] = await readSummaries(threadId);
		expect(summary?.text).toMatch(/^## \d{4}-\d\d-\d\d\n\nword/);
		expect(summary?.text).toContain("- Never book berth 4711 for Ingrid Solberg.");
		expect(summary?.tokens).toBeLessThan(summary?.sourceTokens ?? 0);
		expect(ids).toContain(summary?.through);
		expect(await readCalls(userId)).toEqual([{ purpose: "summary", outcome: "complete" }]);
		await ask("And after that?");
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(await readSummaries(threadId)).toHaveLength(1);
	});

	it("stays as it was when the model repeats itself, and the call is booked", async () => {
		const { ask, threadId, userId } = await begin("looping");
		await ask("And then?");
		await expect.poll(() => readCalls(userId), patience).toHaveLength(1);
		await expect.poll(() => parley.db.sql`select from house_calls`).toEqual([]);
		expect(await readSummaries(threadId)).toEqual([]);
	});

	it("is not summarised with another strategy", async () => {
		const { ask, threadId, userId } = await begin("short", "window");
		await ask("And then?");
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(await readCalls(userId)).toEqual([]);
		expect(await readSummaries(threadId)).toEqual([]);
	});
});

describe("Compact now", () => {
	it("says the cost, shows the summary, uses it on confirmation, and takes it back", async () => {
		const { compaction } = parley.services.chat;
		const { threadId, userId } = await begin("short", "auto");
		const estimate = await compaction.estimate(userId, threadId);
		expect(BigInt(estimate?.costNanoUsdMax ?? 0)).toBeGreaterThan(0n);
		const proposed = await compaction.preview(userId, threadId);
		expect(proposed.tokensBefore).toBe(estimate?.tokensBefore);
		expect(proposed.tokensAfter).toBeLessThan(proposed.tokensBefore / 2);
		expect(BigInt(proposed.costNanoUsd)).toBeLessThanOrEqual(BigInt(estimate?.costNanoUsdMax ?? 0));
		const isInUse = async () => (await readSummaries(threadId)).map((one) => one.isInUse);
		expect(await isInUse()).toEqual([false]);
		await compaction.confirm(userId, proposed.summaryId);
		expect(await isInUse()).toEqual([true]);
		await expect(compaction.preview(userId, threadId)).rejects.toMatchObject({ code: "conflict" });
		await compaction.undo(userId, proposed.summaryId);
		expect(await isInUse()).toEqual([false]);
		expect((await compaction.preview(userId, threadId)).throughMessageId).toBe(proposed.throughMessageId);
	});

	it("is of the owner alone", async () => {
		const { compaction } = parley.services.chat;
		const { threadId, userId } = await begin("short", "auto");
		const other = (await parley.signIn({ plan: "short" })).userId as UserId;
		const { summaryId } = await compaction.preview(userId, threadId);
		const missing = { code: "not_found" };
		await expect(compaction.estimate(other, threadId)).rejects.toMatchObject(missing);
		await expect(compaction.preview(other, threadId)).rejects.toMatchObject(missing);
		await expect(compaction.confirm(other, summaryId)).rejects.toMatchObject(missing);
		await expect(compaction.undo(other, summaryId)).rejects.toMatchObject(missing);
	});
});

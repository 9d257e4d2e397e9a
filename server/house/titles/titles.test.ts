import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;

beforeAll(async () => {
	parley = await startTestParley({
		models: { large: "sim-large", small: "sim-small" },
		env: { PARLEY_TITLES: "on" },
		config: {
			providers: [],
			models: [
				{
					id: "cheap",
					providerModelId: "sim-cheap",
					provider: "sim",
					tier: "small",
					contextWindow: 16_000,
					maxOutputTokens: 4_096,
					prices: { inputUsdPerMTok: "0.01", outputUsdPerMTok: "0.02" },
				},
			],
		},
	});
});
beforeEach(async () => {
	person = await parley.signIn();
});
afterAll(() => parley.close());

const patience = { timeout: 8_000 };

async function ask(text: string, threadId?: string) {
	const sent = await person.client.chat.send.mutate({ text, model: "small", threadId });
	const end = (await person.follow({ turnId: sent.turnId })).at(-1)?.event;
	return { ...sent, status: end?.type === "turn-end" ? end.status : null };
}

const readTitle = async (threadId: string) => {
	const [row] = await parley.db.sql`
		select title, title_source as source from threads where id = ${threadId}`;
	return row;
};
const readCalls = async (threadId: string) =>
	await parley.db.sql`
	select calls.purpose, calls.outcome, calls.model_id as "modelId", calls.turn_id as "turnId",
		(select json_agg(json_build_object('account', account, 'kind', kind, 'is_cost', amount_nano_usd = cost_nano_usd))
			from ledger where model_call_id = calls.id) as lines
	from model_calls as calls join threads on threads.user_id = calls.user_id and threads.id = ${threadId}
	where calls.turn_id is null order by calls.started_at, attempt`;
/** Nothing of the server's own runs any more, and what ran has been booked. */
const settle = async (callsMin: number, threadId: string) => {
	await expect.poll(() => readCalls(threadId), patience).toHaveLength(callsMin);
	await expect.poll(() => parley.db.sql`select from house_calls`, patience).toEqual([]);
};

describe("the title of a new thread", () => {
	it("comes from the cheapest model after the first answer, and is booked once on the server's account", async () => {
		const { threadId, status } = await ask("[[sim title=Rowing at dawn]] How do I row a boat in the dark?");
		expect(status).toBe("complete");
		await expect
			.poll(() => readTitle(threadId), patience)
			.toEqual({ title: "Rowing at dawn", source: "model" });
		await settle(1, threadId);
		expect(await readCalls(threadId)).toEqual([
			{
				purpose: "title",
				outcome: "complete",
				modelId: "cheap",
				turnId: null,
				lines: [{ account: "house", kind: "call", is_cost: true }],
			},
		]);
	});

	it("is asked for once: the second answer of a thread asks for none", async () => {
		const { threadId } = await ask("[[sim title=Knots]] Which knot holds a boat?");
		await expect.poll(() => readTitle(threadId), patience).toEqual({ title: "Knots", source: "model" });
		await ask("[[sim title=Other knots]] And another one?", threadId);
		await new Promise((resolve) => setTimeout(resolve, 200));
		expect(await readCalls(threadId)).toHaveLength(1);
		expect(await readTitle(threadId)).toEqual({ title: "Knots", source: "model" });
	});

	it("comes after a first answer that broke off, once one is complete", async () => {
		const first = await ask("[[sim fault=reset@3,title=Never]] What breaks?");
		expect(first.status).not.toBe("complete");
		await ask("[[sim title=Broken things]] And now?", first.threadId);
		await expect
			.poll(() => readTitle(first.threadId), patience)
			.toEqual({ title: "Broken things", source: "model" });
	});

	it("is found by the search", async () => {
		const { threadId } = await ask("[[sim title=Zanzibar voyage]] Where shall I go?");
		await expect.poll(() => readTitle(threadId), patience).toMatchObject({ source: "model" });
		const search = async () =>
			(await person.client.threads.search.query({ query: "zanzibar" })).hits.map((hit) => hit.threadId);
		await expect.poll(search, patience).toEqual([threadId]);
	});

	it("never replaces one that the person has chosen, also while the model is asked", async () => {
		const asked = "[[sim title=By the model,ttft=700]] What will it be called?";
		const { threadId } = await ask(asked);
		await person.client.threads.rename.mutate({ threadId, title: "By me" });
		await settle(1, threadId);
		expect(await readTitle(threadId)).toEqual({ title: "By me", source: "manual" });
	});
});

describe("the first words stay when the model's title", () => {
	it.each([
		["is empty", "title-fault=empty"],
		["is a refusal", "title=I'm sorry but I can't do that"],
		["is too long", `title=${"very ".repeat(20)}long`],
		["breaks off", "title=A long title that breaks,title-fault=reset@1"],
		["is refused by the provider", "title-fault=400"],
	])("%s", async (_, selection) => {
		const { threadId } = await ask(`[[sim ${selection}]] Whose words stay?`);
		await settle(1, threadId);
		expect(await readTitle(threadId)).toMatchObject({ source: "first_words" });
	});

	it("cannot be made because spending on every model is paused", async () => {
		const { userId } = person;
		const { threadId, turnId } = await person.client.chat.send.mutate({
			text: "[[sim ttft=300,title=Paused]] Who pays?",
			model: "small",
		});
		await parley.db.sql`insert into spending_pauses (scope) values (${`user:${userId}`})`;
		await person.follow({ turnId });
		await new Promise((resolve) => setTimeout(resolve, 200));
		await parley.db.sql`delete from spending_pauses`;
		expect(await readCalls(threadId)).toEqual([]);
		expect(await parley.db.sql`select from house_calls`).toEqual([]);
		expect(await readTitle(threadId)).toMatchObject({ source: "first_words" });
	});
});

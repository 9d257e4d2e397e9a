import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setPlan } from "../quota/index.ts";
import { startTestParley } from "../testing/parley.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

let parley: Parley;
let person: Awaited<ReturnType<Parley["signIn"]>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

const text = "[[sim tokens=2]] hello";
const codeOf = (call: Promise<unknown>) =>
	call.then(
		() => "ok",
		(error) => error.data?.parley?.code ?? String(error),
	);
const readStored = async (turnId: string) => {
	const [row] = await parley.db.sql`select context_strategy as strategy from turns where id = ${turnId}`;
	return row?.strategy;
};

describe("the context of a thread", () => {
	it("is chosen field by field, is kept, and goes back to the plan's with null", async () => {
		const { threads, chat } = person.client;
		const { threadId, turnId } = await chat.send.mutate({ text });
		await person.follow({ turnId });
		const read = async () => (await threads.get.query({ threadId })).thread.context;
		expect(await read()).toEqual({ strategy: null, tokensMax: null });
		await threads.setContext.mutate({ threadId, strategy: "window" });
		expect(await threads.setContext.mutate({ threadId, tokensMax: 4_000 })).toEqual({
			strategy: "window",
			tokensMax: 4_000,
		});
		expect(await read()).toEqual({ strategy: "window", tokensMax: 4_000 });
		await threads.setContext.mutate({ threadId, strategy: null });
		expect(await read()).toEqual({ strategy: null, tokensMax: 4_000 });
	});

	it.each([
		{ strategy: "everything" },
		{ strategy: "FULL" },
		{ tokensMax: 0 },
		{ tokensMax: 999 },
		{ tokensMax: 4_000.5 },
		{ tokensMax: 2 ** 31 },
		{ tokensMax: "4000" },
	])("refuses %o and keeps what it had", async (wrong) => {
		const { threads, chat } = person.client;
		const { threadId } = await chat.send.mutate({ text });
		const call = threads.setContext.mutate({ threadId, ...wrong } as { threadId: string });
		expect(await codeOf(call)).toBe("invalid_request");
		expect((await threads.get.query({ threadId })).thread.context).toEqual({
			strategy: null,
			tokensMax: null,
		});
	});
});

describe("the context of one request", () => {
	it("is kept with its turn, however the turn is asked for", async () => {
		const { chat } = person.client;
		const context = { strategy: "full" } as const;
		const sent = await chat.send.mutate({ text: "[[sim tokens=30,itl=20]] hello", context });
		await chat.stop.mutate({ turnId: sent.turnId });
		await person.follow({ turnId: sent.turnId });
		const again = await chat.regenerate.mutate({ userMessageId: sent.userMessageId, context });
		await person.follow({ turnId: again.turnId });
		const plain = await chat.regenerate.mutate({ userMessageId: sent.userMessageId });
		await person.follow({ turnId: plain.turnId });
		const ids = [sent.turnId, again.turnId, plain.turnId];
		expect(await Promise.all(ids.map(readStored))).toEqual(["full", "full", null]);
		const wrong = { text, context: { strategy: "half" as "full" } };
		expect(await codeOf(chat.send.mutate(wrong))).toBe("invalid_request");
	});

	it("belongs to what was asked under a name", async () => {
		const { chat } = person.client;
		const named = { clientMessageId: crypto.randomUUID(), text };
		const { turnId } = await chat.send.mutate({ ...named, context: { strategy: "window" } });
		const again = await chat.send.mutate({ ...named, context: { strategy: "window" } });
		expect(again.turnId).toBe(turnId);
		expect(await codeOf(chat.send.mutate({ ...named, context: { strategy: "full" } }))).toBe(
			"idempotency_conflict",
		);
		expect(await codeOf(chat.send.mutate(named))).toBe("idempotency_conflict");
	});
});

describe("the context of a plan", () => {
	it("is set as its other fields, and a wrong one is refused", async () => {
		const set = (change: unknown) => setPlan(parley.db, { id: "lean", change, by: null });
		expect(await set({ contextStrategy: "window" })).toMatchObject({ contextStrategy: "window" });
		expect(await set({ requestsPerDay: 5 })).toMatchObject({ contextStrategy: "window" });
		expect(await set({ contextStrategy: null })).toMatchObject({ contextStrategy: null });
		expect(await codeOf(set({ contextStrategy: "tiny" }))).toContain("contextStrategy");
	});
});

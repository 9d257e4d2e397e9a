import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../services.ts";
import { startTestParley } from "../testing/parley.ts";
import { purgeTrash, startPeriodicJobs } from "./index.ts";
import { removeContentOf } from "./remove-content.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

const send = (text: string) => person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
async function answered(text: string) {
	const ids = await send(text);
	await person.follow({ turnId: ids.turnId });
	return ids;
}
const deletedAgo = (threadId: string, age: string) =>
	parley.db.sql`update threads set deleted_at = now() - ${age}::text::interval where id = ${threadId}`;
const codeOf = (call: Promise<unknown>) =>
	call.then(
		() => "ok",
		(error) => error.data?.parley?.code ?? String(error),
	);
const countOf = async (threadId: string) => {
	const [row] = await parley.db.sql`
		select (select count(*) from threads where id = ${threadId})::int as threads,
			(select count(*) from messages where thread_id = ${threadId})::int as messages,
			(select count(*) from turns where thread_id = ${threadId})::int as turns`;
	return row;
};

describe("a deleted conversation", () => {
	it("says until when it can be restored, and can be neither read, followed, searched nor gone on with", async () => {
		const { threadId, turnId, userMessageId, assistantMessageId } = await answered(
			"[[sim tokens=5]] the secret recipe",
		);
		const { restorableUntil } = await person.client.threads.delete.mutate({ threadId });
		const days = (Date.parse(restorableUntil) - Date.now()) / 86_400_000;
		expect(days).toBeGreaterThan(29.9);
		expect(days).toBeLessThanOrEqual(30);
		const { chat, threads } = person.client;
		const clientMessageId = crypto.randomUUID();
		const calls = [
			threads.get.query({ threadId }),
			person.follow({ turnId }),
			person.follow({ turnId, lastEventId: "1.2", once: true }),
			chat.send.mutate({ clientMessageId, threadId, text: "and?" }),
			chat.regenerate.mutate({ clientMessageId, userMessageId }),
			chat.continue.mutate({ clientMessageId, assistantMessageId }),
			threads.rename.mutate({ threadId, title: "x" }),
			threads.selectBranch.mutate({ threadId, messageId: userMessageId }),
		];
		expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "not_found"));
		expect((await threads.search.query({ query: "secret recipe" })).hits).toEqual([]);
		await threads.restore.mutate({ threadId });
		expect(await codeOf(person.follow({ turnId }))).toBe("ok");
	});

	it("stops the answer that is being written in it, and ends its readers", async () => {
		const { threadId, turnId } = await send("[[sim tokens=3000,itl=10]] a long story");
		const reading = person.follow({ turnId });
		await person.client.threads.delete.mutate({ threadId });
		expect((await reading).at(-1)?.event).toMatchObject({ type: "turn-end", status: "stopped" });
		expect(await codeOf(person.follow({ turnId }))).toBe("not_found");
	});

	it("is one of many that are deleted together; another person's stay", async () => {
		const other = await parley.signIn();
		const mine = [await answered("[[sim tokens=2]] one"), await answered("[[sim tokens=2]] two")];
		const threadIds = mine.map(({ threadId }) => threadId);
		expect(await codeOf(other.client.threads.deleteMany.mutate({ threadIds }))).toBe("not_found");
		const deleted = await person.client.threads.deleteMany.mutate({ threadIds });
		expect(deleted.threadIds.toSorted()).toEqual(threadIds.toSorted());
	});
});

describe("the trash", () => {
	it("is removed for good after 30 days with answers and logs; what was spent stays in the ledger", async () => {
		const [old, young, live, kept] = [
			await answered("[[sim tokens=5]] old"),
			await answered("[[sim tokens=5]] young"),
			await send("[[sim tokens=3000,itl=10]] live"),
			await answered("[[sim tokens=5]] kept"),
		];
		await deletedAgo(old.threadId, "30 days 2 hours");
		await deletedAgo(young.threadId, "29 days 23 hours");
		await deletedAgo(live.threadId, "40 days");
		expect(await codeOf(person.client.threads.restore.mutate({ threadId: old.threadId }))).toBe("not_found");
		await purgeTrash(parley.db.sql);
		expect(await countOf(old.threadId)).toEqual({ threads: 0, messages: 0, turns: 0 });
		for (const one of [young, live, kept])
			expect(await countOf(one.threadId)).toEqual({ threads: 1, messages: 2, turns: 1 });
		expect(await parley.db.sql`select from turn_events where turn_id = ${old.turnId}`).toEqual([]);
		expect(await parley.db.sql`select from ledger where turn_id = ${old.turnId}`).toHaveLength(1);
		expect(await parley.db.sql`select from model_calls where turn_id = ${old.turnId}`).toHaveLength(1);
		await person.client.threads.restore.mutate({ threadId: young.threadId });
		expect(await codeOf(person.follow({ turnId: young.turnId }))).toBe("ok");
		await person.client.chat.stop.mutate({ turnId: live.turnId });
	});

	it("takes calls of programs along that are 30 days old, with what came before them", async () => {
		const call = (text: string) =>
			parley.services.chat.complete(
				person,
				{
					clientMessageId: crypto.randomUUID(),
					earlier: [
						{ role: "system", parts: [{ type: "text", text: "Be brief." }] },
						{ role: "user", parts: [{ type: "text", text: "Hi" }] },
					],
					parts: [{ type: "text", text: `[[sim tokens=2]] ${text}` }],
				},
				undefined,
			);
		const [old, young] = [await call("old"), await call("young")];
		const madeAgo = (threadId: string, age: string) =>
			parley.db.sql`update threads set created_at = now() - ${age}::text::interval where id = ${threadId}`;
		await madeAgo(old.threadId, "30 days 1 hour");
		await madeAgo(young.threadId, "29 days 23 hours");
		await purgeTrash(parley.db.sql);
		expect(await countOf(old.threadId)).toEqual({ threads: 0, messages: 0, turns: 0 });
		expect(await countOf(young.threadId)).toEqual({ threads: 1, messages: 4, turns: 1 });
		expect(await parley.db.sql`select from ledger where turn_id = ${old.turnId}`).toHaveLength(1);
	});

	it("of thousands of messages is removed in steps, none of which takes long", async () => {
		const { threadId } = await answered("[[sim tokens=2]] a long one");
		await parley.db.sql`
			insert into messages (id, thread_id, parent_id, role, text)
			select gen_random_uuid(), ${threadId}, null, 'user', repeat('word ', 20) from generate_series(1, 5000)`;
		await deletedAgo(threadId, "31 days");
		const tookMs: number[] = [];
		const timed = new Proxy(parley.db.sql, {
			apply(target, self, input) {
				const query = Reflect.apply(target, self, input);
				const startedAt = performance.now();
				void Promise.resolve(query).then(
					() => tookMs.push(performance.now() - startedAt),
					() => undefined,
				);
				return query;
			},
		});
		await purgeTrash(timed);
		expect(await countOf(threadId)).toMatchObject({ threads: 0, messages: 0 });
		expect(tookMs.length).toBeGreaterThan(10);
	});
});

describe("removing the content of an account", () => {
	it("takes batches along, and ends early where there is nothing", async () => {
		const other = await parley.signIn();
		await other.client.batch.create.mutate({ items: [{ text: "[[sim tokens=2]] one" }] });
		await expect
			.poll(async () => (await other.client.batch.list.query({})).batches[0]?.status, { timeout: 10_000 })
			.toBe("complete");
		await removeContentOf(parley.db.sql, other.userId);
		await removeContentOf(parley.db.sql, other.userId);
		for (const table of ["batches", "threads", "turns"])
			expect(
				await parley.db.sql`select from ${parley.db.sql(table)} where user_id = ${other.userId}`,
			).toEqual([]);
	});
});

describe("periodic jobs", () => {
	it("go on after a failure, and do not keep each other from running", async () => {
		const runs = { broken: 0, good: 0 };
		const jobs = startPeriodicJobs(
			[
				{
					name: "broken",
					everyMs: 10,
					run: async () => {
						runs.broken += 1;
						throw new Error("not today");
					},
				},
				{
					name: "good",
					everyMs: 10,
					run: async () => {
						runs.good += 1;
					},
				},
			],
			createLogger("silent"),
		);
		await expect.poll(() => runs.broken > 2 && runs.good > 2).toBe(true);
		jobs.end();
		const atEnd = { ...runs };
		await new Promise((resolve) => setTimeout(resolve, 100));
		expect(runs.good - atEnd.good).toBeLessThanOrEqual(1);
	});
});

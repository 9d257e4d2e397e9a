import { readFileSync } from "node:fs";
import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createId, type MessageId, type ThreadId, type UserId } from "../../contract/ids.ts";
import { migrateDatabase, rebuildSchema } from "../../db/index.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { createThreads } from "../threads.ts";
import { indexTexts } from "./index-texts.ts";

const journal: { entries: { tag: string; when: number }[] } = JSON.parse(
	readFileSync(new URL("../../../drizzle/migrations/meta/_journal.json", import.meta.url), "utf8"),
);
const idOf = (migration: string) => journal.entries.find(({ tag }) => tag === migration)?.when ?? 0;

let db: TestDatabase;
let threads: ReturnType<typeof createThreads>;
const failures: unknown[] = [];
const index = () => indexTexts(db, { error: (...words: unknown[]) => void failures.push(words) });
beforeAll(async () => {
	db = await createTestDatabase();
	threads = createThreads({ sql: db.sql, orm: db.orm, publish: () => undefined });
});
afterAll(() => db?.drop());

async function addPerson(): Promise<UserId> {
	const id = createId<UserId>();
	await db.sql`insert into users (id, email, name, role) values (${id}, ${`${id}@example.com`}, 'Ann', 'user')`;
	return id;
}

async function addThread(userId: UserId, texts: readonly string[], title = "Chat") {
	const threadId = createId<ThreadId>();
	const messageIds = texts.map(() => createId<MessageId>());
	await db.sql`insert into threads (id, user_id, title) values (${threadId}, ${userId}, ${title})`;
	for (const [at, text] of texts.entries())
		await db.sql`
			insert into messages (id, thread_id, parent_id, role, text)
			values (${messageIds[at] ?? ""}, ${threadId}, ${messageIds[at - 1] ?? null}, 'user', ${text})`;
	return { threadId, messageIds };
}

const search = async (userId: UserId, query: string) =>
	(await threads.search(userId, { query, limit: 20 })).hits;

describe("search", () => {
	it("finds a text, in whatever language it was written, and a title that was changed", async () => {
		const ann = await addPerson();
		const { threadId, messageIds } = await addThread(ann, [
			"昨日は全文検索を学んだ",
			"see /etc/hosts, 2024-01-15",
		]);
		await threads.rename(ann, { threadId, title: "Ferienpläne" });
		await index();
		expect(await search(ann, "検索")).toMatchObject([{ threadId, messageId: messageIds[0] }]);
		expect(await search(ann, "etc/hosts 2024-01")).toMatchObject([{ threadId, messageId: messageIds[1] }]);
		expect(await search(ann, "ferienplane")).toMatchObject([
			{ threadId, messageId: null, writtenAt: null, snippet: [{ text: "Ferienpläne", isMatch: true }] },
		]);
		expect(await search(ann, "Chat")).toEqual([]);
	});

	it("finds what an answer has become, not what it was", async () => {
		const ann = await addPerson();
		const { messageIds } = await addThread(ann, ["half of"]);
		await index();
		await db.sql`update messages set text = 'half of everything' where id = ${messageIds[0] ?? ""}`;
		await index();
		expect(await search(ann, "everything half")).toHaveLength(1);
		await db.sql`update messages set text = 'replaced' where id = ${messageIds[0] ?? ""}`;
		await index();
		expect(await search(ann, "everything")).toEqual([]);
	});

	it("never finds another person's words, also where both have the same tag in the index", async () => {
		const ann = await addPerson();
		const twin = `${createId<UserId>().slice(0, -8)}${ann.slice(-8)}` as UserId;
		await db.sql`insert into users (id, email, name, role) values (${twin}, 'twin@example.com', 'Twin', 'user')`;
		await addThread(ann, ["a secret zebra"], "zebra");
		await index();
		expect(await search(ann, "zebra")).toHaveLength(1);
		expect(await search(twin, "zebra")).toEqual([]);
		expect(await search(await addPerson(), "zebra")).toEqual([]);
	});

	it("leaves out deleted threads and those of batches until they are restored or gone on with", async () => {
		const ann = await addPerson();
		const { threadId } = await addThread(ann, ["an otter"], "otters");
		const batch = await addThread(ann, ["another otter"], "otters");
		await db.sql`update threads set origin = 'batch' where id = ${batch.threadId}`;
		await index();
		expect(await search(ann, "otter")).toMatchObject([{ threadId }]);
		await threads.delete(ann, [threadId]);
		expect(await search(ann, "otter")).toEqual([]);
		await threads.restore(ann, threadId);
		expect(await search(ann, "otter")).toHaveLength(1);
	});

	it("keeps nothing of a text that was removed", async () => {
		const ann = await addPerson();
		const { threadId } = await addThread(ann, ["gone soon"]);
		await index();
		await db.sql`delete from messages where thread_id = ${threadId}`;
		await db.sql`delete from threads where id = ${threadId}`;
		expect(await db.sql`select from message_terms where user_id = ${ann}`).toEqual([]);
		expect(await db.sql`select from title_terms where user_id = ${ann}`).toEqual([]);
	});

	it("pages through the newest matches first, each thread once, whether they are among the newest messages or not", async () => {
		const ann = await addPerson();
		const made: ThreadId[] = [];
		for (let at = 0; at < 12; at++)
			made.push((await addThread(ann, ["a heron", "herons again"], "x")).threadId);
		await addThread(
			ann,
			Array.from({ length: 600 }, (_, at) => `filler ${at}`),
		);
		for (let at = 0; at < 3; at++) made.push((await addThread(ann, ["one more heron"], "x")).threadId);
		await index();
		const seen: string[] = [];
		for (let cursor: string | undefined, isMore = true; isMore; ) {
			const page = await threads.search(ann, { query: "heron", limit: 4, cursor });
			seen.push(...page.hits.map(({ threadId }) => threadId));
			cursor = page.nextCursor ?? undefined;
			isMore = cursor !== undefined;
		}
		expect(seen).toEqual(made.toReversed());
	});

	it("takes anything that may be typed", async () => {
		const ann = await addPerson();
		await addThread(ann, ["a' & b | c:* !d \\ (e) <-> f"]);
		await index();
		for (const typed of [
			"'",
			"\\",
			"a'",
			"b | c:*",
			"!d",
			"(e)",
			"<->",
			":*",
			"''''",
			"\\'a",
			"e\u0301",
			"🎉",
		])
			expect(await search(ann, typed)).toBeInstanceOf(Array);
		expect(await search(ann, "a' & b | c:*")).toHaveLength(1);
	});
});

describe("texts from before there was an index", () => {
	it("are found after an upgrade of their database", async () => {
		const old = await createTestDatabase();
		try {
			await old.sql.begin((tx) => rebuildSchema(tx as unknown as Sql, idOf("0024_carried_money")));
			const [userId, threadId] = [createId<UserId>(), createId<ThreadId>()];
			await old.sql`insert into users (id, email, name, role) values (${userId}, 'a@example.com', 'Ann', 'user')`;
			await old.sql`insert into threads (id, user_id, title) values (${threadId}, ${userId}, 'A pangolin')`;
			await old.sql`
				insert into messages (id, thread_id, role, text)
				select gen_random_uuid(), ${threadId}, 'user', 'an aardvark, number ' || number from generate_series(1, 500) as number`;
			await migrateDatabase(old);
			for (let left = 1; left > 0; left = (await old.sql`select from term_queue`).length)
				await indexTexts(old, console);
			const upgraded = createThreads({ sql: old.sql, orm: old.orm, publish: () => undefined });
			for (const query of ["pangolin", "aardvark 1", "aardvark 500"])
				expect((await upgraded.search(userId, { query, limit: 20 })).hits).toMatchObject([{ threadId }]);
			expect(await old.sql`select from message_terms`).toHaveLength(500);
		} finally {
			await old.drop();
		}
	});

	it("are cut in the background, also while an older server writes, and each row is passed once", async () => {
		const ann = await addPerson();
		const before = await addThread(ann, ["an ancient walrus", ""], "walrus hunt");
		await db.sql`delete from message_terms`;
		await db.sql`delete from title_terms`;
		await db.sql`delete from term_queue`;
		for (const kind of ["titles_before", "messages_before"])
			await db.sql`
				insert into term_queue (kind, subject_id) values (${kind}, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`;
		const since = await addThread(ann, ["a new walrus"]);
		async function indexMore() {
			await index();
			return (await db.sql`select from term_queue`).length;
		}
		await expect.poll(indexMore, { timeout: 20_000 }).toBe(0);
		const found = (await search(ann, "walrus")).map(({ threadId }) => threadId);
		expect(found.toSorted()).toEqual([before.threadId, since.threadId].toSorted());
	});

	it("wait while new ones come, and are done by one process at a time", async () => {
		const ann = await addPerson();
		await addThread(ann, ["a lynx"]);
		await Promise.all([index(), index(), index()]);
		await index();
		expect(await search(ann, "lynx")).toHaveLength(1);
	});
});

describe("a text whose terms cannot be stored", () => {
	it("is left out with a line in the log, and keeps no other from being found", async () => {
		const ann = await addPerson();
		await db.sql`
			create function refuse_terms() returns trigger language plpgsql as $$
			begin raise exception 'not this one'; end $$`;
		await db.sql`
			create trigger refused before insert on message_terms for each row
			when (new.terms::text like '%poison%') execute function refuse_terms()`;
		await addThread(ann, ["a good badger", "a poison badger", "a fine badger"]);
		await addThread(ann, ["one more badger"]);
		failures.length = 0;
		await index();
		expect(await search(ann, "badger")).toHaveLength(2);
		expect(await search(ann, "poison")).toEqual([]);
		expect(failures).toMatchObject([
			[{ event: "search.text_left_out", kind: "message" }, expect.any(String)],
		]);
		expect(await db.sql`select from term_queue`).toEqual([]);
	});
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenizer } from "../context/index.ts";
import { createId, type MessageId, type ThreadId, type TurnId, type UserId } from "../contract/ids.ts";
import { type MessagePart, toPlainText } from "../contract/parts.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { readBranch } from "./branch.ts";
import { toCursor } from "./cursor.ts";
import { indexTexts } from "./search/index-texts.ts";
import { createThreads } from "./threads.ts";

const threadId = createId<ThreadId>();
const userId = createId<UserId>();
/** The branch viewed last, root first: questions and answers in turn. */
const branch = Array.from({ length: 10_000 }, () => createId<MessageId>());
/** Further questions below one answer. */
const crowdedParentIndex = 9_979;
const twins = Array.from({ length: 2_000 }, () => createId<MessageId>());
const idAt = (index: number) => branch.at(index) ?? createId<MessageId>();
const words = "the quick brown fox jumps over the lazy dog and walks home again ".repeat(8);

let db: TestDatabase;
let threads: ReturnType<typeof createThreads>;
beforeAll(async () => {
	db = await createTestDatabase();
	threads = createThreads({ sql: db.sql, orm: db.orm, publish: () => undefined });
	await db.sql`insert into users (id, email, name, role) values (${userId}, 'ann@example.com', 'Ann', 'user')`;
	await db.sql`
		insert into threads (id, user_id, title, active_leaf_id)
		values (${threadId}, ${userId}, 'Long', ${idAt(-1)})`;
	await db.sql`
		insert into messages (id, thread_id, parent_id, role, text)
		select id, ${threadId}, lag(id) over (order by place), case when place % 2 = 1 then 'user' else 'assistant' end,
			'number' || place || ' ' || ${words}
		from unnest(${branch}::uuid[]) with ordinality as given (id, place)`;
	await db.sql`
		insert into messages (id, thread_id, parent_id, role, text)
		select id, ${threadId}, ${idAt(crowdedParentIndex)}, 'user', 'twin' from unnest(${twins}::uuid[]) as given (id)`;
	await db.sql`analyze messages`;
});
afterAll(() => db?.drop());

const getPage = (cursor?: string) => threads.get(userId, { threadId, limit: 50, cursor });

describe("a thread of 10,000 messages", () => {
	it("opens page by page, every message once and in order", async () => {
		const seen: string[] = [];
		for (let cursor: string | undefined, isMore = true; isMore; ) {
			const page = await getPage(cursor);
			expect(page.messages).toHaveLength(50);
			seen.unshift(...page.messages.map(({ id }) => id));
			cursor = page.nextCursor ?? undefined;
			isMore = cursor !== undefined;
		}
		expect(seen).toEqual(branch);
	});

	it("costs no more for a page than a short thread does, also beside 2,000 siblings", async () => {
		const tookMs: number[] = [];
		for (let run = 0; run < 9; run++) {
			const startedAt = performance.now();
			const { messages } = await getPage();
			tookMs.push(performance.now() - startedAt);
			const crowded = messages.find(({ parentMessageId }) => parentMessageId === idAt(crowdedParentIndex));
			expect(crowded?.siblings).toMatchObject({ index: 0, ids: { length: 2_001 } });
		}
		// A page takes about 5 ms. One look at the whole thread for each of its messages took 150 to 300 ms.
		expect(tookMs.sort((a, b) => a - b)[4]).toBeLessThan(75);
	});

	it.each([
		["no message id", toCursor(["x'; drop table messages"])],
		["a number", toCursor([7])],
		["nothing", ""],
	])("refuses a cursor that is %s", async (_, cursor) => {
		await expect(getPage(cursor)).rejects.toMatchObject({ code: "invalid_request" });
	});

	it("finds a word that one of its messages has", async () => {
		while ((await db.sql`select from term_queue limit 1`).length > 0) await indexTexts(db, console);
		const { hits } = await threads.search(userId, { query: "number5000 fox", limit: 20 });
		expect(hits).toMatchObject([{ threadId, messageId: idAt(4_999) }]);
	});
});

describe("what a model is given to read", () => {
	const toWords = (read: readonly { parts: readonly MessagePart[] }[]) =>
		read.map(({ parts }) => toPlainText(parts).split(" ", 1)[0]);

	it("is as much of the branch's end as its window could hold, and one message more", async () => {
		const tokensMax = 16_000;
		const read = await readBranch(db.sql, idAt(9_000), tokensMax);
		const numbers = toWords(read).map((word = "") => Number.parseInt(word.slice("number".length), 10));
		expect(numbers).toEqual(numbers.map((_, index) => 9_001 - (numbers.length - 1) + index));
		const counts = read.map(({ tokens }) => tokens);
		// Nothing of these messages is counted yet, so the bound from their bytes lets at most twice as much be read.
		const all = counts.reduce((sum, tokens) => sum + tokens, 0);
		expect(all).toBeGreaterThan(tokensMax);
		// None of them is counted: their bytes bound them.
		expect(all).toBeLessThan(2.5 * tokensMax + 1_000);
	});

	it("is cut by the stored counts where there are some, whatever the length of the text", async () => {
		await db.sql`
			update messages set token_count = 1000, tokenizer = ${tokenizer} where id = any(${branch.slice(5_000, 5_100)}::uuid[])`;
		const read = await readBranch(db.sql, idAt(5_099), 10_000);
		expect(read.map(({ tokens }) => tokens)).toEqual(Array.from({ length: 11 }, () => 1_000));
	});

	it("is the whole branch when it fits, without the answers that have no word", async () => {
		await db.sql`update messages set text = '' where id = ${idAt(1)}`;
		const read = await readBranch(db.sql, idAt(4), 16_000);
		expect(toWords(read)).toEqual(["number1", "number3", "number4", "number5"]);
	});
});

describe("an answer that was continued", () => {
	/** A turn of the branch's last answer, started so many minutes ago. */
	async function addTurn(status: string, { id, minutesAgo }: { id: TurnId; minutesAgo: number }) {
		await db.sql`
			insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id,
				request_hash, branch_point_id, requested_model, status, lease_owner, lease_expires_at, started_at)
			values (${id}, ${userId}, ${threadId}, ${idAt(-2)}, ${idAt(-1)}, ${id}, '', ${id}, 'auto', ${status}, '',
				now(), now() - ${minutesAgo} * interval '1 minute')`;
	}

	it("shows its newest turn, by the database's clock, and what that one has written so far", async () => {
		const [newer, older] = [createId<TurnId>(), createId<TurnId>()];
		await addTurn("interrupted", { id: older, minutesAgo: 2 });
		// A machine whose clock is late made the id of the newer turn.
		await addTurn("running", { id: newer, minutesAgo: 1 });
		const events = [
			{ type: "turn-start" },
			{ type: "text-reset", text: "The beginning" },
			{ type: "text-delta", text: " and more" },
		].map((event) => JSON.stringify(event));
		await db.sql`
			insert into turn_events (turn_id, seq, epoch, event) select ${newer}, place, 1, event::json
			from unnest(${events}::text[]) with ordinality as given (event, place)`;
		const { messages, liveTurn } = await getPage();
		expect(messages).toHaveLength(50);
		expect(messages.at(-1)?.turn).toMatchObject({ turnId: newer, status: "running" });
		expect(liveTurn).toMatchObject({
			turnId: newer,
			assistantMessageId: idAt(-1),
			text: "The beginning and more",
			lastEventId: "1.3",
		});
	});
});

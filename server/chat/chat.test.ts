import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ThreadId, TurnId, UserId } from "../contract/ids.ts";
import { toTextParts } from "../contract/parts.ts";
import { startTestParley } from "../testing/parley.ts";
import { smallQuote } from "../testing/quote.ts";
import { acceptSend } from "../turns/accept/accept-send.ts";
import { LiveLog } from "../turns/log/live-log.ts";
import { createTurnLog } from "../turns/log/turn-log.ts";
import { sweepOrphan } from "../turns/sweep.ts";
import { unpriced } from "../usage/index.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

const fresh = () => crypto.randomUUID();
const ofCode = (code: string) => ({ data: { parley: { code } } });
async function say(text: string, more: object = {}) {
	const input = { clientMessageId: fresh(), text: `[[sim tokens=5]] ${text}`, ...more };
	const ids = await person.client.chat.send.mutate(input);
	await person.follow({ turnId: ids.turnId });
	return ids;
}
const branchOf = async (threadId: string) => (await person.client.threads.get.query({ threadId })).messages;

describe("sending", () => {
	it("makes one message, one turn and one upstream call of 50 identical sends in parallel", async () => {
		parley.upstream.reset();
		const input = { clientMessageId: fresh(), text: "[[sim tokens=5]] once" };
		const replies = await Promise.all(
			Array.from({ length: 50 }, () => person.client.chat.send.mutate(input)),
		);
		expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
		await person.follow({ turnId: replies[0]?.turnId ?? "" });
		expect(await person.client.chat.send.mutate(input)).toEqual(replies[0]);
		expect(parley.upstream.requests()).toHaveLength(1);
		const [count] = await parley.db
			.sql`select count(*)::int as n from turns where client_message_id = ${input.clientMessageId}`;
		expect(count?.n).toBe(1);
	});

	it("refuses a used clientMessageId for another message", async () => {
		const input = { clientMessageId: fresh(), text: "[[sim tokens=2]] one" };
		const { turnId } = await person.client.chat.send.mutate(input);
		await expect(person.client.chat.send.mutate({ ...input, text: "two" })).rejects.toMatchObject(
			ofCode("idempotency_conflict"),
		);
		await person.follow({ turnId });
	});

	it("lets two people use the same clientMessageId", async () => {
		const other = await parley.signIn();
		const input = { clientMessageId: fresh(), text: "[[sim tokens=2]] hello" };
		const mine = await person.client.chat.send.mutate(input);
		expect((await other.client.chat.send.mutate(input)).turnId).not.toBe(mine.turnId);
	});

	it("says that an answer is still being written, and which", async () => {
		const input = { clientMessageId: fresh(), text: "[[sim tokens=500,itl=20]] long" };
		const { threadId, turnId } = await person.client.chat.send.mutate(input);
		await expect(
			person.client.chat.send.mutate({ clientMessageId: fresh(), text: "more", threadId }),
		).rejects.toMatchObject({ data: { parley: { code: "turn_live", details: { turnId } } } });
		await person.client.chat.stop.mutate({ turnId });
	});

	it("gives the model the branch it answers, not its siblings", async () => {
		const first = await say("alpha");
		await say("beta", { threadId: first.threadId });
		await say("gamma", { threadId: first.threadId, parentMessageId: first.assistantMessageId });
		const branch = await branchOf(first.threadId);
		expect(branch.map(({ text }) => text).join(" ")).toContain("gamma");
		expect(branch.map(({ text }) => text).join(" ")).not.toContain("beta");
		expect(branch).toHaveLength(4);
	});
});

describe("branches", () => {
	it("keeps every answer that was regenerated, as siblings", async () => {
		const { threadId, userMessageId, assistantMessageId } = await say("again");
		const second = await person.client.chat.regenerate.mutate({ clientMessageId: fresh(), userMessageId });
		await person.follow({ turnId: second.turnId });
		const answer = (await branchOf(threadId)).at(-1);
		expect(answer?.siblings).toEqual({ index: 1, ids: [assistantMessageId, second.assistantMessageId] });
		await person.client.threads.selectBranch.mutate({ threadId, messageId: assistantMessageId });
		expect((await branchOf(threadId)).at(-1)?.id).toBe(assistantMessageId);
	});

	it("edits the first message as a sibling root and leads back to the whole old branch", async () => {
		const first = await say("one");
		const second = await say("two", { threadId: first.threadId });
		await say("one, edited", { threadId: first.threadId, parentMessageId: null });
		expect(await branchOf(first.threadId)).toHaveLength(2);
		await person.client.threads.selectBranch.mutate({
			threadId: first.threadId,
			messageId: first.userMessageId,
		});
		expect((await branchOf(first.threadId)).at(-1)?.id).toBe(second.assistantMessageId);
	});
});

describe("a turn whose process is gone", () => {
	const toModel = () => ({
		providerId: "sim",
		providerModelId: "sim-small",
		price: { id: null, prices: unpriced },
	});
	const accept = async () => {
		const by = {
			userId: person.userId as UserId,
			lease: { owner: "gone", ms: -1 },
			priority: "people" as const,
			quote: smallQuote,
		};
		return await acceptSend(
			parley.db.sql,
			{ clientMessageId: fresh(), parts: toTextParts("orphan"), tokens: 6 },
			by,
		);
	};

	it("is closed as interrupted with the text that was shown, by one sweeper of many", async () => {
		const turn = await accept();
		const log = new LiveLog(turn);
		const turnLog = createTurnLog(parley.db.sql);
		turnLog.append(log, { type: "attempt-start", attempt: 1, modelId: "small" });
		turnLog.append(log, { type: "text-delta", text: "Half an ans" });
		await expect.poll(() => log.storedSeq).toBe(3);
		const swept = await Promise.all(
			Array.from({ length: 8 }, (_, index) =>
				sweepOrphan(parley.db, { lease: { owner: `sweeper ${index}`, ms: 20_000 }, describe: toModel }),
			),
		);
		expect(swept.filter((found) => found?.turn.turnId === turn.turnId).length).toBeLessThanOrEqual(1);
		await expect.poll(async () => (await branchOf(turn.threadId)).at(-1)?.turn?.status).toBe("interrupted");
		expect((await branchOf(turn.threadId)).at(-1)?.text).toBe("Half an ans");
		const seen = await person.follow({ turnId: turn.turnId });
		expect(seen.at(-1)).toMatchObject({ id: "2.4", event: { type: "turn-end", status: "interrupted" } });
	});

	it("shuts its revived owner out: an append under the old epoch stores nothing", async () => {
		const turn = await accept();
		const log = new LiveLog(turn);
		await parley.db
			.sql`update turns set epoch = 2, lease_expires_at = now() + interval '1 minute' where id = ${turn.turnId}`;
		createTurnLog(parley.db.sql).append(log, { type: "text-delta", text: "too late" });
		await expect.poll(() => log.lostBecause).toBeInstanceOf(Error);
		const [row] = await parley.db
			.sql`select count(*)::int as n from turn_events where turn_id = ${turn.turnId}`;
		expect(row?.n).toBe(1);
	});
});

describe("threads", () => {
	it("lists by activity, page by page, each once", async () => {
		const reader = await parley.signIn();
		const made: string[] = [];
		for (let index = 0; index < 7; index++) {
			const input = { clientMessageId: fresh(), text: `[[sim tokens=1]] thread ${index}` };
			const ids = await reader.client.chat.send.mutate(input);
			await reader.follow(ids);
			made.unshift(ids.threadId);
		}
		const found: string[] = [];
		let cursor: string | undefined;
		do {
			const page = await reader.client.threads.list.query({ limit: 3, cursor });
			found.push(...page.threads.map(({ id }) => id));
			cursor = page.nextCursor ?? undefined;
		} while (cursor);
		expect(found).toEqual(made);
		await expect(reader.client.threads.list.query({ cursor: "bm90IG91cnM" })).rejects.toMatchObject(
			ofCode("invalid_request"),
		);
	});

	it("pages a long conversation from its end to its root", async () => {
		const { threadId } = await say("first");
		const rows = await branchOf(threadId);
		let parentId = rows.at(-1)?.id ?? "";
		for (let index = 0; index < 30; index++) {
			const id = fresh();
			const role = index % 2 ? "assistant" : "user";
			await parley.db
				.sql`insert into messages (id, thread_id, parent_id, role, text) values (${id}, ${threadId}, ${parentId}, ${role}, ${`m${index}`})`;
			parentId = id;
		}
		await parley.db.sql`update threads set active_leaf_id = ${parentId} where id = ${threadId as ThreadId}`;
		const texts: string[] = [];
		let cursor: string | undefined;
		do {
			const page = await person.client.threads.get.query({ threadId, limit: 10, cursor });
			texts.unshift(...page.messages.map(({ text }) => text));
			cursor = page.nextCursor ?? undefined;
		} while (cursor);
		expect(texts).toHaveLength(32);
		expect(texts.slice(2)).toEqual(Array.from({ length: 30 }, (_, index) => `m${index}`));
	});

	it("finds words in titles and text as they are typed, with marks, and forgets what is deleted until it is restored", async () => {
		const { threadId } = await say("The zeppelin over Lake Constance");
		const search = async (query: string) => (await person.client.threads.search.query({ query })).hits;
		await expect.poll(() => search("zepp constan"), { timeout: 5_000 }).toHaveLength(1);
		const [hit] = await search("zepp constan");
		expect(hit?.threadId).toBe(threadId);
		expect(hit?.snippet.filter(({ isMatch }) => isMatch).map(({ text }) => text)).toEqual([
			"zeppelin",
			"Constance",
		]);
		expect(await search("zeppelin submarine")).toEqual([]);
		expect(await search("') | !!")).toEqual([]);
		await person.client.threads.delete.mutate({ threadId });
		expect(await search("zeppelin")).toEqual([]);
		await expect(person.client.threads.get.query({ threadId })).rejects.toMatchObject(ofCode("not_found"));
		await person.client.threads.restore.mutate({ threadId });
		expect(await search("zeppelin")).toHaveLength(1);
	});

	it("keeps a title that the person chose", async () => {
		const { threadId } = await say("first words become the title");
		await person.client.threads.rename.mutate({ threadId, title: "  Chosen  " });
		await say("more", { threadId });
		expect((await person.client.threads.get.query({ threadId })).thread.title).toBe("Chosen");
	});

	it("hands a live turn over from the snapshot: text so far and the id to follow from", async () => {
		const input = { clientMessageId: fresh(), text: "[[sim tokens=80,itl=10,text=words]] live" };
		const { threadId, turnId } = await person.client.chat.send.mutate(input);
		await new Promise((resolve) => setTimeout(resolve, 300));
		const { liveTurn, messages } = await person.client.threads.get.query({ threadId });
		const rest = await person.follow({ turnId, lastEventId: liveTurn?.lastEventId });
		const tail = rest.map(({ event }) => (event.type === "text-delta" ? event.text : "")).join("");
		expect(liveTurn?.assistantMessageId).toBe(messages[1]?.id);
		expect((await branchOf(threadId))[1]?.text).toBe(`${liveTurn?.text}${tail}`);
		expect(liveTurn?.text.length).toBeGreaterThan(0);
	});
});

describe("draining", () => {
	it("refuses new turns and closes the live ones as interrupted with what was shown", async () => {
		const own = await startTestParley();
		try {
			const guest = await own.signIn();
			const input = { clientMessageId: fresh(), text: "[[sim tokens=2000,itl=10]] long" };
			const { turnId } = await guest.client.chat.send.mutate(input);
			await new Promise((resolve) => setTimeout(resolve, 200));
			await own.services.chat.drain(50);
			const seen = await guest.follow({ turnId: turnId as TurnId });
			expect(seen.at(-1)?.event).toMatchObject({ status: "interrupted", code: "stream_interrupted" });
			await expect(
				guest.client.chat.send.mutate({ clientMessageId: fresh(), text: "more" }),
			).rejects.toMatchObject(ofCode("draining"));
		} finally {
			await own.close();
		}
	});
});

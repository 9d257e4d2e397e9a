// Longer than other files: two processes on one database, and all that one owes the other.

import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countMessageTokens, loadEncoding, toModelTokens } from "../context/index.ts";
import type { TurnId, UserId } from "../contract/ids.ts";
import { toTextParts } from "../contract/parts.ts";
import type { TurnEvent } from "../contract/turn.ts";
import type { ViewerEvent } from "../contract/viewer-event.ts";
import { createTestDatabase, type TestDatabase } from "../testing/database.ts";
import { foldEvents, startTestParley } from "../testing/parley.ts";
import { smallQuote } from "../testing/quote.ts";
import { acceptSend } from "../turns/accept/accept-send.ts";
import { compactLogs } from "../turns/log/compact.ts";
import { LiveLog } from "../turns/log/live-log.ts";
import { createTurnLog } from "../turns/log/turn-log.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;
type Person = Awaited<ReturnType<Parley["signIn"]>>;

let db: TestDatabase;
let a: Parley;
let b: Parley;
let person: Person;
/** The same person, at the other instance. */
let elsewhere: ReturnType<Parley["reach"]>;

beforeAll(async () => {
	await loadEncoding("o200k_base");
	db = await createTestDatabase();
	a = await startTestParley({ db });
	b = await startTestParley({ db });
	person = await a.signIn();
	elsewhere = b.reach(person.cookie);
});
afterAll(async () => {
	await a?.close();
	await b?.close();
	await db?.drop();
});

const fresh = () => crypto.randomUUID();
const textOf = (seen: readonly { event: TurnEvent }[]) => foldEvents(seen.map(({ event }) => event)).text;
const sendLong = async (words = 2_000) =>
	await person.client.chat.send.mutate({
		clientMessageId: fresh(),
		text: `[[sim tokens=${words},itl=10,text=words]] long`,
	});
const messagesOf = async (threadId: string) => (await person.client.threads.get.query({ threadId })).messages;

describe("a turn that runs on another instance", () => {
	it("is read there event by event, from its start and from any place, as it is read here", async () => {
		const { turnId } = await sendLong(40);
		const [here, there] = await Promise.all([person.follow({ turnId }), elsewhere.follow({ turnId })]);
		expect(there).toEqual(here);
		const middle = here[Math.floor(here.length / 2)];
		const rest = await elsewhere.follow({ turnId, lastEventId: middle?.id });
		expect(rest).toEqual(here.slice(here.indexOf(middle as never) + 1));
	});

	it("is stopped from there: its upstream call ends, the text stays, and the answer says what is known", async () => {
		const { turnId, threadId } = await sendLong();
		const hearing = elsewhere.follow({ turnId });
		await expect.poll(async () => (await messagesOf(threadId)).length).toBe(2);
		const askedAt = performance.now();
		const { status } = await elsewhere.client.chat.stop.mutate({ turnId });
		const seen = await hearing;
		expect(performance.now() - askedAt).toBeLessThan(2_000);
		expect(["confirmed", "requested"]).toContain(status);
		expect(seen.at(-1)?.event).toMatchObject({ type: "turn-end", status: "stopped" });
		expect((await messagesOf(threadId)).at(-1)?.text).toBe(textOf(seen));
		expect(await elsewhere.client.chat.stop.mutate({ turnId })).toEqual({ status: "confirmed" });
		await expect.poll(() => a.upstream.requests().at(-1)?.outcome).toBe("aborted_by_client");
	});

	it("is not said to be stopped by the one that ran it until it was taken over", async () => {
		a.upstream.reset();
		// Silent, so that its owner has nothing to store and does not notice by itself.
		const silent = { clientMessageId: fresh(), text: "[[sim ttft=20000,tokens=5]] silent" };
		const { turnId } = await person.client.chat.send.mutate(silent);
		await expect.poll(() => a.upstream.requests()).toHaveLength(1);
		await db.sql`
			update turns set epoch = epoch + 1, lease_owner = 'gone', lease_expires_at = now() + interval '3 seconds'
			where id = ${turnId}`;
		expect(await person.client.chat.stop.mutate({ turnId })).toEqual({ status: "requested" });
		const [row] = await db.sql`select status from turns where id = ${turnId}`;
		expect(row).toMatchObject({ status: "running" });
		await expect
			.poll(() => person.client.chat.stop.mutate({ turnId }), { timeout: 8_000 })
			.toEqual({ status: "confirmed" });
	}, 15_000);

	it("tells the person's tabs at every instance what changed", async () => {
		const heard: ViewerEvent[] = [];
		const subscription = elsewhere.client.events.follow.subscribe(
			{},
			{ onData: ({ data }) => void heard.push(data), onStarted: () => void heard.push({ type: "resync" }) },
		);
		await expect.poll(() => heard.map(({ type }) => type)).toContain("resync");
		const { turnId, threadId } = await sendLong(2);
		// The end of an earlier turn may be heard as well.
		const listOwn = () => heard.filter((event) => "threadId" in event && event.threadId === threadId);
		await expect
			.poll(() => listOwn().map(({ type }) => type))
			.toEqual(["thread-change", "turn-start", "turn-end"]);
		expect(listOwn().at(-1)).toMatchObject({ turnId, status: "complete" });
		subscription.unsubscribe();
	});

	it("is not made twice by sends of one name to both", async () => {
		const input = { clientMessageId: fresh(), text: "[[sim tokens=3]] once" };
		const replies = await Promise.all(
			Array.from({ length: 20 }, (_, index) =>
				(index % 2 ? person : elsewhere).client.chat.send.mutate(input),
			),
		);
		expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
		await person.follow({ turnId: replies[0]?.turnId ?? "" });
	});
});

const unused = {
	inputTokens: 0,
	cachedInputTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	outputTokens: 0,
	reasoningTokens: 0,
	source: "provider_final",
} as const;

describe("a turn whose owner is gone", () => {
	const accept = (text: string, ms = 300) =>
		acceptSend(
			db.sql,
			{ clientMessageId: fresh(), parts: toTextParts(text), tokens: 12 },
			{
				userId: person.userId as UserId,
				lease: { owner: "gone", ms },
				priority: "people",
				quote: smallQuote,
			},
		);

	/** As the process of a turn marks it that has to wait for its model. */
	const markQueued = (turnId: string) => db.sql`update turns set status = 'queued' where id = ${turnId}`;

	it("is run by another instance when it waited for its model", async () => {
		forgetCalls();
		const { turnId } = await accept("[[sim tokens=5,text=words]] waited");
		await markQueued(turnId);
		const seen = await person.follow({ turnId });
		expect(seen.at(-1)).toMatchObject({ event: { type: "turn-end", status: "complete" } });
		expect(seen.at(-1)?.id).toMatch(/^2\./);
		expect(textOf(seen)).not.toBe("");
		expect(countCalls()).toBe(1);
	});

	it("is closed for a retry when its process died between the commit and the call: that call may have been made", async () => {
		forgetCalls();
		const { turnId } = await accept("[[sim tokens=5]] committed");
		const seen = await person.follow({ turnId });
		expect(seen.at(-1)?.event).toMatchObject({
			type: "turn-end",
			status: "interrupted",
			receipt: { costNanoUsd: "0" },
		});
		expect(countCalls()).toBe(0);
		const [call] = await db.sql`
			select model_id, usage_source, input_tokens > 0 as has_input, cost_nano_usd =
				(select sum(amount_nano_usd) from ledger where model_call_id = model_calls.id and account = 'house') as is_booked
			from model_calls where turn_id = ${turnId}`;
		expect(call).toEqual({ model_id: "small", usage_source: "estimate", has_input: true, is_booked: true });
	});

	it("has waited since it was accepted, and not since it was taken over", async () => {
		const { turnId } = await accept("[[sim tokens=5]] has waited", 600);
		await db.sql`update turns set started_at = now() - interval '20 s', status = 'queued' where id = ${turnId}`;
		const end = (await person.follow({ turnId })).at(-1)?.event;
		if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
		expect(end.status).toBe("complete");
		expect(end.receipt.durationMs).toBeGreaterThan(20_000);
	});

	it("is closed however old it is, and keeps no other from being closed", async () => {
		const [old, broken, young] = [await accept("old"), await accept("broken"), await accept("young")];
		await db.sql`update turns set started_at = now() - interval '90 days' where id = ${old.turnId}`;
		await db.sql`
			insert into turn_events (turn_id, seq, epoch, event)
			values (${broken.turnId}, 3, 1, '{"type":"attempt-start","attempt":"no number","modelId":"small"}')`;
		for (const { turnId } of [old, young])
			expect((await person.follow({ turnId })).at(-1)?.event).toMatchObject({ status: "interrupted" });
		const [row] = await db.sql`select status from turns where id = ${broken.turnId}`;
		expect(row?.status).toBe("running");
		await db.sql`delete from turns where id = ${broken.turnId}`;
	});

	it("is stopped, not run, when that was asked for before", async () => {
		const { turnId } = await accept("[[sim tokens=5]] given up");
		await db.sql`update turns set stop_requested_at = now() where id = ${turnId}`;
		const seen = await person.follow({ turnId });
		expect(seen.at(-1)?.event).toMatchObject({ type: "turn-end", status: "stopped" });
	});

	it("is closed as interrupted, and never sent again, once its call may have been sent", async () => {
		forgetCalls();
		const turn = await accept("[[sim tokens=5]] sent", 3_000);
		const log = new LiveLog(turn);
		const turnLog = createTurnLog(db.sql);
		turnLog.append(log, { type: "attempt-start", attempt: 1, modelId: "small" });
		await turnLog.settle(log);
		const seen = await person.follow({ turnId: turn.turnId });
		expect(seen.at(-1)?.event).toMatchObject({ type: "turn-end", status: "interrupted" });
		expect(countCalls()).toBe(0);
	});

	it("is booked as the log has it: ended calls with what was reported, the cut one estimated", async () => {
		const text = "[[sim tokens=5]] went on";
		// Fitted by an estimate on the high side, billed as the provider counts.
		const tokens = await countMessageTokens(toTextParts(text));
		const most = toModelTokens(tokens, { providerModelId: "sim-large" });
		const billed = Math.round((19 * (countO200k(text) + 4 + 3)) / most);
		const turn = await accept(text, 3_000);
		const log = new LiveLog(turn);
		const turnLog = createTurnLog(db.sql);
		for (const event of [
			{ type: "context-fit", inputTokens: 7, contextWindow: 1_000, omittedMessages: 0 },
			{ type: "attempt-start", attempt: 1, modelId: "small" },
			{ type: "attempt-end", attempt: 1, outcome: "failed", usage: { ...unused, inputTokens: 6 } },
			{ type: "attempt-start", attempt: 2, modelId: "small" },
			{ type: "text-delta", text: "It broke off " },
			{ type: "attempt-end", attempt: 2, outcome: "interrupted", usage: { ...unused, outputTokens: 4 } },
			{ type: "context-fit", inputTokens: 19, contextWindow: 1_000, omittedMessages: 0 },
			{ type: "attempt-start", attempt: 3, modelId: "large" },
			{ type: "text-delta", text: "and went on" },
		] satisfies TurnEvent[])
			turnLog.append(log, event);
		await turnLog.settle(log);
		await person.follow({ turnId: turn.turnId });
		const calls = await db.sql`
			select attempt, model_id as model, outcome, input_tokens as input, output_tokens > 0 as "hasOutput",
				(select sum(amount_nano_usd) from ledger where model_call_id = model_calls.id) = cost_nano_usd as "isBooked"
			from model_calls where turn_id = ${turn.turnId} order by attempt`;
		const rest = { hasOutput: true, isBooked: true };
		expect(calls).toEqual([
			{ attempt: 1, model: "small", outcome: "failed", input: 6, hasOutput: false, isBooked: true },
			{ attempt: 2, model: "small", outcome: "interrupted", input: 0, ...rest },
			{ attempt: 3, model: "large", outcome: "interrupted", input: billed, ...rest },
		]);
	});
});

describe("continuing", () => {
	const cut = async (faults: string) => {
		const sent = await person.client.chat.send.mutate({
			clientMessageId: fresh(),
			text: `[[sim tokens=30,itl=2,text=words${faults}]] go on`,
		});
		await person.follow({ turnId: sent.turnId });
		const answer = (await messagesOf(sent.threadId)).at(-1);
		return { ...sent, text: answer?.text ?? "", status: answer?.turn?.status };
	};
	const goOn = (assistantMessageId: string, clientMessageId = fresh()) =>
		person.client.chat.continue.mutate({ clientMessageId, assistantMessageId });

	it("goes on in the same message, after the text it had, and any reader sees both", async () => {
		const first = await cut(",fault=reset@10");
		expect(first.status).toBe("interrupted");
		expect(first.text).not.toBe("");
		const key = fresh();
		const next = await goOn(first.assistantMessageId, key);
		expect(next).toMatchObject({
			threadId: first.threadId,
			userMessageId: first.userMessageId,
			assistantMessageId: first.assistantMessageId,
		});
		expect(await goOn(first.assistantMessageId, key)).toEqual(next);
		const seen = await elsewhere.follow({ turnId: next.turnId });
		const messages = await messagesOf(first.threadId);
		expect(messages).toHaveLength(2);
		expect(messages.at(-1)?.text).toBe(textOf(seen));
		expect(messages.at(-1)?.text.startsWith(first.text)).toBe(true);
		expect(messages.at(-1)?.turn?.turnId).toBe(next.turnId);
		const bill = await person.client.usage.turn.query({ turnId: next.turnId });
		expect(bill.attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
			[1, "interrupted"],
			[2, "complete"],
		]);
		expect(messages.at(-1)?.turn?.receipt?.costNanoUsd).toBe(bill.chargedNanoUsd);
		const part = await person.client.usage.turn.query({ turnId: first.turnId });
		expect(BigInt(part.chargedNanoUsd)).toBeLessThan(BigInt(bill.chargedNanoUsd));
	});

	it("is refused for an answer that is complete, that is another person's, or that is being written", async () => {
		const whole = await cut("");
		await expect(goOn(whole.assistantMessageId)).rejects.toMatchObject({
			data: { parley: { code: "invalid_request" } },
		});
		const stranger = await a.signIn();
		await expect(
			stranger.client.chat.continue.mutate({
				clientMessageId: fresh(),
				assistantMessageId: whole.assistantMessageId,
			}),
		).rejects.toMatchObject({ data: { parley: { code: "not_found" } } });
		const live = await sendLong();
		await expect(goOn(live.assistantMessageId)).rejects.toMatchObject({
			data: { parley: { code: "turn_live", details: { turnId: live.turnId } } },
		});
		await person.client.chat.stop.mutate({ turnId: live.turnId });
	});
});

describe("a compacted log", () => {
	it("is followed as the whole text and the end, from any id it ever had", async () => {
		const { turnId } = await sendLong(20);
		const seen = await person.follow({ turnId });
		await db.sql`update turns set ended_at = now() - interval '1 hour' where id = ${turnId}`;
		await expect.poll(() => compactLogs(db.sql, 0).then(() => countEvents(turnId))).toBe(0);
		for (const lastEventId of [undefined, ...seen.map(({ id }) => id)]) {
			const again = await elsewhere.follow({ turnId, lastEventId });
			expect(again.at(-1)).toEqual(seen.at(-1));
			const isAtEnd = lastEventId === seen.at(-1)?.id || lastEventId === seen.at(-2)?.id;
			if (!isAtEnd) expect(textOf(again)).toBe(textOf(seen));
		}
		await expect(person.follow({ turnId, lastEventId: "1.9999" })).rejects.toMatchObject({
			data: { parley: { code: "invalid_request" } },
		});
	});

	it("spares turns that are live or ended a moment ago, and drops what deleted threads left", async () => {
		const live = await sendLong();
		const ended = await sendLong(2);
		await person.follow({ turnId: ended.turnId });
		await db.sql`insert into turn_events (turn_id, seq, epoch, event)
			values ('01900000-0000-7000-8000-000000000001', 1, 1, '{}')`;
		await compactLogs(db.sql, 60_000);
		expect(await countEvents(live.turnId)).toBeGreaterThan(0);
		expect(await countEvents(ended.turnId)).toBeGreaterThan(0);
		expect(await countEvents("01900000-0000-7000-8000-000000000001")).toBe(0);
		await person.client.chat.stop.mutate({ turnId: live.turnId });
	});
});

describe("following once", () => {
	it("gives what is stored and ends, while the turn goes on", async () => {
		const { turnId } = await sendLong();
		const seen = await follow(turnId);
		expect(seen.at(-1)?.event.type).not.toBe("turn-end");
		await person.client.chat.stop.mutate({ turnId });
		expect((await follow(turnId, seen.at(-1)?.id)).at(-1)?.event).toMatchObject({ status: "stopped" });
	});
	const follow = (turnId: string, lastEventId?: string) =>
		elsewhere.follow({ turnId, lastEventId, once: true });
});

function forgetCalls() {
	a.upstream.reset();
	b.upstream.reset();
}
const countCalls = () => a.upstream.requests().length + b.upstream.requests().length;

async function countEvents(turnId: string): Promise<number> {
	const [row] = await db.sql`select count(*)::int as n from turn_events where turn_id = ${turnId as TurnId}`;
	return row?.n ?? 0;
}

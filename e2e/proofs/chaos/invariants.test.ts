// Longer than other files: one history, and a way to break it for every invariant.
import { describe, expect, it } from "vitest";
import type { MessageId, ThreadId, TurnId } from "../../../server/contract/ids.ts";
import type { LoggedEvent, Receipt, TurnEvent } from "../../../server/contract/turn.ts";
import type { TerminalStatus } from "../../../server/contract/turn-status.ts";
import type { Evidence } from "./evidence.ts";
import type { Fault, Reader, Send } from "./history.ts";
import { invariants } from "./invariants.ts";

const ids = {
	threadId: "thread" as ThreadId,
	turnId: "turn" as TurnId,
	userMessageId: "question" as MessageId,
	assistantMessageId: "answer" as MessageId,
};
const receipt: Receipt = {
	modelId: "small",
	attempts: 1,
	usage: null,
	firstTokenMs: 5,
	durationMs: 9,
	finishReason: "stop",
	costNanoUsd: null,
};
const say = (text: string): TurnEvent => ({ type: "text-delta", text });
const end = (status: TerminalStatus): TurnEvent => ({ type: "turn-end", status, receipt });
const toLog = (events: TurnEvent[]): LoggedEvent[] =>
	events.map((event, index) => ({ epoch: 1, seq: index + 1, event }));
const log = toLog([{ type: "turn-start", version: 1, ...ids }, say("one "), say("two"), end("complete")]);

const send: Send = {
	clientMessageId: "name",
	text: "one two [[sim]]",
	answer: "one two",
	startedAtMs: 0,
	replies: [{ askedAtMs: 0, answeredAtMs: 10, via: 0, ids, code: null }],
	ids,
	acknowledgedAtMs: 10,
};
const reader: Reader = {
	kind: "main",
	turnId: ids.turnId,
	contradictions: [],
	gaveUpBecause: null,
	events: log.map((logged) => ({ ...logged, atMs: 100 + logged.seq })),
	connections: [{ openedAtMs: 11, firstByteAtMs: 12, via: 0, ending: "end" }],
};
const drained: Fault = {
	kind: "drain",
	what: "SIGTERM to instance 0",
	instance: 0,
	fromMs: 0,
	toMs: 1,
	recoveryMs: 1,
	turnIds: [],
	complaints: [],
};
const turn: Evidence["turns"][number] = {
	...ids,
	clientMessageId: "name",
	status: "complete",
	code: null,
	epoch: 1,
	endedAtMs: 110,
};
const sample = { atMs: 0, overdueTurnIds: [], connections: [3, 3], idleInTransaction: 0 };

const good: Evidence = {
	history: { sends: [send], readers: [reader], stops: [], faults: [drained] },
	turns: [turn],
	texts: new Map([
		["question", send.text],
		["answer", "one two"],
	]),
	logs: new Map([["turn", log]]),
	calls: [{ clientMessageId: "name", endedAtMs: 110 }],
	samples: [sample],
	crashes: [],
	connectionsMax: 11,
	leaseMs: 3_000,
};

/** What is broken in the evidence: ids of the invariants and what they say. */
const judge = (evidence: Evidence) =>
	invariants
		.map((check) => check(evidence))
		.flatMap(({ id, violations }) => violations.map((violation) => `${id} ${violation}`));
const withHistory = (changed: Partial<Evidence["history"]>) =>
	judge({ ...good, history: { ...good.history, ...changed } });
const withReader = (changed: Partial<Reader>) => withHistory({ readers: [{ ...reader, ...changed }] });
const withLog = (events: LoggedEvent[]) => judge({ ...good, logs: new Map([["turn", events]]) });
const withTexts = (question: string, answer: string) =>
	judge({
		...good,
		texts: new Map([
			["question", question],
			["answer", answer],
		]),
	});
const seen = (events: LoggedEvent[]) => events.map((logged) => ({ ...logged, atMs: 100 }));
const one = (text: string) => [expect.stringContaining(text)];

describe("a run in which every promise was kept", () => {
	it("has no violation, and every invariant had something to check", () => {
		expect(judge(good)).toEqual([]);
		expect(invariants.map((check) => check(good).checked).every((checked) => checked > 0)).toBe(true);
	});
});

describe("each broken promise is found", () => {
	it("I4: an acknowledged message without a turn, without its words, or with a turn that never ends", () => {
		expect(judge({ ...good, turns: [] })).toContainEqual(expect.stringMatching(/^I4 name has 0 turns/));
		expect(withTexts("one", "one two")).toEqual(one("I4 the message of turn is lost"));
		expect(judge({ ...good, turns: [{ ...turn, status: "running" }] })).toContainEqual(
			expect.stringContaining("I4 turn is still running"),
		);
	});

	it("I5: words that were shown and are not stored", () => {
		const shown = seen([...log.slice(0, 2), { epoch: 1, seq: 3, event: say("too") }]);
		expect(withReader({ kind: "passing", events: shown })).toContainEqual(
			expect.stringContaining("I5 the passing reader of turn was shown"),
		);
	});

	it("I5: nothing, when a text-reset replaced openly what was shown", () => {
		const events = toLog([
			say("one wrong"),
			{ type: "text-reset", text: "one " },
			say("two"),
			end("complete"),
		]);
		const evidence = { ...good, logs: new Map([["turn", events]]) };
		const history = { ...good.history, readers: [{ ...reader, events: seen(events) }] };
		expect(judge({ ...evidence, history })).toEqual([]);
	});

	it("I5: an event that came again as another one", () => {
		expect(withReader({ contradictions: ["1.2 was shown again as something else"] })).toEqual(one("I5"));
	});

	it("I5: a gap in the log, and a log that says other words than the message", () => {
		const [first, second, , last] = log;
		if (!first || !second || !last) throw new Error("The log is shorter than it was.");
		expect(withLog([first, second, last])).toContainEqual(
			expect.stringMatching(/^I5 the log of turn has a gap/),
		);
		expect(withTexts(send.text, "one two three")).toContainEqual(
			expect.stringMatching(/^I5 the log of turn says/),
		);
	});

	it("I6: a reader who missed an event, or was given another one", () => {
		expect(withReader({ events: seen(log.toSpliced(2, 1)) })).toContainEqual(
			expect.stringMatching(/^I6 the main/),
		);
		const events = seen(log.with(2, { epoch: 1, seq: 3, event: say("2") }));
		expect(withReader({ events })).toContainEqual(
			expect.stringMatching(/^I6 the main reader of turn has 1\.3/),
		);
	});

	it("I6: a complete answer that is not what the provider said", () => {
		const short = toLog([say("one "), end("complete")]);
		const evidence = {
			...good,
			logs: new Map([["turn", short]]),
			texts: new Map([
				["question", send.text],
				["answer", "one "],
			]),
		};
		const history = { ...good.history, readers: [] };
		expect(judge({ ...evidence, history }).filter((line) => line.startsWith("I6"))).toEqual(
			one("complete, stored"),
		);
	});

	it("I7: two ends, an end that is not the last, an end that says another status, and no end", () => {
		const twice = toLog([...log.map(({ event }) => event), end("complete")]);
		expect(withLog(twice)).toContainEqual(expect.stringContaining("I7 turn has 2 ends"));
		expect(withLog(log.slice(0, 3))).toContainEqual(expect.stringContaining("I7 turn has 0 ends"));
		const other = judge({ ...good, turns: [{ ...turn, status: "interrupted" }] });
		expect(other).toEqual(one("I7 turn is interrupted, its log ends complete"));
	});

	it("I7: a reader who stayed and saw no end", () => {
		expect(withReader({ events: seen(log.slice(0, 3)) })).toEqual(
			one("I7 the main reader of turn saw no end"),
		);
		expect(withReader({ gaveUpBecause: "not_found" })).toEqual(one("I7 the main reader of turn gave up"));
	});

	it("I8: two turns for one name, and replies that differ", () => {
		expect(judge({ ...good, turns: [turn, turn] })).toContainEqual(
			expect.stringContaining("I8 name has 2 turns"),
		);
		const reply = {
			askedAtMs: 0,
			answeredAtMs: 11,
			via: 1,
			ids: { ...ids, turnId: "other" as TurnId },
			code: null,
		};
		const twice = { ...send, replies: [...send.replies, reply] };
		expect(withHistory({ sends: [twice] })).toEqual(one("I8 name was answered in 2 ways"));
	});

	it("I9: a second call of the provider, an answer without one, and a call for a message that was not accepted", () => {
		const [call] = good.calls;
		if (!call) throw new Error("There is no call any more.");
		expect(judge({ ...good, calls: [call, call] })).toEqual(one("I9 turn, complete, made 2 calls"));
		expect(judge({ ...good, calls: [] })).toEqual(
			one("I9 turn has an answer that the provider was not asked for"),
		);
		const unheard: Send = { ...send, ids: null, acknowledgedAtMs: null, replies: [] };
		const evidence = { ...good, turns: [], history: { ...good.history, sends: [unheard], readers: [] } };
		expect(judge(evidence)).toEqual(one("I9 name was never accepted and made a call"));
	});

	it("I10: an event of an old epoch after one of a new, and an event after the end", () => {
		const stale = log.map((logged) => (logged.seq === 2 ? { ...logged, epoch: 2 } : logged));
		expect(withLog(stale)).toContainEqual(
			expect.stringMatching(/^I10 turn has [12]\.\d after a higher epoch/),
		);
		const after = toLog([...log.map(({ event }) => event), say("")]);
		expect(withLog(after)).toContainEqual(expect.stringContaining("I10 turn goes on after its end with 1.5"));
	});

	it("I15: nothing to see for 46 s, and failures that are untyped, ours, or slow", () => {
		const late = reader.events.map((event) => ({ ...event, atMs: 50_000 }));
		expect(withReader({ events: late })).toEqual(one("I15 turn showed nothing for 49990 ms"));
		const replyWith = (code: string | null, answeredAtMs: number) =>
			withHistory({
				sends: [{ ...send, replies: [{ askedAtMs: 0, answeredAtMs, via: 0, ids: null, code }] }],
			});
		expect(replyWith("storage_unavailable", 9)).toEqual([]);
		expect(replyWith("internal", 9)).toEqual(one('I15 a post was answered "internal"'));
		expect(replyWith("http 500", 9)).toEqual(one('I15 a post was answered "http 500"'));
		expect(replyWith(null, 47_000)).toEqual(one("I15 an answer took 47000 ms"));
		const stop = { turnId: "turn", owner: 0, via: 1, calledAtMs: 0, answeredAtMs: 9, outcome: "not_found" };
		expect(withHistory({ stops: [stop] })).toEqual(one('I15 a post was answered "not_found"'));
	});

	it("I19: a lease that ran out and was not swept", () => {
		const overdue = { ...sample, atMs: 20_000, overdueTurnIds: ["turn"] };
		expect(judge({ ...good, samples: [overdue] })).toEqual(one("I19"));
		const faultAt = (fromMs: number): Fault => ({
			...drained,
			kind: "storage",
			what: "reset",
			instance: null,
			fromMs,
			toMs: fromMs + 2_000,
			recoveryMs: 500,
		});
		const withFault = (fromMs: number) =>
			judge({ ...good, samples: [overdue], history: { ...good.history, faults: [faultAt(fromMs)] } });
		expect(withFault(12_000)).toEqual([]);
		expect(withFault(5_000)).toEqual(one("I19"));
	});

	it("I20: a pool beyond its bound at any time, and a transaction left open at the end", () => {
		expect(judge({ ...good, samples: [{ ...sample, connections: [3, 12] }, sample] })).toEqual(
			one("I20 instance 1 held 12 connections"),
		);
		expect(judge({ ...good, samples: [sample, { ...sample, idleInTransaction: 1 }] })).toEqual(
			one("I20 1 sessions"),
		);
		expect(judge({ ...good, samples: [{ ...sample, idleInTransaction: 1 }, sample] })).toEqual([]);
	});

	it("alive: a process that ended by itself, and one that did not come back", () => {
		const crashes = [{ instance: 1, atMs: 0, words: "exit 1: out of words" }];
		expect(judge({ ...good, crashes })).toEqual(one("alive instance 1 ended by itself: exit 1"));
		const storage: Fault = {
			...drained,
			kind: "storage",
			what: "reset",
			complaints: ["it did not serve again"],
		};
		expect(withHistory({ faults: [storage] })).toEqual(one("alive reset: it did not serve again"));
	});

	it("drain: an exit that was not clean", () => {
		const complaints = ["it ended by SIGKILL, not by exit 0"];
		expect(withHistory({ faults: [{ ...drained, complaints }] })).toEqual(
			one("SIGTERM to instance 0: it ended"),
		);
	});
});

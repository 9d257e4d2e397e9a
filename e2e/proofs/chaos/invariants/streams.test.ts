import { describe, expect, it } from "vitest";
import { testSabotages, withHistory, withLog, withMessage, withReader, withTurn } from "./sabotage.ts";
import { compactedReader, end, good, say, sent, toLog } from "./sample-evidence.ts";
import { streamInvariants } from "./streams.ts";

const { history } = good;
const events = sent.log.map(({ event }) => event);

describe("the invariants of streams", () => {
	testSabotages(streamInvariants, [
		[
			"what was shown is a prefix of what is stored",
			withReader({
				kind: "passing",
				events: [...sent.reader.events.slice(0, 2), { epoch: 1, seq: 3, event: say("too"), atMs: 9 }],
			}),
			"the passing reader of turn sent was shown",
		],
		[
			"what was shown is a prefix of what is stored",
			withReader({ contradictions: ["1.2 was shown again as something else"] }),
			"was shown again",
		],
		[
			"seq is dense, and the log says what is stored",
			{ logs: new Map(good.logs).set(sent.turn.turnId, sent.log.toSpliced(2, 1)) },
			"has a gap before 1.4",
		],
		[
			"seq is dense, and the log says what is stored",
			withMessage("answer sent", "one two three"),
			"says 7 characters",
		],
		[
			"a reader has the log's own events, wherever it was cut",
			withReader({ events: sent.reader.events.toSpliced(2, 1) }),
			"the main reader of turn sent has 1.4",
		],
		[
			"a reader has the log's own events, wherever it was cut",
			withReader({ events: sent.reader.events.with(2, { epoch: 1, seq: 3, event: say("2"), atMs: 9 }) }),
			"the main reader of turn sent has 1.3",
		],
		[
			"an answer is the provider's text, all of it when complete",
			withLog([say("one "), end("complete")], withMessage("answer sent", "one ")),
			"complete, stored 4 characters",
		],
		[
			"an answer is the provider's text, all of it when complete",
			{ continuation: "other words" },
			"turn continued, complete",
		],
		[
			"exactly one turn-end, last, equal to the stored status",
			withLog([...events, end("complete")]),
			"has 2 ends",
		],
		["exactly one turn-end, last, equal to the stored status", withLog(events.slice(0, 3)), "has 0 ends"],
		[
			"exactly one turn-end, last, equal to the stored status",
			withTurn({ status: "interrupted" }),
			"is interrupted, its log ends complete",
		],
		["a reader who stays sees the end", withReader({ events: sent.reader.events.slice(0, 3) }), "saw no end"],
		["a reader who stays sees the end", withReader({ gaveUpBecause: "not_found" }), "gave up: not_found"],
		[
			"nothing is appended from an old epoch, or after the end",
			{
				logs: new Map(good.logs).set(
					sent.turn.turnId,
					sent.log.map((logged) => (logged.seq === 2 ? { ...logged, epoch: 2 } : logged)),
				),
			},
			"after a higher epoch",
		],
		[
			"nothing is appended from an old epoch, or after the end",
			withLog([...events, say("")]),
			"goes on after its end",
		],
		["the log of an ended turn goes after its retention", { compacted: new Set() }, "is still there"],
		[
			"a turn without its log is shown as its whole text and its end",
			withHistory({ readers: [{ ...compactedReader, events: compactedReader.events.slice(1) }] }),
			"was shown 0 characters",
		],
		[
			"a turn without its log is shown as its whole text and its end",
			withHistory({ readers: [{ ...compactedReader, events: compactedReader.events.slice(0, 1) }] }),
			"saw another end",
		],
	]);

	const judge = (changed: Parameters<(typeof streamInvariants)[number]>[0]) =>
		streamInvariants.flatMap((check) => check(changed).violations);

	it("find nothing in a text-reset that openly replaced what was shown", () => {
		const replaced = toLog([
			say("one wrong"),
			{ type: "text-reset", text: "one " },
			say("two"),
			end("complete"),
		]);
		const reader = { ...sent.reader, events: replaced.map((logged) => ({ ...logged, atMs: 100 })) };
		const logs = new Map(good.logs).set(sent.turn.turnId, replaced);
		const readers = history.readers.flatMap((one) =>
			one === sent.reader ? [reader] : one.kind === "compacted" ? [] : [one],
		);
		expect(judge({ ...good, logs, history: { ...history, readers } })).toEqual([]);
	});

	it("find nothing in a reader who came back when the log was gone", () => {
		const [start, first] = sent.reader.events;
		if (!start || !first) throw new Error("The reader saw nothing.");
		const reader = { ...sent.reader, events: [start, first, ...compactedReader.events] };
		expect(judge({ ...good, ...withReader({ events: reader.events }) })).toEqual([]);
		const isThere = { ...good, ...withReader({ events: reader.events }), compacted: new Set<string>() };
		expect(judge(isThere)).toContainEqual(expect.stringContaining("the main reader of turn sent has 1.3"));
	});
});

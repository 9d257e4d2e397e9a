import { examine, type Finding } from "../../kit/finding.ts";
import type { Reader } from "../clients/history.ts";
import type { Evidence, Log, TurnRow } from "../evidence.ts";
import {
	differ,
	getLog,
	isSame,
	toMap,
	toPlace,
	toReaderName,
	toStored,
	toText,
	toTextBefore,
} from "./shared.ts";

/** What readers see of an answer, what its log holds, and what is stored in the end. */
export const streamInvariants: readonly ((evidence: Evidence) => Finding)[] = [
	(evidence) => {
		const byId = toMap(evidence.turns, ({ turnId }) => turnId);
		return examine(
			["I5", "what was shown is a prefix of what is stored"],
			evidence.history.readers,
			(reader) => {
				const stored = toStored(evidence, byId.get(reader.turnId));
				const shown = toText(reader.events);
				const [contradiction] = reader.contradictions;
				if (contradiction) return `${toReaderName(reader)}: ${contradiction}`;
				return stored.startsWith(shown) ? null : `${toReaderName(reader)} was shown ${differ(shown, stored)}`;
			},
		);
	},
	(evidence) => {
		const last = toMap(evidence.turns, ({ assistantMessageId }) => assistantMessageId);
		return examine(["I5", "seq is dense, and the log says what is stored"], evidence.turns, (turn) => {
			const log = getLog(evidence, turn.turnId);
			const gap = log.findIndex(({ seq }, index) => seq !== index + 1);
			if (gap !== -1) return `the log of ${turn.turnId} has a gap before ${toPlace(log[gap])}`;
			const stored = toStored(evidence, turn);
			const logged = toText(log);
			// The answer of an earlier turn may have been continued by a later one.
			const isStored =
				last.get(turn.assistantMessageId) === turn ? logged === stored : stored.startsWith(logged);
			return isStored ? null : `the log of ${turn.turnId} says ${differ(logged, stored)}`;
		});
	},
	(evidence) =>
		examine(
			["I6", "a reader has the log's own events, wherever it was cut"],
			evidence.history.readers.filter(({ kind }) => kind !== "compacted"),
			(reader) => compareEvents(reader, evidence),
		),
	(evidence) => {
		const requests = toMap(evidence.history.requests, ({ clientMessageId }) => clientMessageId);
		const toAnswer = (turn: TurnRow, log: Log) => {
			const before = toTextBefore(log);
			if (before !== "") return before + evidence.continuation;
			const question = evidence.messages.get(turn.userMessageId)?.text ?? "";
			// The message of a batch's item is known by its text alone.
			return requests.get(turn.clientMessageId)?.answer ?? question.replace(/ \[\[sim .*$/, "");
		};
		return examine(
			["I6", "an answer is the provider's text, all of it when complete"],
			evidence.turns,
			(turn) => {
				const log = getLog(evidence, turn.turnId);
				const said = toAnswer(turn, log);
				const logged = toText(log);
				const isRight = turn.status === "complete" ? logged === said : said.startsWith(logged);
				return isRight ? null : `${turn.turnId}, ${turn.status}, stored ${differ(logged, said)}`;
			},
		);
	},
	(evidence) =>
		examine(["I7", "exactly one turn-end, last, equal to the stored status"], evidence.turns, (turn) => {
			const { turnId, status } = turn;
			const log = getLog(evidence, turnId);
			const ends = log.filter(({ event }) => event.type === "turn-end");
			const last = log.at(-1)?.event;
			if (ends.length !== 1 || last?.type !== "turn-end")
				return `${turnId} has ${ends.length} ends and stops with ${last?.type}`;
			return last.status === status ? null : `${turnId} is ${status}, its log ends ${last.status}`;
		}),
	({ history }) => {
		const staying = history.readers.filter(({ kind }) => kind !== "passing");
		return examine(["I7", "a reader who stays sees the end"], staying, (reader) => {
			if (reader.gaveUpBecause) return `${toReaderName(reader)} gave up: ${reader.gaveUpBecause}`;
			return reader.events.at(-1)?.event.type === "turn-end" ? null : `${toReaderName(reader)} saw no end`;
		});
	},
	(evidence) =>
		examine(
			["I10", "nothing is appended from an old epoch, or after the end"],
			evidence.turns,
			({ turnId, epoch }) => {
				const log = getLog(evidence, turnId);
				const stale = log.find(
					(logged, index) => logged.epoch < (log[index - 1]?.epoch ?? 1) || logged.epoch > epoch,
				);
				if (stale) return `${turnId} has ${toPlace(stale)} after a higher epoch`;
				const end = log.findIndex(({ event }) => event.type === "turn-end");
				const isLast = end === -1 || end === log.length - 1;
				return isLast ? null : `${turnId} goes on after its end with ${toPlace(log[end + 1])}`;
			},
		),
	(evidence) => {
		const { turns, compacted, compactedBeforeMs } = evidence;
		const due = turns.filter(({ endedAtMs }) => endedAtMs !== null && endedAtMs < compactedBeforeMs);
		return examine(["log", "the log of an ended turn goes after its retention"], due, ({ turnId }) =>
			compacted.has(turnId) ? null : `the log of ${turnId} is still there`,
		);
	},
	(evidence) => {
		const byId = toMap(evidence.turns, ({ turnId }) => turnId);
		const readers = evidence.history.readers.filter(({ kind }) => kind === "compacted");
		return examine(
			["log", "a turn without its log is shown as its whole text and its end"],
			readers,
			(reader) => {
				const turn = byId.get(reader.turnId);
				const log = getLog(evidence, reader.turnId);
				if (!isSame(reader.events.at(-1)?.event ?? noEvent, log.at(-1)?.event ?? noEvent))
					return `${toReaderName(reader)} saw another end`;
				const shown = toText(reader.events);
				const stored = toStored(evidence, turn);
				return shown === stored ? null : `${toReaderName(reader)} was shown ${differ(shown, stored)}`;
			},
		);
	},
];

const noEvent = { type: "text-delta", text: "" } as const;

/** What a reader was shown in place of the log's events; a log that went meanwhile is one text-reset and the end. */
function compareEvents(reader: Reader, evidence: Evidence): string | null {
	const log = getLog(evidence, reader.turnId);
	for (const [index, seen] of reader.events.entries()) {
		if (isCompactedReset(reader, { index, log, evidence })) return null;
		const logged = log[index];
		if (logged && toPlace(seen) === toPlace(logged) && isSame(seen.event, logged.event)) continue;
		return `${toReaderName(reader)} has ${toPlace(seen)} where the log has ${toPlace(logged)}`;
	}
	return null;
}

/** Whether the rest of what a reader saw is the replay of a compacted turn: its text in place of all events, and its end. */
function isCompactedReset(
	reader: Reader,
	{ index, log, evidence }: { readonly index: number; readonly log: Log; readonly evidence: Evidence },
): boolean {
	const [reset, end, ...more] = reader.events.slice(index);
	if (!evidence.compacted.has(reader.turnId) || reset?.event.type !== "text-reset" || !end) return false;
	return more.length === 0 && reset.seq === log.length - 1 && isSame(end.event, log.at(-1)?.event ?? noEvent);
}

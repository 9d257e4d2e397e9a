import { toEventId } from "../../../server/contract/event-id.ts";
import { foldEvents } from "../../../server/contract/fold.ts";
import type { TurnEvent } from "../../../server/contract/turn.ts";
import { isTransient } from "../kit/clients/api-calls.ts";
import { examine, type Finding } from "../kit/finding.ts";
import { type Evidence, isOver, type TurnRow } from "./evidence.ts";
import type { Reader, Send } from "./history.ts";

/** Content, or a typed error, is seen within this: 45 s promised, and one for the way. */
const contentMsMax = 46_000;

/** So long after its lease an orphan may still wait for its sweep, while storage is available. */
const overdueMs = 10_000;

/** Every promise that a run is judged by; each reads the evidence and nothing else. */
export const invariants: readonly ((evidence: Evidence) => Finding)[] = [
	({ history, turns, texts }) => {
		const byName = Map.groupBy(turns, ({ clientMessageId }) => clientMessageId);
		return examine(
			["I4", "every acknowledged message is kept, with one ended turn"],
			acknowledged(history.sends),
			(send) => {
				const own = byName.get(send.clientMessageId) ?? [];
				const [turn] = own;
				if (own.length !== 1 || !turn) return `${send.clientMessageId} has ${own.length} turns`;
				if (!isOver(turn)) return `${turn.turnId} is still ${turn.status}`;
				if (texts.get(turn.userMessageId) !== send.text) return `the message of ${turn.turnId} is lost`;
				return texts.has(turn.assistantMessageId) ? null : `the answer of ${turn.turnId} is lost`;
			},
		);
	},
	({ history, turns, texts }) => {
		const byId = toMap(turns, ({ turnId }) => turnId);
		return examine(["I5", "what was shown is a prefix of what is stored"], history.readers, (reader) => {
			const stored = texts.get(byId.get(reader.turnId)?.assistantMessageId ?? "") ?? "";
			const shown = toText(reader.events);
			const [contradiction] = reader.contradictions;
			if (contradiction) return `${toName(reader)}: ${contradiction}`;
			return stored.startsWith(shown) ? null : `${toName(reader)} was shown ${differ(shown, stored)}`;
		});
	},
	({ turns, texts, logs }) =>
		examine(
			["I5", "seq is dense, and the log says what is stored"],
			turns,
			({ turnId, assistantMessageId }) => {
				const log = logs.get(turnId) ?? [];
				const gap = log.findIndex(({ seq }, index) => seq !== index + 1);
				if (gap !== -1) return `the log of ${turnId} has a gap before ${toEventId(log[gap] ?? noPlace)}`;
				const [stored = "", logged] = [texts.get(assistantMessageId), toText(log)];
				return logged === stored ? null : `the log of ${turnId} says ${differ(logged, stored)}`;
			},
		),
	({ history, logs }) =>
		examine(["I6", "a reader has the log's very events, wherever it was cut"], history.readers, (reader) => {
			const log = logs.get(reader.turnId) ?? [];
			for (const [index, seen] of reader.events.entries()) {
				const logged = log[index];
				if (logged && toEventId(seen) === toEventId(logged) && isSame(seen.event, logged.event)) continue;
				return `${toName(reader)} has ${toEventId(seen)} where the log has ${toEventId(logged ?? noPlace)}`;
			}
			return null;
		}),
	({ history, turns, texts }) => {
		const sends = toMap(history.sends, ({ clientMessageId }) => clientMessageId);
		return examine(["I6", "an answer is the provider's text, all of it when complete"], turns, (turn) => {
			const said = sends.get(turn.clientMessageId)?.answer ?? "";
			const stored = texts.get(turn.assistantMessageId) ?? "";
			const isRight = turn.status === "complete" ? stored === said : said.startsWith(stored);
			return isRight ? null : `${turn.turnId}, ${turn.status}, stored ${differ(stored, said)}`;
		});
	},
	({ turns, logs }) =>
		examine(["I7", "exactly one turn-end, last, equal to the stored status"], turns, ({ turnId, status }) => {
			const ends = (logs.get(turnId) ?? []).filter(({ event }) => event.type === "turn-end");
			const last = logs.get(turnId)?.at(-1)?.event;
			if (ends.length !== 1 || last?.type !== "turn-end")
				return `${turnId} has ${ends.length} ends and stops with ${last?.type}`;
			return last.status === status ? null : `${turnId} is ${status}, its log ends ${last.status}`;
		}),
	({ history }) => {
		const staying = history.readers.filter(({ kind }) => kind !== "passing");
		return examine(["I7", "a reader who stays sees the end"], staying, (reader) => {
			if (reader.gaveUpBecause) return `${toName(reader)} gave up: ${reader.gaveUpBecause}`;
			return reader.events.at(-1)?.event.type === "turn-end" ? null : `${toName(reader)} saw no end`;
		});
	},
	({ history, turns }) => {
		const byName = Map.groupBy(turns, ({ clientMessageId }) => clientMessageId);
		return examine(["I8", "posted again, a message is one turn with one reply"], history.sends, (send) => {
			const own = byName.get(send.clientMessageId) ?? [];
			if (own.length > 1) return `${send.clientMessageId} has ${own.length} turns`;
			const replies = new Set(send.replies.flatMap(({ ids }) => (ids ? [JSON.stringify(ids)] : [])));
			if (replies.size > 1) return `${send.clientMessageId} was answered in ${replies.size} ways`;
			const isStored = !send.ids || own[0]?.turnId === send.ids.turnId;
			return isStored ? null : `${send.clientMessageId} was promised ${send.ids?.turnId}`;
		});
	},
	({ history, turns, texts, calls }) => {
		const called = Map.groupBy(calls, ({ clientMessageId }) => clientMessageId);
		const byName = toMap(turns, ({ clientMessageId }) => clientMessageId);
		return examine(
			["I9", "one call of the provider at most, exactly one for a complete answer"],
			history.sends,
			(send) => {
				const count = called.get(send.clientMessageId)?.length ?? 0;
				const turn = byName.get(send.clientMessageId);
				if (count > 1) return `${turn?.turnId}, ${turn?.status}, made ${count} calls`;
				if (count === 1 && !turn) return `${send.clientMessageId} was never accepted and made a call`;
				const hasAnswer = turn && (turn.status === "complete" || texts.get(turn.assistantMessageId));
				return hasAnswer && count === 0
					? `${turn.turnId} has an answer that the provider was not asked for`
					: null;
			},
		);
	},
	({ turns, logs }) =>
		examine(
			["I10", "nothing is appended from an old epoch, or after the end"],
			turns,
			({ turnId, epoch }) => {
				const log = logs.get(turnId) ?? [];
				const stale = log.find(({ epoch: own }, index) => own < (log[index - 1]?.epoch ?? 1) || own > epoch);
				if (stale) return `${turnId} has ${toEventId(stale)} after a higher epoch`;
				const end = log.findIndex(({ event }) => event.type === "turn-end");
				const isLast = end === -1 || end === log.length - 1;
				return isLast ? null : `${turnId} goes on after its end with ${toEventId(log[end + 1] ?? noPlace)}`;
			},
		),
	({ history }) => {
		const readers = Map.groupBy(history.readers, ({ turnId }) => turnId);
		return examine(
			["I15", "content or an end is seen within 46 s"],
			acknowledged(history.sends),
			({ ids, acknowledgedAtMs }) => {
				const own = readers.get(ids?.turnId ?? "") ?? [];
				const firstAtMs = Math.min(...own.map(findFirstContent));
				const waitedMs = firstAtMs - (acknowledgedAtMs ?? 0);
				return waitedMs <= contentMsMax ? null : `${ids?.turnId} showed nothing for ${waitedMs} ms`;
			},
		);
	},
	({ history }) => {
		const replies = [...history.sends.flatMap(({ replies }) => replies), ...history.stops.map(toReply)];
		return examine(
			["I15", "every failure is typed, transient and reported within 46 s"],
			replies,
			(reply) => {
				const tookMs = reply.answeredAtMs - reply.askedAtMs;
				if (tookMs > contentMsMax) return `an answer took ${tookMs} ms`;
				return reply.code === null || isTransient(reply.code) ? null : `a post was answered "${reply.code}"`;
			},
		);
	},
	({ samples, history }) =>
		examine(
			["I19", "no running turn's lease ran out more than 10 s ago, while storage was available"],
			samples.filter(({ atMs }) => hadStorage(history, atMs - overdueMs, atMs)),
			({ atMs, overdueTurnIds }) =>
				overdueTurnIds.length === 0 ? null : `${new Date(atMs).toISOString()}: ${overdueTurnIds.join(", ")}`,
		),
	({ samples, connectionsMax }) =>
		examine(["I20", "the pool keeps its bound, and nothing is left open in it"], samples, (sample) => {
			const over = sample.connections.findIndex((count) => count > connectionsMax);
			if (over !== -1) return `instance ${over} held ${sample.connections[over]} connections`;
			const isLeaked = sample === samples.at(-1) && sample.idleInTransaction > 0;
			return isLeaked ? `${sample.idleInTransaction} sessions stayed idle in a transaction` : null;
		}),
	({ history }) => {
		const drains = history.faults.filter(({ kind }) => kind === "drain");
		return examine(
			["drain", "SIGTERM ends by exit 0 within 65 s and cuts no connection"],
			drains,
			({ what, complaints }) => (complaints.length === 0 ? null : `${what}: ${complaints.join("; ")}`),
		);
	},
	({ history, crashes }) => {
		const faults = history.faults.filter(({ kind }) => kind !== "drain");
		const wrong = [
			...crashes.map(({ instance, words }) => `instance ${instance} ended by itself: ${words}`),
			...faults.flatMap(({ what, complaints }) => complaints.map((complaint) => `${what}: ${complaint}`)),
		];
		const promise = "no process ends by itself, and each serves again";
		return { id: "alive", promise, checked: history.faults.length, violations: wrong };
	},
];

const noPlace = { epoch: 0, seq: 0 };

/** Whether no storage fault was going on, or being recovered from, in the time given. */
const hadStorage = ({ faults }: Evidence["history"], fromMs: number, toMs: number): boolean =>
	faults.every(
		(fault) =>
			fault.kind !== "storage" ||
			toMs < fault.fromMs ||
			fromMs > (fault.toMs ?? Infinity) + (fault.recoveryMs ?? Infinity),
	);

const acknowledged = (sends: readonly Send[]) => sends.filter(({ ids }) => ids !== null);
const toMap = <Item>(items: readonly Item[], toKey: (item: Item) => string) =>
	new Map(items.map((item) => [toKey(item), item]));
const toText = (events: readonly { readonly event: TurnEvent }[]) =>
	foldEvents(events.map(({ event }) => event)).text;
const toName = ({ kind, turnId }: Reader) => `the ${kind} reader of ${turnId}`;
const isSame = (one: TurnEvent, other: TurnEvent) => JSON.stringify(one) === JSON.stringify(other);
const toReply = ({ calledAtMs, answeredAtMs, outcome }: Evidence["history"]["stops"][number]) => ({
	askedAtMs: calledAtMs,
	answeredAtMs,
	code: outcome === "requested" || outcome === "confirmed" ? null : outcome,
});

function findFirstContent({ events }: Reader): number {
	const types: TurnEvent["type"][] = ["text-delta", "reasoning-delta", "text-reset", "turn-end"];
	return events.find(({ event }) => types.includes(event.type))?.atMs ?? Number.POSITIVE_INFINITY;
}

/** Where two texts part, in a few words. */
function differ(text: string, other: string): string {
	const at = countCommon(text, other);
	return `${text.length} characters, not the ${other.length}: at ${at} "${text.slice(at, at + 20)}" for "${other.slice(at, at + 20)}"`;
}

/** Characters that two texts begin with in common. */
export function countCommon(text: string, other: string): number {
	let at = 0;
	while (at < text.length && text[at] === other[at]) at++;
	return at;
}

/** Characters that a reader was shown and that are not where they were shown. */
export function countLost(reader: Reader, turn: TurnRow | undefined, texts: Evidence["texts"]): number {
	const shown = toText(reader.events);
	return shown.length - countCommon(shown, texts.get(turn?.assistantMessageId ?? "") ?? "");
}

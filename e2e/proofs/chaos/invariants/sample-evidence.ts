/** The evidence of a small run in which every promise was kept, for the tests of the invariants. */
import type { MessageId, ThreadId, TurnId } from "../../../../server/contract/ids.ts";
import type { LoggedEvent, Receipt, TurnEvent, TurnIds } from "../../../../server/contract/turn.ts";
import type { TerminalStatus } from "../../../../server/contract/turn-status.ts";
import { before } from "../../ledger/sample-records.ts";
import type { Batch, ClientRequest, Fault, Reader, RequestKind } from "../clients/history.ts";
import type { Evidence, Log, TurnRow } from "../evidence.ts";

export const continuation = "word word ";

export const receipt: Receipt = {
	modelId: "small",
	attempts: 1,
	usage: null,
	firstTokenMs: 5,
	durationMs: 9,
	finishReason: "stop",
	costNanoUsd: null,
};
export const say = (text: string): TurnEvent => ({ type: "text-delta", text });
export const end = (status: TerminalStatus): TurnEvent => ({ type: "turn-end", status, receipt });
export const toLog = (events: readonly TurnEvent[]): LoggedEvent[] =>
	events.map((event, index) => ({ epoch: 1, seq: index + 1, event }));

export const toIds = (name: string, more: Partial<Record<keyof TurnIds, string>> = {}): TurnIds => ({
	threadId: "thread" as ThreadId,
	turnId: `turn ${name}` as TurnId,
	userMessageId: (more.userMessageId ?? `question ${name}`) as MessageId,
	assistantMessageId: (more.assistantMessageId ?? `answer ${name}`) as MessageId,
});
const person = { cookie: "", headers: {}, email: "ann@example.com", userId: "ann" };
const question = "one two [[sim text=echo]]";
const answer = "one two";

interface RequestInput {
	readonly kind: RequestKind;
	readonly ids: TurnIds;
	readonly origin?: ClientRequest;
	readonly status?: TerminalStatus;
	readonly textBefore?: string;
	readonly text?: string;
}

/** A request with its turn, log, call and main reader. */
function toStory({ kind, ids, origin, status = "complete", textBefore, text = answer }: RequestInput) {
	const name = ids.turnId.replace("turn ", "");
	const addsNone = kind === "regenerate" || kind === "continue";
	const completion = kind === "complete" ? { status, text } : null;
	const request: ClientRequest = {
		kind,
		person,
		model: null,
		clientMessageId: name,
		text: addsNone ? null : question,
		answer,
		origin: origin ?? null,
		startedAtMs: 0,
		replies: [{ askedAtMs: 0, answeredAtMs: 10, via: 0, ids, code: null, completion }],
		ids,
		acknowledgedAtMs: 10,
	};
	const opening: TurnEvent = { type: "turn-start", version: 1, ...ids };
	const words = text === "" ? [] : [say(text.slice(0, 4)), say(text.slice(4))];
	const spoken = textBefore === undefined ? words : [say(continuation)];
	const log = toLog([
		opening,
		...(textBefore === undefined ? [] : [{ type: "text-reset", text: textBefore } as const]),
		...spoken,
		end(status),
	]);
	const turn: TurnRow = {
		...ids,
		clientMessageId: name,
		status,
		code: null,
		epoch: 1,
		startedAtMs: 10,
		endedAtMs: 110,
		receipt,
	};
	const reader: Reader = {
		kind: "main",
		turnId: ids.turnId,
		contradictions: [],
		gaveUpBecause: null,
		events: log.map((logged) => ({ ...logged, atMs: 100 + logged.seq })),
		connections: [{ openedAtMs: 11, firstByteAtMs: 12, via: 0, ending: "end" }],
	};
	return { request, turn, log, reader };
}

const sent = toStory({ kind: "send", ids: toIds("sent") });
const edited = toStory({ kind: "edit", ids: toIds("edited"), origin: sent.request });
const regenerated = toStory({
	kind: "regenerate",
	ids: toIds("regenerated", { userMessageId: "question sent" }),
	origin: sent.request,
});
const stopped = toStory({ kind: "send", ids: toIds("stopped"), status: "stopped", text: "one " });
const continued = toStory({
	kind: "continue",
	ids: toIds("continued", { userMessageId: "question stopped", assistantMessageId: "answer stopped" }),
	origin: stopped.request,
	textBefore: "one ",
});
const completed = toStory({ kind: "complete", ids: toIds("completed") });
const replaced = toStory({ kind: "fallback", ids: toIds("replaced") });
const crashed = toStory({ kind: "send", ids: toIds("crashed"), status: "interrupted", text: "" });
const retried = toStory({
	kind: "regenerate",
	ids: toIds("retried", { userMessageId: "question crashed" }),
	origin: crashed.request,
});
const queued = toStory({ kind: "send", ids: toIds("queued") });
const stories = [
	sent,
	edited,
	regenerated,
	stopped,
	continued,
	completed,
	replaced,
	crashed,
	retried,
	queued,
];

export { continued, edited, regenerated, replaced, sent };

const item = toStory({ kind: "send", ids: toIds("item") });
const itemTurn: TurnRow = { ...item.turn, clientMessageId: "batch:1:1" };
export const batch: Batch = {
	clientBatchId: "list",
	texts: [question],
	batchIds: ["batch", "batch"],
	problem: null,
	items: [{ status: "complete", turnId: itemTurn.turnId, text: answer }],
};

const toFault = (kind: Fault["kind"]): Fault => ({
	kind,
	what: `a fault of the kind ${kind}`,
	instance: 0,
	fromMs: 0,
	toMs: 1,
	recoveryMs: 1,
	turnIds: [],
	complaints: [],
});
export const faultKinds = ["kill", "freeze", "drain", "storage", "postgres"] as const;

const message = (text: string, parentId: string | null = null) => ({ text, parentId });
export const sample = {
	atMs: 20_000,
	overdueTurnIds: [],
	connections: [3, 3],
	idleInTransaction: 0,
	encryptedSessions: 5,
};
export const compactedReader: Reader = {
	...sent.reader,
	kind: "compacted",
	events: [
		{ epoch: 1, seq: 3, event: { type: "text-reset", text: answer }, atMs: 200 },
		{ epoch: 1, seq: 4, event: end("complete"), atMs: 201 },
	],
};

/** Turns that ended by a crash, or that another process has taken over. */
const moved: Readonly<Record<string, Partial<TurnRow>>> = {
	crashed: { code: "stream_interrupted", epoch: 2 },
	queued: { epoch: 2 },
};
const turns = [
	...stories.map(({ turn }) => {
		const change = moved[turn.clientMessageId];
		return change ? { ...turn, ...change } : turn;
	}),
	itemTurn,
];
const logs = new Map<string, Log>([...stories, item].map(({ turn, log }) => [turn.turnId, log]));
const stop = {
	turnId: "turn stopped",
	owner: 0,
	via: 1,
	calledAtMs: 100,
	answeredAtMs: 101,
	outcome: "requested",
};

export const good: Evidence = {
	history: {
		requests: stories.map(({ request }) => request),
		readers: [...stories.map(({ reader }) => reader), compactedReader],
		stops: [stop],
		batches: [batch],
		crashPoints: [
			{ kind: "before-call", request: crashed.request, retry: retried.request },
			{ kind: "in-queue", request: queued.request, retry: null },
		],
		faults: faultKinds.map(toFault),
	},
	turns,
	messages: new Map([
		...turns.map(({ userMessageId }) => [userMessageId, message(question)] as const),
		...turns.map(({ assistantMessageId }) => [assistantMessageId, message(answer)] as const),
		["answer stopped", message(`one ${continuation}`)] as const,
		["answer crashed", message("")] as const,
	]),
	logs,
	compacted: new Set(turns.map(({ turnId }) => turnId)),
	calls: turns.flatMap(({ turnId }) =>
		turnId === crashed.turn.turnId ? [] : [{ name: `${turnId}-1`, turnId, endedAtMs: 110 }],
	),
	continuation,
	money: before,
	samples: [sample],
	crashes: [],
	ways: ["tls", "plain"],
	poolMax: 10,
	leaseMs: 3_000,
	compactedBeforeMs: 1_000,
};

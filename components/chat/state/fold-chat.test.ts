// Longer than other files: one reducer, and every order of events that it must bear.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Receipt, ThreadPage, TurnEvent } from "@/server/client";
import { foldEvents } from "@/server/contract/fold";
import { type ChatAction, type ChatState, createChatState, isPlaceAfter } from "./chat-state";
import { foldChat } from "./fold-chat";

const receipt: Receipt = {
	modelId: "small",
	attempts: 1,
	usage: null,
	firstTokenMs: 10,
	durationMs: 1800,
	finishReason: "stop",
	costNanoUsd: null,
};
const ids = { threadId: "t", turnId: "turn", userMessageId: "u1", assistantMessageId: "a1" };
const request = { clientMessageId: "c1", text: "Hello", model: null };
const send: ChatAction[] = [
	{ type: "send-start", request, atMs: 0 },
	{ type: "send-accept", clientMessageId: "c1", ids },
];
const fold = (actions: readonly ChatAction[], from: ChatState = createChatState(null)) =>
	actions.reduce(foldChat, from);
const toAction = (event: TurnEvent, seq: number, epoch = 1): ChatAction => ({
	type: "turn-event",
	id: `${epoch}.${seq}`,
	event,
	atMs: seq,
});
const end: TurnEvent = { type: "turn-end", status: "complete", receipt };

function page(fields: Partial<ThreadPage>): ThreadPage {
	const thread = {
		id: "t",
		title: "Hello",
		createdAt: "2026-01-01T00:00:00Z",
		activeAt: "2026-01-01T00:00:00Z",
		context: { strategy: null, tokensMax: null },
	};
	return { thread, messages: [], nextCursor: null, liveTurn: null, ...fields };
}

const message = (id: string, parentMessageId: string | null, text = id): ThreadPage["messages"][number] => ({
	id,
	parentMessageId,
	role: id.startsWith("u") ? "user" : "assistant",
	text,
	createdAt: "2026-01-01T00:00:00Z",
	pinnedAt: null,
	parts: null,
	siblings: { index: 0, ids: [id] },
	modelSpans: [],
	turn: null,
});

type Snapshot = NonNullable<ThreadPage["liveTurn"]>;
/** A snapshot of the running turn whose events say this. */
const snapshot = (events: readonly TurnEvent[], fields: Partial<Snapshot> = {}): Snapshot => ({
	...foldEvents(events),
	turnId: "turn",
	assistantMessageId: "a1",
	lastEventId: `1.${events.length}`,
	...fields,
});
const called = (modelId: string, attempt = 1): TurnEvent => ({ type: "attempt-start", attempt, modelId });

describe("what the model thought", () => {
	const thought = { type: "reasoning", text: "First, the tides.", durationMs: 3_200 } as const;

	it("is read from the stored answer, with how long it took", () => {
		const stored = { ...message("a1", "u1", "Because."), parts: [thought] };
		const state = fold([
			{ type: "thread-load", page: page({ messages: [message("u1", null), stored] }), atMs: 0 },
		]);
		expect(state.messages[1]).toMatchObject({ reasoning: "First, the tides.", reasoningMs: 3_200 });
	});

	it("takes as long as the server measured, also for a tab that came in the middle of it", () => {
		const liveTurn = snapshot([{ type: "reasoning-delta", text: "First," }]);
		const late = fold([
			{
				type: "thread-load",
				page: page({ messages: [message("u1", null), message("a1", "u1", "")], liveTurn }),
				atMs: 9_000,
			},
			toAction({ type: "reasoning-delta", text: " the tides." }, 2),
			toAction({ type: "text-delta", text: "Because." }, 3),
		]);
		expect(late.live).toMatchObject({ reasoning: "First, the tides.", reasoningMs: null });
		const over = fold([toAction({ ...end, receipt: { ...receipt, reasoningMs: 3_200 } }, 4)], late);
		expect(over.messages[1]).toMatchObject({ reasoning: "First, the tides.", reasoningMs: 3_200 });
	});

	it("of an answer that is continued stands before what is thought then, as it is stored", () => {
		const later = { type: "reasoning", text: "Then the moon.", durationMs: 1_000 } as const;
		const rows = (parts: ThreadPage["messages"][number]["parts"]) =>
			page({ messages: [message("u1", null), { ...message("a1", "u1", "Because"), parts }] });
		const continued = fold([
			{ type: "thread-load", page: rows([thought]), atMs: 0 },
			{ type: "continue-start", clientMessageId: "c2", assistantMessageId: "a1", atMs: 1 },
			{ type: "send-accept", clientMessageId: "c2", ids },
			toAction({ type: "reasoning-delta", text: later.text }, 1),
			toAction({ type: "text-delta", text: " of it." }, 2),
			toAction({ ...end, receipt: { ...receipt, reasoningMs: later.durationMs } }, 3),
		]);
		const stored = fold([{ type: "thread-load", page: rows([thought, later]), atMs: 0 }]);
		const { reasoning, reasoningMs } = stored.messages[1] ?? {};
		expect(reasoning).toBe("First, the tides.\n\nThen the moon.");
		expect(continued.messages[1]).toMatchObject({ reasoning, reasoningMs });
	});

	it("stays as it was seen when a page comes without it", () => {
		const seen = fold([
			...send,
			toAction({ type: "reasoning-delta", text: "Hm." }, 1),
			toAction({ type: "text-delta", text: "Because." }, 2),
			toAction(end, 3),
		]);
		const plain = { ...message("a1", "u1", "Because."), turn: seen.messages[1]?.turn ?? null };
		const again = fold(
			[{ type: "thread-load", page: page({ messages: [message("u1", null), plain] }), atMs: 9 }],
			seen,
		);
		expect(again.messages[1]).toMatchObject({ reasoning: "Hm.", reasoningMs: 1 });
	});
});

describe("the fold of a turn's events", () => {
	it("gives the same text for any split, duplicate and replay of events with ids", () => {
		const eventOf = fc.oneof(
			{ weight: 8, arbitrary: fc.string().map((text): TurnEvent => ({ type: "text-delta", text })) },
			fc.string().map((text): TurnEvent => ({ type: "text-reset", text })),
			fc.string().map((text): TurnEvent => ({ type: "reasoning-delta", text })),
		);
		fc.assert(
			fc.property(
				fc.array(eventOf, { maxLength: 30 }),
				fc.array(fc.nat({ max: 30 }), { maxLength: 10 }),
				(events, restarts) => {
					const log = [...events, end].map((event, index) => toAction(event, index + 1));
					// Each restart replays the log from an earlier place up to where the reader already was.
					const replayed: ChatAction[] = [];
					for (const [index, action] of log.entries()) {
						replayed.push(action);
						for (const restart of restarts)
							if (restart === index) replayed.push(...log.slice(Math.max(0, index - 5), index + 1));
					}
					const [once, often] = [fold([...send, ...log]), fold([...send, ...replayed])];
					expect(often.messages).toEqual(once.messages);
					expect(often.live).toBeNull();
				},
			),
		);
	});

	it("ignores an older owner of the turn and everything at or before the last place", () => {
		expect(isPlaceAfter("1.5", "1.4")).toBe(true);
		expect(isPlaceAfter("2.5", "1.4")).toBe(true);
		expect(isPlaceAfter("1.9", "2.4")).toBe(false);
		expect(isPlaceAfter("1.4", "1.4")).toBe(false);
		expect(isPlaceAfter("1.10", "1.9")).toBe(true);
	});

	it("does not touch the finished rows while tokens arrive", () => {
		const before = fold(send);
		const after = fold([toAction({ type: "text-delta", text: "Hi" }, 1)], before);
		expect(after.messages).toBe(before.messages);
		expect(after.live?.text).toBe("Hi");
	});

	it("continues from a snapshot without a lost or repeated character", () => {
		const liveTurn = snapshot([called("large"), { type: "text-delta", text: "ab" }]);
		const running = page({ messages: [message("u1", null), message("a1", "u1", "")], liveTurn });
		const state = fold([
			{ type: "thread-load", page: running, atMs: 0 },
			toAction({ type: "text-delta", text: "b" }, 2),
			toAction({ type: "text-delta", text: "c" }, 3),
			// A second, older snapshot arrives late.
			{ type: "thread-load", page: running, atMs: 0 },
			toAction(end, 4),
		]);
		expect(state.messages.at(-1)?.text).toBe("abc");
		expect(state.messages.at(-1)?.turn?.status).toBe("complete");
	});

	it("knows from a snapshot what it knows from the events themselves, whatever they are", () => {
		const eventOf = fc.oneof(
			fc.record({
				type: fc.constant("route-choose" as const),
				requestedModel: fc.constant("auto"),
				modelId: fc.constantFrom("small", "large"),
				reason: fc.constant(""),
			}),
			fc.constantFrom("small", "large").map((modelId) => called(modelId)),
			fc.string().map((text): TurnEvent => ({ type: "text-delta", text })),
			fc.string().map((text): TurnEvent => ({ type: "text-reset", text })),
			fc.string().map((text): TurnEvent => ({ type: "reasoning-delta", text })),
			fc.nat({ max: 9 }).map((position): TurnEvent => ({ type: "queue-move", position, etaMs: 1_000 })),
			fc.constantFrom("small", "large").map((modelId): TurnEvent => ({ type: "model-load", modelId })),
		);
		const own = [
			"text",
			"reasoning",
			"modelSpans",
			"requestedModel",
			"modelId",
			"calledModelId",
			"isLoading",
		] as const;
		fc.assert(
			fc.property(fc.array(eventOf, { minLength: 1, maxLength: 20 }), (events) => {
				const seen = fold([...send, ...events.map((event, index) => toAction(event, index + 1))]);
				const messages = [message("u1", null), message("a1", "u1", "")];
				const load = page({ messages, liveTurn: snapshot(events) });
				const reloaded = fold([{ type: "thread-load", page: load, atMs: 0 }]);
				for (const field of own) expect(reloaded.live?.[field], field).toEqual(seen.live?.[field]);
				expect(reloaded.live?.queue?.position).toBe(seen.live?.queue?.position);
			}),
		);
	});

	it("says of a snapshot's model that Auto chose it", () => {
		const chosen: TurnEvent = { type: "route-choose", requestedModel: "auto", modelId: "large", reason: "" };
		const running = page({
			messages: [message("u1", null), message("a1", "u1", "")],
			liveTurn: snapshot([chosen, called("large")]),
		});
		const { live } = fold([{ type: "thread-load", page: running, atMs: 0 }]);
		expect(live).toMatchObject({ requestedModel: "auto", modelId: "large", calledModelId: "large" });
	});

	it("keeps an answer that has ended, whatever a snapshot from before its end says", () => {
		const turn = {
			turnId: "turn",
			status: "running",
			code: null,
			requestedModel: "auto",
			receipt: null,
		} as const;
		const liveTurn = snapshot([{ type: "text-delta", text: "a" }]);
		const early = page({
			messages: [message("u1", null, "Hello"), { ...message("a1", "u1", ""), turn }],
			liveTurn,
		});
		const state = fold([
			...send,
			toAction({ type: "text-delta", text: "ab" }, 1),
			toAction(end, 2),
			{ type: "thread-load", page: early, atMs: 3 },
		]);
		expect(state.live).toBeNull();
		expect(state.messages.at(-1)).toMatchObject({ text: "ab", turn: { status: "complete" } });
	});

	it("tells the place in line until the model is asked, and where each model begins", () => {
		const waiting = fold([...send, toAction({ type: "queue-move", position: 3, etaMs: 12_000 }, 1)]);
		expect(waiting.live?.queue).toMatchObject({ position: 3, readyAtMs: 12_001 });
		const log: TurnEvent[] = [
			{ type: "attempt-start", attempt: 1, modelId: "small" },
			{ type: "text-delta", text: "one " },
			{ type: "attempt-end", attempt: 1, outcome: "interrupted" },
			{ type: "attempt-start", attempt: 2, modelId: "large" },
		];
		const handed = fold(
			log.map((event, index) => toAction(event, index + 2)),
			waiting,
		);
		expect(handed.live).toMatchObject({
			queue: null,
			calledModelId: "large",
			modelSpans: [{ modelId: "small", fromCharacter: 0 }],
		});
		const rest = [{ type: "text-delta", text: "two" } as const, end].map((event, index) =>
			toAction(event, index + 6),
		);
		expect(fold(rest, handed).messages.at(-1)?.modelSpans).toEqual([
			{ modelId: "small", fromCharacter: 0 },
			{ modelId: "large", fromCharacter: 4 },
		]);
	});

	it("knows from a snapshot who wrote what, also in the turn before", () => {
		const liveTurn = snapshot(
			[{ type: "text-reset", text: "one " }, called("large"), { type: "text-delta", text: "two" }],
			{ turnId: "turn-2", queue: { position: 2, etaMs: 5_000 } },
		);
		const answer = { ...message("a1", "u1", ""), modelSpans: [{ modelId: "small", fromCharacter: 0 }] };
		const running = page({ messages: [message("u1", null), answer], liveTurn });
		const { live } = fold([{ type: "thread-load", page: running, atMs: 0 }]);
		expect(live).toMatchObject({ calledModelId: null, queue: { position: 2, readyAtMs: null } });
		expect(live?.modelSpans.map(({ modelId }) => modelId)).toEqual(["small", "large"]);
	});

	it("measures how long the model thought, and drops the thoughts on a reset", () => {
		const state = fold([
			...send,
			toAction({ type: "reasoning-delta", text: "hm" }, 100),
			toAction({ type: "text-delta", text: "Yes" }, 2100),
		]);
		expect(state.live).toMatchObject({ reasoning: "hm", reasoningMs: 2000 });
		expect(fold([toAction({ type: "text-reset", text: "No" }, 2200)], state).live).toMatchObject({
			text: "No",
			reasoning: "",
		});
	});
});

describe("the fold of sending", () => {
	it("shows my message and a waiting answer before the server is asked", () => {
		const state = fold(send.slice(0, 1));
		expect(state.messages.map(({ role, delivery }) => [role, delivery])).toEqual([
			["user", "sending"],
			["assistant", "sent"],
		]);
		expect(state.live?.turnId).toBeNull();
	});

	it("shows the image of an edited message at once, and keeps it with a message that was not sent", () => {
		const image = {
			type: "image",
			mediaType: "image/png",
			source: { type: "inline", base64: "aGk=" },
		} as const;
		const edited = { ...request, parts: [image], text: "" };
		const failure = { code: "unreachable", details: {}, requestId: null } as const;
		for (const actions of [
			[{ type: "send-start", request: edited, atMs: 0 }],
			[{ type: "unsent-load", request: edited, failure, atMs: 0 }],
		] satisfies ChatAction[][])
			expect(fold(actions).messages[0]).toMatchObject({ parts: [image], draft: edited });
	});

	it("keeps the rows' names when their ids arrive and when the thread is read again", () => {
		const keys = fold(send.slice(0, 1)).messages.map(({ key }) => key);
		const accepted = fold(send);
		expect(accepted.messages.map(({ id }) => id)).toEqual(["u1", "a1"]);
		const finished = fold([toAction({ type: "text-delta", text: "Hi" }, 1), toAction(end, 2)], accepted);
		const reread = page({ messages: [message("u1", null, "Hello"), message("a1", "u1", "Hi")] });
		const after = fold([{ type: "thread-load", page: reread, atMs: 0 }], finished);
		expect(after.messages.map(({ key }) => key)).toEqual(keys);
	});

	it("keeps a message that could not be sent, also beside a later one", () => {
		const failure = { code: "unreachable", details: {}, requestId: null } as const;
		const state = fold([
			...send.slice(0, 1),
			{ type: "send-fail", clientMessageId: "c1", failure },
			{ type: "send-start", request: { ...request, clientMessageId: "c2", text: "Again" }, atMs: 1 },
		]);
		expect(state.messages.map(({ text, delivery }) => [text, delivery])).toEqual([
			["Hello", "not-sent"],
			["Again", "sending"],
			["", "sent"],
		]);
	});

	it("shows the old answer again when a regeneration is refused", () => {
		const loaded = fold([
			{ type: "thread-load", page: page({ messages: [message("u1", null), message("a1", "u1")] }), atMs: 0 },
		]);
		const failure = { code: "rate_limited", details: {}, requestId: null } as const;
		const started = fold(
			[{ type: "regenerate-start", clientMessageId: "c9", userMessageId: "u1", atMs: 1 }],
			loaded,
		);
		expect(started.messages.at(-1)).toMatchObject({
			siblings: { index: 1 },
			key: loaded.messages.at(-1)?.key,
		});
		const refused = fold([{ type: "send-fail", clientMessageId: "c9", failure }], started);
		expect(refused.messages).toEqual(loaded.messages);
		expect(refused.notice).toBe(failure);
	});

	it("keeps every row of the thread when another answer is accepted", () => {
		const loaded = fold([
			{ type: "thread-load", page: page({ messages: [message("u1", null), message("a1", "u1")] }), atMs: 0 },
			{ type: "regenerate-start", clientMessageId: "c9", userMessageId: "u1", atMs: 1 },
			{ type: "send-accept", clientMessageId: "c9", ids: { ...ids, assistantMessageId: "a2" } },
		]);
		expect(loaded.messages.map(({ id }) => id)).toEqual(["u1", "a2"]);
	});

	it("says that it sends again until there is a reply", () => {
		const trying = fold([...send.slice(0, 1), { type: "send-retry", clientMessageId: "c1" }]);
		expect(trying.live?.isResending).toBe(true);
		expect(fold([send[1] as ChatAction], trying).live?.isResending).toBe(false);
	});

	it("shows an unsent message once, when the server has it after all", () => {
		const failure = { code: "unreachable", details: {}, requestId: null } as const;
		const unsent = fold([...send.slice(0, 1), { type: "send-fail", clientMessageId: "c1", failure }]);
		const held = page({ messages: [message("u1", null, "Hello"), message("a1", "u1")] });
		const load = (snapshot: ThreadPage) => fold([{ type: "thread-load", page: snapshot, atMs: 1 }], unsent);
		expect(load(held).messages.map(({ id }) => id)).toEqual(["u1", "a1"]);
		const other = page({ messages: [message("u1", null, "Something else")] });
		expect(load(other).messages.map(({ id }) => id)).toEqual(["u1", "c1"]);
	});

	it("does not let an old snapshot remove a message that is on its way", () => {
		const state = fold([{ type: "thread-load", page: page({ messages: [] }), atMs: 0 }], fold(send));
		expect(state.messages.map(({ id }) => id)).toEqual(["u1", "a1"]);
	});

	it("puts older pages before what is shown, without doubles", () => {
		const newest = page({ messages: [message("u2", "a1"), message("a2", "u2")], nextCursor: "older" });
		const older = page({ messages: [message("u1", null), message("a1", "u1"), message("u2", "a1")] });
		const state = fold([
			{ type: "thread-load", page: newest, atMs: 0 },
			{ type: "older-load", page: older },
			{ type: "thread-load", page: newest, atMs: 0 },
		]);
		expect(state.messages.map(({ id }) => id)).toEqual(["u1", "a1", "u2", "a2"]);
		expect(state.olderCursor).toBeNull();
	});
});

describe("the fold of continuing", () => {
	const turn = { turnId: "turn-1", status: "stopped", code: null, requestedModel: "auto", receipt } as const;
	const part: ThreadPage["messages"][number] = { ...message("a1", "u1", "one two"), turn };
	const stopped = page({ messages: [message("u1", null), part] });
	const load: ChatAction = { type: "thread-load", page: stopped, atMs: 0 };
	const start: ChatAction = {
		type: "continue-start",
		clientMessageId: "c2",
		assistantMessageId: "a1",
		atMs: 1,
	};
	const accept: ChatAction = {
		type: "send-accept",
		clientMessageId: "c2",
		ids: { ...ids, turnId: "turn-2" },
	};
	const reset = toAction({ type: "text-reset", text: "one two" }, 2);
	const more = toAction({ type: "text-delta", text: " three" }, 3);

	it("goes on in the same row, whose words stay while the new turn starts", () => {
		const actions = [start, accept, reset, more, toAction(end, 4)];
		const states = actions.map((_, index) => fold([load, ...actions.slice(0, index + 1)]));
		expect(states.map(({ live }) => live?.text ?? "ended")).toEqual([
			...["one two", "one two", "one two", "one two three"],
			"ended",
		]);
		expect(states.at(-1)?.messages.at(-1)).toMatchObject({
			id: "a1",
			text: "one two three",
			siblings: { ids: ["a1"] },
			turn: { turnId: "turn-2", status: "complete" },
		});
	});

	it("is not ended by a snapshot from before it began", () => {
		const state = fold([load, start, accept, load, reset, more]);
		expect(state.live?.text).toBe("one two three");
	});

	it("shows in a tab that had seen the first part end", () => {
		const running = { ...part, turn: { ...turn, turnId: "turn-2", status: "running" as const } };
		const liveTurn = snapshot([{ type: "text-reset", text: "one two three" }], { turnId: "turn-2" });
		const continued = page({ messages: [message("u1", null), running], liveTurn });
		const state = fold([load, { type: "thread-load", page: continued, atMs: 2 }]);
		expect(state.live).toMatchObject({ turnId: "turn-2", text: "one two three" });
		expect(state.messages.at(-1)?.turn?.status).toBe("running");
	});

	it("shows the part and its ending again when the server refuses", () => {
		const failure = { code: "rate_limited", details: {}, requestId: null } as const;
		const before = fold([load]);
		const refused = fold([start, { type: "send-fail", clientMessageId: "c2", failure }], before);
		expect(refused.messages).toEqual(before.messages);
		expect(refused).toMatchObject({ live: null, notice: failure });
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCallFold, emptyTurnView, foldEvent, foldEvents, joinModelSpans } from "./fold.ts";
import type { TurnEvent } from "./turn.ts";

const said = (text: string): TurnEvent => ({ type: "text-delta", text });
const called = (attempt: number, modelId: string): TurnEvent => ({ type: "attempt-start", attempt, modelId });
const span = (modelId: string, fromCharacter: number) => ({ modelId, fromCharacter });

describe("the fold of a turn's events", () => {
	it("says which model wrote which stretch, and nothing of a call that said nothing", () => {
		const events = [
			called(1, "a"),
			said("one "),
			said("two"),
			called(2, "silent"),
			called(3, "b"),
			said("!"),
		];
		expect(foldEvents(events)).toMatchObject({
			text: "one two!",
			modelSpans: [span("a", 0), span("b", 7)],
			modelId: "b",
			calledModelId: null,
		});
		expect(foldEvents(events.slice(0, 4))).toMatchObject({ modelId: "silent", calledModelId: "silent" });
	});

	it("shows answers alone: a call with another purpose is booked by its number and changes no text", () => {
		const judged: TurnEvent = { type: "attempt-start", attempt: 2, modelId: "judge", purpose: "judge" };
		const ended = (attempt: number): TurnEvent => ({
			type: "attempt-end",
			attempt,
			outcome: `of ${attempt}`,
		});
		const events = [called(1, "a"), said("one "), judged, said("two"), ended(1), ended(2)];
		expect(foldEvents(events)).toMatchObject({ text: "one two", modelId: "a", modelSpans: [span("a", 0)] });
		const fold = createCallFold();
		for (const event of events) fold.push(event);
		expect(fold.calls).toMatchObject([
			{ purpose: "answer", delivered: "one two", end: { outcome: "of 1" } },
			{ purpose: "judge", delivered: "", end: { outcome: "of 2" } },
		]);
	});

	it("replaces what was said at a reset, and keeps the spans that begin in text that stays", () => {
		const events = [called(1, "a"), said("one "), called(2, "b"), said("two")];
		const reset = (text: string) => foldEvents([...events, { type: "text-reset", text }]);
		expect(reset("one two three").modelSpans).toEqual([span("a", 0), span("b", 4)]);
		expect(reset("on").modelSpans).toEqual([span("a", 0)]);
		expect(reset("one ").reasoning).toBe("");
	});

	it("forgets the place in the queue once the model is called or says something", () => {
		const moved: TurnEvent = { type: "queue-move", position: 2, etaMs: 500 };
		expect(foldEvents([moved]).queue).toEqual({ position: 2, etaMs: 500 });
		for (const next of [called(1, "a"), { type: "reasoning-delta", text: "hm" } as const])
			expect(foldEvents([moved, next]).queue).toBeNull();
	});

	it("says that a model may be loading until it says something or another is called", () => {
		const loading: TurnEvent[] = [called(1, "a"), { type: "model-load", modelId: "a" }];
		expect(foldEvents(loading).isLoading).toBe(true);
		for (const next of [said("hm"), called(2, "b"), { type: "reasoning-delta", text: "hm" } as const])
			expect(foldEvents([...loading, next]).isLoading).toBe(false);
	});

	it("leaves a view as it is at an event of a newer version", () => {
		expect(foldEvent(emptyTurnView, { type: "news" } as never)).toBe(emptyTurnView);
	});

	it("gathers each call with what was sent, what it delivered and how it ended", () => {
		const fold = createCallFold();
		const end = { type: "attempt-end", attempt: 1, outcome: "failed" } as const;
		const fitted = (inputTokens: number): TurnEvent => ({
			type: "context-fit",
			inputTokens,
			contextWindow: 100,
			omittedMessages: 0,
		});
		const events = [fitted(7), called(1, "a"), end, fitted(9), called(2, "b"), said("one "), said("two")];
		for (const event of events) fold.push(event);
		expect(fold.calls).toMatchObject([
			{ attempt: 1, modelId: "a", purpose: "answer", inputTokens: 7, delivered: "", end },
			{ attempt: 2, modelId: "b", inputTokens: 9, delivered: "one two", end: null },
		]);
	});

	it("is the same however the text is cut into deltas", () => {
		fc.assert(
			fc.property(fc.array(fc.string()), (pieces) => {
				const whole = foldEvents([called(1, "a"), said(pieces.join(""))]);
				expect(foldEvents([called(1, "a"), ...pieces.map(said)])).toEqual(whole);
			}),
		);
	});
});

describe("joining model spans", () => {
	it("gives the very same list when nothing is added, so that nothing is drawn again", () => {
		const before = [span("a", 0), span("b", 3)];
		expect(joinModelSpans(before, [])).toBe(before);
		expect(joinModelSpans(before, [span("b", 3)])).toBe(before);
	});

	it("lets later spans replace those that begin after them", () => {
		const before = [span("a", 0), span("b", 3), span("c", 8)];
		expect(joinModelSpans(before, [span("d", 5)])).toEqual([span("a", 0), span("b", 3), span("d", 5)]);
	});
});

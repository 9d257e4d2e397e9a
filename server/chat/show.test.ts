import { describe, expect, it } from "vitest";
import type { AnswerEvent } from "../cascade/index.ts";
import { foldEvents } from "../contract/fold.ts";
import type { TurnEvent } from "../contract/turn.ts";
import { openScreen } from "./show.ts";

function show(textBefore: string, given: readonly (AnswerEvent | number)[]) {
	const events: TurnEvent[] = [];
	let nowMs = 0;
	const screen = openScreen({ textBefore, emit: (event) => events.push(event), elapsed: () => nowMs });
	for (const step of given) {
		if (typeof step === "number") nowMs += step;
		else screen.show(step);
	}
	return { screen, events, text: textBefore + foldEvents(events).text };
}
const call = (attempt: number, ...texts: string[]): AnswerEvent[] => [
	{ type: "attempt-start", attempt, modelId: `model-${attempt}` },
	...texts.map((text) => ({ type: "text-delta", text }) as const),
	{ type: "attempt-end", attempt, outcome: "complete" },
];

describe("showing an answer", () => {
	it("writes what was said", () => {
		const { text, screen } = show("", call(1, "Hello", " there."));
		expect({ text, shown: screen.text }).toEqual({ text: "Hello there.", shown: "Hello there." });
	});

	it("cuts what a model repeats of the text that it goes on with, before the end of its call is shown", () => {
		const before = "The first sentence is here. The second one ";
		const { text, events } = show("", [...call(1, before), ...call(2, before, "ends now.")]);
		expect(text).toBe(`${before}ends now.`);
		const continued = show(before, call(1, before.slice(4), "ends now."));
		expect(continued.text).toBe(`${before}ends now.`);
		expect(events.at(-1)?.type).toBe("attempt-end");
	});

	it("measures the thinking from its first word to the first word of the answer", () => {
		const think: AnswerEvent = { type: "reasoning-delta", text: "hm" };
		const { screen } = show("", [100, think, 300, think, 50, ...call(1, "So."), 900]);
		expect(screen.reasoningMs).toBe(350);
		expect(show("", [think]).screen.reasoningMs).toBeNull();
	});
});

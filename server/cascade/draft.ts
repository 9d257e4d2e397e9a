import type { TurnEvent } from "../contract/turn.ts";
import type { CallEvent, Ending } from "../resilience/index.ts";
import { judgeAnswer } from "./judge/judge-answer.ts";
import { type Bar, isAccepted } from "./road.ts";

/** What a small model said, before a person sees it. */
export interface Draft {
	readonly text: string;
	readonly attempt: number;
	readonly finishReason: string | null;
}

export interface DraftVerdict {
	readonly isAccepted: boolean;
	/** For people. */
	readonly faults: readonly string[];
}

export type DraftEvent = CallEvent | Extract<TurnEvent, { type: "draft-delta" | "draft-judge" }>;

/** Calls one model with what it says held back: the log keeps it, the person does not see it. */
export async function makeDraft(
	callModel: (emit: (event: CallEvent) => void, hasText: () => boolean) => Promise<Ending>,
	emit: (event: DraftEvent) => void,
): Promise<{ readonly ending: Ending; readonly draft: Draft }> {
	let text = "";
	let attempt = 0;
	let finishReason: string | null = null;
	const hold = (event: CallEvent) => {
		if (event.type === "text-delta") text += event.text;
		if (event.type === "attempt-start") attempt = event.attempt;
		if (event.type === "attempt-end") finishReason = event.finishReason ?? null;
		const isSpoken = event.type === "text-delta" || event.type === "reasoning-delta";
		emit(isSpoken ? { type: "draft-delta", text: event.text } : event);
	};
	const ending = await callModel(hold, () => text !== "");
	return { ending, draft: { text, attempt, finishReason } };
}

/**
 * Judges a draft: by what costs nothing to see, and then, where there is one, by a judge model.
 *
 * @param by.score the router's, before anything was drafted. `askJudge` answers null when no verdict came in time.
 */
export async function judgeDraft(
	{ text, finishReason }: Draft,
	by: {
		readonly prompt: string;
		readonly score: number;
		readonly bar: Bar;
		/** A draft may be no longer than the answer: one that was cut there says nothing about the model. */
		readonly isAsLongAsAnswer: boolean;
		readonly askJudge?: ((draft: string) => Promise<boolean | null>) | undefined;
		readonly onSilence?: "accept" | "escalate" | undefined;
	},
): Promise<DraftVerdict> {
	if (finishReason === "length" && !by.isAsLongAsAnswer) return { isAccepted: false, faults: ["cut off"] };
	const { score, faults } = judgeAnswer(by.prompt, text, by.score);
	if (!isAccepted(score, by.bar)) return { isAccepted: false, faults };
	if (!by.askJudge) return { isAccepted: true, faults };
	const isGood = await by.askJudge(text);
	if (isGood === null)
		return { isAccepted: by.onSilence === "accept", faults: [...faults, "no verdict in time"] };
	return { isAccepted: isGood, faults: isGood ? faults : [...faults, "not good enough for the judge"] };
}

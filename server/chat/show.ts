import type { AnswerEvent } from "../cascade/index.ts";
import type { TurnEvent } from "../contract/turn.ts";
import { createOverlapTrimmer, type OverlapTrimmer } from "./overlap-trimmer.ts";

/** What the person has of an answer while it grows. */
export interface Screen {
	readonly text: string;
	hasText(): boolean;
	/** From the first reasoning to the first text after it; null when nothing of both was seen. */
	readonly reasoningMs: number | null;
	/** The only writer of text events: shows what models say and what becomes of their calls. */
	show(event: AnswerEvent): void;
}

/**
 * Opens the screen of a turn on the text that it continues, empty for a new answer. Where a call goes on with text that is there,
 * what it repeats of it is cut.
 */
export function openScreen(input: {
	readonly textBefore: string;
	emit(event: TurnEvent): void;
	/** Monotonic milliseconds. */
	elapsed(): number;
}): Screen {
	const { emit, elapsed } = input;
	let text = input.textBefore;
	let trimmer: OverlapTrimmer = createOverlapTrimmer(text);
	let reasoningFrom: number | null = null;
	let reasoningMs: number | null = null;

	function write(added: string): void {
		if (added === "") return;
		if (reasoningFrom !== null) reasoningMs ??= elapsed() - reasoningFrom;
		text += added;
		emit({ type: "text-delta", text: added });
	}

	function show(event: AnswerEvent): void {
		switch (event.type) {
			case "text-delta":
				write(trimmer.push(event.text));
				break;
			case "reasoning-delta":
				reasoningFrom ??= elapsed();
				emit(event);
				break;
			case "attempt-start":
				if ((event.purpose ?? "answer") === "answer") trimmer = createOverlapTrimmer(text);
				emit(event);
				break;
			case "attempt-end":
				write(trimmer.end());
				emit(event);
				break;
			case "draft-delta":
			case "draft-judge":
			case "route-choose":
			case "queue-move":
			case "context-fit":
			case "model-load":
				emit(event);
		}
	}

	return {
		get text() {
			return text;
		},
		hasText: () => text !== "",
		get reasoningMs() {
			return reasoningMs;
		},
		show,
	};
}

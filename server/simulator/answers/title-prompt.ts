import { type SimOptions, takeDirective } from "../requests/options.ts";
import type { ChatMessage } from "../requests/request-log.ts";

const prompt = /^<question>\n([\s\S]*?)\n<\/question>\n[\s\S]*\n\nTitle:$/;
const titleCharactersMax = 60;

/** The question of which a title is asked for; null for any other request. */
export function findTitled(messages: readonly ChatMessage[]): string | null {
	const last = messages.findLast(({ role }) => role === "user");
	return prompt.exec(last?.text ?? "")?.[1] ?? null;
}

/** A title that follows from the question alone: its first words, as far as they fit. */
export function toTitle(question: string): string {
	const words = takeDirective(question).text.split(/\s+/);
	let title = "";
	for (const word of words) {
		if (`${title} ${word}`.trim().length > titleCharactersMax) break;
		title = `${title} ${word}`.trim();
	}
	return title || "Untitled";
}

/** A title has the pace of its model and its own text and fault, and nothing else that was selected for answers. */
export const toTitleOptions = (selected: Partial<SimOptions>, defaults: SimOptions): SimOptions => ({
	...defaults,
	ttftMs: selected.ttftMs ?? defaults.ttftMs,
	gapMs: selected.gapMs ?? defaults.gapMs,
	title: selected.title ?? null,
	titleFault: selected.titleFault ?? null,
	fault: selected.titleFault ?? null,
});

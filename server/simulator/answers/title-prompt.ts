import type { SimOptions } from "../requests/options.ts";
import type { ChatMessage } from "../requests/request-log.ts";

/** A directive at the end of the question takes the line break after it along when it is cut out. */
const prompt = /^<question>\n([\s\S]*?)\s*<\/question>\n[\s\S]*\n\nTitle:$/;
const titleCharactersMax = 60;

/** The question of which a title is asked for, directives included; null for any other request. */
export function findTitled(messages: readonly ChatMessage[]): string | null {
	const last = messages.findLast(({ role }) => role === "user");
	return prompt.exec(last?.text ?? "")?.[1] ?? null;
}

/** A title that follows from the question alone: its first words, as far as they fit. */
function toTitle(question: string): string {
	const line = question.trim().replace(/\s+/g, " ");
	if (line.length <= titleCharactersMax) return line || "Untitled";
	return `${line.slice(0, line.lastIndexOf(" ", titleCharactersMax - 1))}…`;
}

/** A title has the pace of its model and its own text and fault, and nothing else that was selected for answers. */
export const toTitleOptions = (
	question: string,
	{ selected, defaults }: { readonly selected: Partial<SimOptions>; readonly defaults: SimOptions },
): SimOptions => ({
	...defaults,
	ttftMs: selected.ttftMs ?? defaults.ttftMs,
	gapMs: selected.gapMs ?? defaults.gapMs,
	title: selected.title ?? toTitle(question),
	fault: selected.titleFault ?? null,
});

import { type MessagePart, toPlainText } from "../contract/parts.ts";

const titleCharactersMax = 60;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The temporary title: the message's first words; without words, what it has instead. */
export function toTitle(parts: readonly MessagePart[]): string {
	return toLine(toPlainText(parts)) || toLine(parts.flatMap(toNames)[0] ?? "") || "New chat";
}

function toNames(part: MessagePart): string[] {
	if (part.type === "file") return [part.name];
	return part.type === "image" ? ["Image"] : [];
}

/** On one line, cut at a word, else between two signs as a person sees them. */
function toLine(text: string): string {
	const line = text.trim().replace(/\s+/g, " ");
	if (line.length <= titleCharactersMax) return line;
	const space = line.lastIndexOf(" ", titleCharactersMax);
	const end = space > 20 ? space : toGraphemeEnd(line);
	return `${line.slice(0, end).toWellFormed().replaceAll("\uFFFD", "")}…`;
}

/** The end of the last whole sign that fits; one that is longer than a title is cut. */
function toGraphemeEnd(line: string): number {
	let end = 0;
	for (const { index, segment } of graphemes.segment(line.slice(0, titleCharactersMax * 2))) {
		if (index + segment.length > titleCharactersMax) break;
		end = index + segment.length;
	}
	return end || titleCharactersMax;
}

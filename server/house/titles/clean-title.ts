import { withoutThoughts } from "../thoughts.ts";
import { titleInstruction } from "./prompt.ts";

/** As long as the first words may be. */
const charactersMax = 60;

const quotes: readonly (readonly [string, string])[] = [
	['"', '"'],
	["'", "'"],
	["“", "”"],
	["„", "“"],
	["„", "”"],
	["‘", "’"],
	["«", "»"],
	["»", "«"],
	["「", "」"],
	["『", "』"],
	["《", "》"],
	["`", "`"],
];
/** How models begin to say that they will write none. */
const refusal =
	/^(i('| a)m sorry|sorry\b|i (can('|no)t|cannot|am unable|won't)|as an ai\b|unfortunately\b|es tut mir leid|tut mir leid|ich kann\b.*\bnicht\b|désolée?\b|je ne peux pas|lo siento|no puedo|mi dispiace|抱歉|对不起|申し訳)/i;

/**
 * The title in what a model has answered: one line, without thoughts, quotes, Markdown, a label or a full stop. Null for what is none: nothing,
 * a refusal, words of the instruction, or more than 60 characters.
 */
export function toCleanTitle(answer: string): string | null {
	const lines = withoutThoughts(answer)
		.split(/\r?\n/)
		.map(toPlainLine)
		.filter((line) => line !== "" && !line.endsWith(":"));
	const [title = ""] = lines;
	if (title === "" || title.length > charactersMax) return null;
	if (refusal.test(title.replaceAll("’", "'"))) return null;
	if (!/[\p{L}\p{N}\p{S}]/u.test(title)) return null;
	return titleInstruction.toLowerCase().includes(title.toLowerCase()) ? null : title;
}

function toPlainLine(line: string): string {
	const words = line
		.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, (sign) => (sign === "\t" ? " " : sign === "\u200D" ? sign : ""))
		.replace(/\s+/g, " ")
		.trim()
		.replace(/^```.*$/, "")
		.replace(/^(#{1,6}|[-*+>]|\d{1,2}[.)]) /, "")
		.replace(/^[*_]{0,3}(title|titel|titre|título|titolo|标题|タイトル)[*_]{0,3}\s?[:：][*_]{0,3}\s*/i, "")
		.replace(/(\*\*|__|`)(.+?)\1/g, "$2")
		.replace(/^([*_])(.+)\1$/, "$2")
		.trim();
	const pair = quotes.find(
		([open, close]) => words.length > 1 && words.startsWith(open) && words.endsWith(close),
	);
	const bare = pair ? words.slice(pair[0].length, -pair[1].length).trim() : words;
	return bare.replace(/(?<![.。])[.。]$/, "").trim();
}

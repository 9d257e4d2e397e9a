import { countTextTokens } from "../../context/index.ts";
import { findIdentifiers, type Identifier } from "./identifiers.ts";

/** A message that is summarised. */
export interface SummarySource {
	readonly id: string;
	readonly role: "user" | "assistant";
	readonly text: string;
	readonly tokens: number;
	/** ISO 8601. */
	readonly createdAt: string;
	/** A pinned message is sent as it is, with every request, and is in no summary. */
	readonly isPinned: boolean;
}

export const countSummaryTokens = (text: string): Promise<number> => countTextTokens(text, "o200k_base");

/** Of the tokens of what is summarised, what is kept verbatim beside it at most. */
const verbatimShare = 0.45;
/** A text in which fewer of its runs of words are different repeats itself. */
const differentRunsMin = 0.6;
const runWords = 5;
const judgedWordsMin = 30;
const thoughts = /<(think|thinking|reasoning|thought)>[\s\S]*?(<\/\1>|$)/gi;

/**
 * The section of a summary that a model has written, with a list of what the model has lost of the identifiers. Null for what is none: nothing,
 * or a text that repeats itself.
 *
 * @param known what earlier sections have: it is not listed again.
 */
export async function toSection(
	answer: string,
	{ sources, known }: { readonly sources: readonly SummarySource[]; readonly known: string },
): Promise<string | null> {
	const text = answer
		.replace(thoughts, "")
		.replace(/^#{1,6} .*\n+/, "")
		.trim();
	if (text === "" || repeatsItself(text)) return null;
	const sourceTokens = sources.reduce((sum, { tokens }) => sum + tokens, 0);
	const lost = findLost(sources, `${known}\n${text}`);
	const kept = await takeTokens(lost, sourceTokens * verbatimShare);
	return kept.length === 0
		? text
		: `${text}\n\nKept verbatim:\n${kept.map((line) => `- ${line}`).join("\n")}`;
}

/** Of all messages, each once, the most precious first. */
function findLost(sources: readonly SummarySource[], summary: string): string[] {
	const found = sources.flatMap(({ text, role }) => findIdentifiers(text, role));
	const plain = ` ${summary.replace(/\s+/g, " ")} `;
	const lost = found.filter(({ core }) => !hasWhole(plain, core));
	const byRank = [0, 1, 2, 3].flatMap((rank) => lost.filter((one) => one.rank === rank));
	const lines: string[] = [];
	let listed = "";
	for (const { text, core } of byRank) {
		if (hasWhole(listed, core)) continue;
		lines.push(text);
		listed += ` ${text} `;
	}
	return lines;
}

/** Whether a text has these words, and not as a part of longer ones: 12 is not in 128. */
function hasWhole(text: string, words: Identifier["core"]): boolean {
	for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
		const [before = "", after = ""] = [text[at - 1], text[at + words.length]];
		if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return true;
	}
	return false;
}

async function takeTokens(lines: readonly string[], tokensMax: number): Promise<string[]> {
	const taken: string[] = [];
	let left = tokensMax;
	for (const line of lines) {
		left -= (await countSummaryTokens(line)) + 2;
		if (left < 0) break;
		taken.push(line);
	}
	return taken;
}

function repeatsItself(text: string): boolean {
	const words = text.toLowerCase().split(/\s+/);
	if (words.length < judgedWordsMin) return false;
	const runs = words.slice(0, 1 - runWords).map((_, place) => words.slice(place, place + runWords).join(" "));
	return new Set(runs).size / runs.length < differentRunsMin;
}

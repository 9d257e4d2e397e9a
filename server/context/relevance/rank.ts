import type { ConversationMessage } from "../conversation.ts";
import { addMeaning, type MessageVectors, type Vectors } from "./compare-meaning.ts";
import type { TermIndex, WeightedTerms } from "./term-index.ts";
import { toTerms } from "./terms.ts";
import { stretchMessages, withThreadIndex } from "./thread-index.ts";

/** How much each message of a conversation has to do with its last question: 0 is nothing. Messages without an entry were added since. */
export type Relevance = ReadonlyMap<ConversationMessage, number>;
/** Of the question itself, and of what was added after it: stays before all others. */
export const always = Number.MAX_VALUE;

/** Of one message no more is read: a pasted book says in its beginning what it is about. */
const charactersMax = 50_000;

/** A short question ("and why?") is about what the person said before it. */
const shortQuestionTerms = 3;
const earlierQuestionWeight = 0.5;

/** Words that the best messages share are looked for as well, at a part of the question's weight. */
const expansion = { fromMessages: 15, terms: 24, weight: 0.31, commonShare: 0.1 };
/**
 * What stands next to a match often completes it: a question and its answer, a name and what is said of it. What a match answers counts
 * more than what was said after it.
 */
const neighbourShares = [0.63, 0.4, 0.24];
const afterShare = 0.8;
/** A message counts more where the conversation is about the question, even if it has no word of it. */
const stretchWeight = 0.8;
/** People say facts shortly and models repeat them at length. */
const assistantShare = 0.45;

/**
 * Ranks the messages by what the last question needs: words in common (BM25), words that the best matches have in common, nearness to a
 * match, what the messages around are about, and, where messages have vectors, the meaning of the best matches. Asks no model. Lets other
 * work run in between, whatever the length.
 */
export async function rank(
	conversation: readonly ConversationMessage[],
	vectors: MessageVectors = new Map(),
): Promise<Relevance> {
	const asked = conversation.findLast(({ role }) => role === "user");
	// The question has all its own words, and would make them less rare and lend its score to what stands before it.
	const others = conversation.filter((message) => message !== asked);
	const toVector = ({ id }: ConversationMessage) => (id === undefined ? undefined : vectors.get(id));
	return await withThreadIndex(others.map(toText), ({ messages, stretches, stems }) => {
		const question = toQuestion(conversation, stems);
		const near = toScores(messages, question, others.map(toVector));
		const wide = new Float64Array(stretches.size);
		stretches.score(question, wide);
		const relevance = new Map(
			others.map((message, at) => {
				const about = stretchWeight * (wide[Math.floor(at / stretchMessages)] ?? 0);
				return [message, toRoleShare(message) * ((near[at] ?? 0) + about)];
			}),
		);
		return asked ? relevance.set(asked, always) : relevance;
	});
}

const toRoleShare = ({ role }: ConversationMessage) => (role === "assistant" ? assistantShare : 1);

function toText({ parts }: ConversationMessage): string {
	const [only] = parts;
	if (parts.length === 1 && only?.type === "text" && only.text.length <= charactersMax) return only.text;
	let text = "";
	for (const part of parts) if (part.type === "text" && text.length < charactersMax) text += `${part.text}\n`;
	return text.slice(0, charactersMax);
}

/** The terms of the last message of the person, and of the one before it when it has few. */
function toQuestion(
	conversation: readonly ConversationMessage[],
	stems: Map<string, string>,
): Map<string, number> {
	const asked = conversation.filter(({ role }) => role === "user").slice(-2);
	const question = new Map<string, number>();
	for (const message of asked.toReversed()) {
		if (question.size >= shortQuestionTerms) break;
		const weight = message === asked.at(-1) ? 1 : earlierQuestionWeight;
		for (const term of toTerms(toText(message), stems)) if (!question.has(term)) question.set(term, weight);
	}
	return question;
}

function toScores(index: TermIndex, question: WeightedTerms, vectors: Vectors): Float64Array {
	const scores = new Float64Array(index.size);
	index.score(question, scores);
	index.score(toExpansion(index, { question, scores }), scores);
	addMeaning(scores, vectors);
	return spread(scores);
}

/** The rarer words of the best matches, by how good their messages are. */
function toExpansion(
	index: TermIndex,
	{ question, scores }: { question: WeightedTerms; scores: Float64Array },
): WeightedTerms {
	const best = [...scores.keys()]
		.filter((message) => (scores[message] ?? 0) > 0)
		.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
		.slice(0, expansion.fromMessages);
	const found = new Map<string, number>();
	for (const message of best) {
		const { counts, length } = index.termsOf(message);
		for (const [term, count] of counts) {
			const messages = index.countMessages(term);
			if (question.has(term) || messages < 2 || messages > index.size * expansion.commonShare) continue;
			const gain = ((scores[message] ?? 0) * Math.min(count, 2) * index.toRarity(messages)) / length;
			found.set(term, (found.get(term) ?? 0) + gain);
		}
	}
	const chosen = [...found].sort(([, a], [, b]) => b - a).slice(0, expansion.terms);
	const highest = chosen[0]?.[1] ?? 1;
	return new Map(chosen.map(([term, gain]) => [term, (expansion.weight * gain) / highest]));
}

/** Gives each message a share of the best score near it. */
function spread(scores: Float64Array): Float64Array {
	return scores.map((score, at) =>
		neighbourShares.reduce((best, share, distance) => {
			const [before, after] = [scores[at - distance - 1] ?? 0, scores[at + distance + 1] ?? 0];
			const near = Math.max(afterShare * before, after);
			return Math.max(best, share * near);
		}, score),
	);
}

import { countSummaryTokens, type SummarySource, toSection } from "./section.ts";

/** A summary as it is kept: the log of a conversation up to one of its messages. */
export interface SummaryLog {
	readonly throughMessageId: string;
	readonly text: string;
	readonly tokens: number;
	/** Of the messages that it stands for. */
	readonly sourceTokens: number;
}

export interface CompactInput {
	/** The whole branch as far as it is known, oldest first. */
	readonly messages: readonly SummarySource[];
	/** The summary of this branch that is in use; null: none. */
	readonly before: SummaryLog | null;
	/** Tokens that the conversation may have: from `triggerShare` of it on it is compacted. */
	readonly budget: number;
	/** Of the newest summary that was ever made, also one that was taken back: the next one waits until this has grown. */
	readonly lastSourceTokens: number;
	/** The person asks for it: at once, and with less left as it is. */
	readonly isAsked?: boolean;
}

/** When a conversation is compacted, and what is then left of it as it is. Apart, so that one compaction lasts for many turns. */
const triggerShare = 0.7;
const targetShare = 0.3;
/** No two compactions without so much more to stand for. */
const growthMin = 1.2;
/** One call reads at most so much: the rest waits for the next compaction. */
const sourceTokensMax = 24_000;
/** Less is not worth a call. */
const sourceTokensMin = 400;
/** The newest messages stay as they are, also when the person asks. */
const messagesLeftMin = 2;

/**
 * The messages that the next section of the summary stands for, oldest first; empty when none is due. The pinned ones among them are passed
 * over, but not summarised.
 */
export function chooseSources(input: CompactInput): readonly SummarySource[] {
	const { messages, before, budget, lastSourceTokens, isAsked = false } = input;
	const through = before ? messages.findIndex(({ id }) => id === before.throughMessageId) : -1;
	if (before && through < 0) return [];
	const since = messages.slice(through + 1);
	const sinceTokens = sum(since);
	if (!isAsked && (before?.tokens ?? 0) + sinceTokens < budget * triggerShare) return [];
	const leave = isAsked ? 0 : budget * targetShare;
	const chosen: SummarySource[] = [];
	let tokens = 0;
	for (const message of since.slice(0, -messagesLeftMin)) {
		// A message that alone has more than may be left cannot be left.
		const isHuge = message.tokens > leave;
		if (!isHuge && sinceTokens - sum(chosen) - message.tokens < leave) break;
		const hasEnd = chosen.some(({ role }) => role === "assistant");
		if (hasEnd && tokens + message.tokens > sourceTokensMax) break;
		chosen.push(message);
		if (!message.isPinned) tokens += message.tokens;
	}
	// A section ends with an answer, so that a question and its answer stay together.
	const end = chosen.findLastIndex(({ role }) => role === "assistant");
	const whole = chosen.slice(0, end + 1);
	const added = sum(whole.filter(({ isPinned }) => !isPinned));
	const isGrown = (before?.sourceTokens ?? 0) + added >= lastSourceTokens * growthMin;
	return added >= sourceTokensMin && (isGrown || isAsked) ? whole : [];
}

/**
 * The next summary: the one before, word by word, and a dated section for what came since. Null, so that all stays as it was, when the
 * model has written nothing of use or the section is no shorter than what it stands for.
 *
 * @param summarise asks a model for the section; null when it fails.
 */
export async function compact(
	sources: readonly SummarySource[],
	before: SummaryLog | null,
	summarise: (sources: readonly SummarySource[]) => Promise<string | null>,
): Promise<SummaryLog | null> {
	const said = sources.filter(({ isPinned }) => !isPinned);
	const last = sources.at(-1);
	if (!last || said.length === 0) return null;
	const answer = await summarise(said);
	const section =
		answer === null ? null : await toSection(answer, { sources: said, known: before?.text ?? "" });
	if (section === null) return null;
	const dated = `## ${last.createdAt.slice(0, 10)}\n\n${section}`;
	const addedTokens = sum(said);
	if ((await countSummaryTokens(dated)) >= addedTokens) return null;
	const text = before ? `${before.text}\n\n${dated}` : dated;
	return {
		throughMessageId: last.id,
		text,
		tokens: await countSummaryTokens(text),
		sourceTokens: (before?.sourceTokens ?? 0) + addedTokens,
	};
}

const sum = (messages: readonly SummarySource[]): number =>
	messages.reduce((total, { tokens }) => total + tokens, 0);

import type { CountPrompt } from "../formats/count-prompt.ts";
import type { ChatMessage } from "../requests/request-log.ts";
import { type CacheCounts, type CachedCall, noCache } from "./cached-call.ts";

/** OpenAI's rules: https://platform.openai.com/docs/guides/prompt-caching */
const tokensMin = 1_024;
const tokensStep = 128;
/** Since it was last used. */
const keptMs = 5 * 60_000;
/** Prompts that are kept under one name. */
const promptsMax = 50;

interface KeptPrompt {
	readonly messages: readonly ChatMessage[];
	until: number;
}

/**
 * Keeps prompts by themselves, for five minutes after they were used: what a prompt begins with like another one is read, from 1,024 tokens on in
 * steps of 128. Prompts of one `prompt_cache_key` are found, those without by how they begin. Writes are counted for models that charge for them.
 */
export function createOpenAiCache({ countPrompt, now }: { countPrompt: CountPrompt; now: () => number }) {
	const kept = new Map<string, KeptPrompt[]>();
	return {
		look(
			call: CachedCall,
			{ promptTokens, chargesWrites }: { promptTokens: number; chargesWrites: boolean },
		): CacheCounts {
			const { model, messages } = call;
			const name = `${model}\n${call.cacheKey ?? messages[0]?.text.slice(0, 1_000)}`;
			const prompts = (kept.get(name) ?? []).filter(({ until }) => until > now());
			let cachedTokens = 0;
			for (const prompt of prompts) {
				const shared = toSteps(countPrompt(toShared(prompt.messages, messages), model));
				if (shared > 0) prompt.until = now() + keptMs;
				cachedTokens = Math.max(cachedTokens, Math.min(shared, toSteps(promptTokens)));
			}
			kept.set(name, [...prompts, { messages, until: now() + keptMs }].slice(-promptsMax));
			if (!chargesWrites) return { ...noCache, cachedTokens };
			return { ...noCache, cachedTokens, cacheWriteTokens: toSteps(promptTokens) - cachedTokens };
		},
		reset: () => kept.clear(),
	};
}

const toSteps = (tokens: number): number => (tokens < tokensMin ? 0 : tokens - (tokens % tokensStep));

/** What both prompts begin with: whole messages, then the beginning of the next one's text. */
function toShared(one: readonly ChatMessage[], other: readonly ChatMessage[]): ChatMessage[] {
	const shared: ChatMessage[] = [];
	for (const [place, message] of other.entries()) {
		const before = one[place];
		if (before?.role !== message.role || before.images !== message.images) break;
		const length = toSharedLength(before.text, message.text);
		shared.push({ ...message, text: message.text.slice(0, length) });
		if (before.text !== message.text) break;
	}
	return shared;
}

function toSharedLength(one: string, other: string): number {
	let length = 0;
	while (length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length += 1;
	return length;
}

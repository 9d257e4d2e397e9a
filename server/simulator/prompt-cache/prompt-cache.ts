import type { CountPrompt } from "../formats/count-prompt.ts";
import { createAnthropicCache } from "./anthropic-cache.ts";
import type { CacheCounts, CachedCall } from "./cached-call.ts";
import { createOpenAiCache } from "./openai-cache.ts";

/** What the provider has kept of prompts, by the rules of the API that a request came by. */
export interface PromptCache {
	/** What of a prompt is read and written; keeps it. */
	look(call: CachedCall, by: { readonly promptTokens: number; readonly chargesWrites: boolean }): CacheCounts;
	reset(): void;
}

/** @param by.now milliseconds of any clock */
export function createPromptCache(by: { countPrompt: CountPrompt; now: () => number }): PromptCache {
	const [openai, anthropic] = [createOpenAiCache(by), createAnthropicCache(by)];
	return {
		look: (call, counted) => (call.blocks ? anthropic.look(call) : openai.look(call, counted)),
		reset() {
			openai.reset();
			anthropic.reset();
		},
	};
}

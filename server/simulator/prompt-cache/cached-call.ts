import type { TokenCount } from "../answers/answer-plan.ts";
import type { ChatMessage } from "../requests/request-log.ts";

export type CacheCounts = Pick<TokenCount, "cachedTokens" | "cacheWriteTokens" | "cacheWrite1hTokens">;

export const noCache: CacheCounts = { cachedTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0 };

/** A request, as far as a cache looks at it. */
export interface CachedCall {
	readonly model: string;
	readonly messages: readonly ChatMessage[];
	/** `prompt_cache_key`. */
	readonly cacheKey?: string | null;
	/** Of a request to Anthropic's messages. */
	readonly blocks?: readonly PromptBlock[];
}

/** A block of a prompt, in the order of the prompt. `mark`: how long the prompt up to here is to be kept. */
export interface PromptBlock {
	readonly role: string;
	readonly text: string;
	readonly content: string;
	readonly images: number;
	readonly mark: "5m" | "1h" | null;
}

const minuteMs = 60_000;

/**
 * How long a provider keeps the beginning of a request that it has read, in milliseconds since it was last used: the least that its
 * documentation says. Anthropic: 5 minutes (https://platform.claude.com/docs/en/build-with-claude/prompt-caching). OpenAI: 5 to 10 minutes
 * (https://platform.openai.com/docs/guides/prompt-caching). Google names no time for what it keeps unasked. A server of one's own keeps it
 * until other requests need the memory.
 */
const keptMs = {
	anthropic: 5 * minuteMs,
	openai: 5 * minuteMs,
	"openai-responses": 5 * minuteMs,
	google: 3 * minuteMs,
	"openai-compatible": 5 * minuteMs,
} as const;

export const toCacheMs = ({ kind }: { readonly kind: keyof typeof keptMs }): number => keptMs[kind];

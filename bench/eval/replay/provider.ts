/** A provider's prompt cache by its published rules: a request reads the longest beginning that one before it has left. */
import type { Prices } from "../../../server/usage/index.ts";
import { toCostNanoUsd } from "../../../server/usage/index.ts";

/** A message of a request: what it is (equal keys are equal bytes), and its tokens. */
export interface SentMessage {
	readonly key: unknown;
	readonly tokens: number;
}

export interface Billed {
	readonly usd: number;
	/** Tokens that were read from the cache or written to it. */
	readonly cachedTokens: number;
}

/** Shorter beginnings are not kept. */
const keptTokensMin = 1_024;

/** The cache of one thread. `keepsFor`: how long a request asks for; where writing has no price, everything is kept. */
export function createProvider(prices: Prices, defaultMs: number) {
	const hourMs = 3_600_000;
	const hasWritePrice = prices.cacheWriteUsdPerMTok !== null;
	let kept: { readonly messages: readonly SentMessage[]; readonly until: number } | null = null;
	return {
		send(messages: readonly SentMessage[], by: { atMs: number; wish: "none" | "default" | "1h" }): Billed {
			const inputTokens = sum(messages);
			const cachedInputTokens = toRead(kept !== null && kept.until >= by.atMs ? kept.messages : [], messages);
			const writes = by.wish !== "none" && inputTokens >= keptTokensMin;
			const written = writes && hasWritePrice ? inputTokens - cachedInputTokens : 0;
			if (writes || !hasWritePrice)
				kept = { messages, until: by.atMs + (by.wish === "1h" && hasWritePrice ? hourMs : defaultMs) };
			const usage = {
				inputTokens,
				cachedInputTokens,
				cacheWriteTokens: by.wish === "1h" ? 0 : written,
				cacheWrite1hTokens: by.wish === "1h" ? written : 0,
				outputTokens: 0,
				reasoningTokens: 0,
			};
			const usd = Number(toCostNanoUsd(usage, prices)) / 1e9;
			return { usd, cachedTokens: cachedInputTokens + written };
		},
	};
}

function toRead(kept: readonly SentMessage[], sent: readonly SentMessage[]): number {
	let tokens = 0;
	for (const [at, { key, tokens: more }] of sent.entries()) {
		if (kept[at]?.key !== key) break;
		tokens += more;
	}
	return tokens >= keptTokensMin ? tokens : 0;
}

const sum = (messages: readonly SentMessage[]) => messages.reduce((all, { tokens }) => all + tokens, 0);

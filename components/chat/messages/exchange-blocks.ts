import { useMemo, useRef } from "react";
import type { ShownMessage } from "../state/chat-state";

/** One question and its answer. */
export type ExchangeMessages = readonly ShownMessage[];

/** Neighbouring exchanges that are laid out, drawn and watched together: a browser's work for each frame grows with their number. */
export interface ExchangeBlock {
	/** The key of its first exchange when it was made. */
	readonly key: string;
	/** How many exchanges are before it. */
	readonly firstIndex: number;
	readonly exchanges: readonly ExchangeMessages[];
}

const exchangesMax = 16;

/** The exchanges of a thread in blocks. */
export function useExchangeBlocks(messages: readonly ShownMessage[]): readonly ExchangeBlock[] {
	const known = useRef(new Map<string, string>());
	return useMemo(() => toExchangeBlocks(toExchanges(messages), known.current), [messages]);
}

/** A user message opens an exchange; whatever follows belongs to it. */
export function toExchanges(messages: readonly ShownMessage[]): ExchangeMessages[] {
	const exchanges: ShownMessage[][] = [];
	for (const message of messages) {
		const last = exchanges.at(-1);
		if (last && message.role === "assistant") last.push(message);
		else exchanges.push([message]);
	}
	return exchanges;
}

/**
 * Older exchanges come into blocks of their own, and new ones fill the last block. An exchange stays in the block that it came into:
 * in another one it would be drawn from nothing.
 * @param known the block of each exchange so far, both by their keys; what is new is added
 */
export function toExchangeBlocks(
	exchanges: readonly ExchangeMessages[],
	known: Map<string, string>,
): readonly ExchangeBlock[] {
	const blocks: { key: string; firstIndex: number; exchanges: ExchangeMessages[] }[] = [];
	for (const [index, exchange] of exchanges.entries()) {
		const key = exchange[0]?.key ?? "";
		const last = blocks.at(-1);
		const own = known.get(key) ?? (last && last.exchanges.length < exchangesMax ? last.key : key);
		known.set(key, own);
		if (last?.key === own) last.exchanges.push(exchange);
		else blocks.push({ key: own, firstIndex: index, exchanges: [exchange] });
	}
	return blocks;
}

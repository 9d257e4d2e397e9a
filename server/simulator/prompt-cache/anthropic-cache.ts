import { createHash } from "node:crypto";
import type { CountPrompt } from "../formats/count-prompt.ts";
import type { ChatMessage } from "../requests/request-log.ts";
import { type CacheCounts, type CachedCall, noCache, type PromptBlock } from "./cached-call.ts";

/** Anthropic's rules: https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
const tokensMin = 1_024;
/** Blocks before a mark in which an earlier prompt is looked for. */
const blocksBack = 20;
const keptMs = { "5m": 5 * 60_000, "1h": 60 * 60_000 };

/** Keeps prompts up to their marks, from 1,024 tokens on, for the time that each mark asks for after it was last used. */
export function createAnthropicCache({ countPrompt, now }: { countPrompt: CountPrompt; now: () => number }) {
	const kept = new Map<string, { until: number; readonly ms: number }>();
	return {
		look({ model, blocks = [] }: CachedCall): CacheCounts {
			const names = toNames(model, blocks);
			const counts = blocks.map((_, place) => countPrompt(toMessages(blocks.slice(0, place + 1)), model));
			const marks = blocks.flatMap(({ mark }, place) =>
				mark !== null && (counts[place] ?? 0) >= tokensMin ? [{ mark, place }] : [],
			);
			const read = findKept(marks, (place) => {
				const entry = kept.get(names[place] ?? "");
				if (!entry || entry.until <= now()) return false;
				entry.until = now() + entry.ms;
				return true;
			});
			const cachedTokens = read === null ? 0 : (counts[read] ?? 0);
			const upTo = (places: readonly { readonly place: number }[]) =>
				Math.max(0, (counts[places.at(-1)?.place ?? -1] ?? 0) - cachedTokens);
			for (const { mark, place } of marks)
				kept.set(names[place] ?? "", { until: now() + keptMs[mark], ms: keptMs[mark] });
			return {
				...noCache,
				cachedTokens,
				cacheWriteTokens: upTo(marks),
				cacheWrite1hTokens: upTo(marks.filter(({ mark }) => mark === "1h")),
			};
		},
		reset: () => kept.clear(),
	};
}

/** The last block that is kept, at a mark or at most so many blocks before one. */
function findKept(
	marks: readonly { readonly place: number }[],
	isKept: (place: number) => boolean,
): number | null {
	for (const { place } of marks.toReversed())
		for (let at = place; at > place - blocksBack && at >= 0; at -= 1) if (isKept(at)) return at;
	return null;
}

/** A name for the prompt up to each block. */
function toNames(model: string, blocks: readonly PromptBlock[]): string[] {
	let name = model;
	return blocks.map(({ role, content }) => {
		name = createHash("sha256")
			.update(JSON.stringify([name, role, content]))
			.digest("base64url");
		return name;
	});
}

/** Blocks of one role in a row are one message. */
export function toMessages(blocks: readonly Pick<PromptBlock, "role" | "text" | "images">[]): ChatMessage[] {
	const messages: ChatMessage[] = [];
	for (const { role, text, images } of blocks) {
		const last = messages.at(-1);
		const sum = (last?.images ?? 0) + images;
		if (last?.role === role)
			messages[messages.length - 1] = { role, text: last.text + text, ...(sum > 0 && { images: sum }) };
		else messages.push({ role, text, ...(images > 0 && { images }) });
	}
	return messages;
}

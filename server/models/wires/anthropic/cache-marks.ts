/** For how long a prompt is to be kept. */
export type Kept = "off" | "5m" | "1h";

/** What Anthropic is asked to keep, in the order in which it reads it. */
interface Prompt {
	readonly system: readonly object[];
	readonly messages: readonly { readonly role: string; readonly content: readonly object[] }[];
}

/**
 * Marks up to where a prompt is kept by Anthropic (`cache_control`; four marks are allowed at most): to the end of the instructions, to the
 * person's message before the last one, with which the request before this one ended, and to the last one. The next request of the thread
 * begins with all of that. A mark changes nothing of what the model reads. Source:
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function markCached(
	prompt: Prompt,
	{ model, keep }: { readonly model: string; readonly keep: Kept },
): Prompt {
	if (keep === "off") return prompt;
	const mark = { type: "ephemeral", ...(keep === "1h" && { ttl: "1h" }) };
	const ends = new Set(toUserPlaces(prompt.messages).slice(-2));
	const bytesMin = toTokensMin(model);
	let bytes = toBytes(prompt.system);
	const markLong = (blocks: readonly object[]) => (bytes < bytesMin ? blocks : markLast(blocks, mark));
	const system = markLong(prompt.system);
	const messages = prompt.messages.map((message, place) => {
		bytes += toBytes(message.content);
		return ends.has(place) ? { ...message, content: markLong(message.content) } : message;
	});
	return { system, messages };
}

const toUserPlaces = (messages: Prompt["messages"]): number[] =>
	messages.flatMap(({ role }, place) => (role === "user" ? [place] : []));

const markLast = (blocks: readonly object[], mark: object): readonly object[] =>
	blocks.map((block, place) => (place === blocks.length - 1 ? { ...block, cache_control: mark } : block));

const toBytes = (blocks: readonly object[]): number =>
	blocks.reduce((sum, block) => sum + Buffer.byteLength(JSON.stringify(block)), 0);

/**
 * A shorter prompt is not kept. It has at least as many bytes as tokens, so that one of fewer bytes needs no mark; for a longer one Anthropic
 * decides, and a mark that it passes over costs nothing.
 */
function toTokensMin(model: string): number {
	if (/opus-4-[5-9]|haiku-4-5/i.test(model)) return 4_096;
	if (/haiku-3|3-5-haiku|3-haiku|sonnet-4-6/i.test(model)) return 2_048;
	return 1_024;
}

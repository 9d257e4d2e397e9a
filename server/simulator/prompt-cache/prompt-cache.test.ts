import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { startUpstream } from "../index.ts";
import { probe } from "../testing/probe.ts";

let nowMs = 0;
const prices = {
	plain: { inputUsdPerMTok: "2", cachedInputUsdPerMTok: "0.5", outputUsdPerMTok: "8" },
	newer: {
		inputUsdPerMTok: "2",
		cachedInputUsdPerMTok: "0.2",
		cacheWriteUsdPerMTok: "2.5",
		outputUsdPerMTok: "8",
	},
	claude: {
		inputUsdPerMTok: "2",
		cachedInputUsdPerMTok: "0.2",
		outputUsdPerMTok: "10",
		cacheWriteUsdPerMTok: "2.5",
		cacheWrite1hUsdPerMTok: "4",
	},
};
const upstream = await startUpstream({ prices, now: () => nowMs, sim: "cache=on,text=words,tokens=1" });
afterAll(() => upstream.close());
beforeEach(() => upstream.reset());

/** Four characters are a token. */
const words = (tokens: number, word = "tide") => word.repeat(tokens);
const minutes = (count: number) => {
	nowMs += count * 60_000;
};

/** What the invoice says of one more request. */
async function ask(path: string, body: object) {
	const { status, text } = await probe({ url: upstream.url, path, body });
	expect({ status, text }).toMatchObject({ status: 200 });
	const line = upstream.invoice().at(-1);
	return [line?.inputTokens, line?.cachedInputTokens, line?.cacheWriteTokens, line?.cacheWrite1hTokens];
}

describe("OpenAI's cache", () => {
	const openai = (texts: readonly string[], { model = "plain", key = "a" } = {}) => {
		const messages = texts.map((content) => ({ role: "user", content }));
		return ask("/v1/chat/completions", { model, messages, prompt_cache_key: key });
	};

	it("reads what a prompt begins with like another, in steps of 128 tokens", async () => {
		expect(await openai([words(1_500)])).toEqual([1_500, 0, 0, 0]);
		expect(await openai([words(1_500), words(100, "ebbs")])).toEqual([1_600, 1_408, 0, 0]);
		expect(await openai([words(1_200), words(400, "ebbs")])).toEqual([1_600, 1_152, 0, 0]);
	});

	it("keeps nothing shorter than 1,024 tokens, and nothing of another key or model", async () => {
		await openai([words(1_023)]);
		expect(await openai([words(1_023)])).toEqual([1_023, 0, 0, 0]);
		await openai([words(2_000)]);
		expect(await openai([words(2_000)], { key: "b" })).toEqual([2_000, 0, 0, 0]);
		expect(await openai([words(2_000)], { model: "newer" })).toEqual([2_000, 0, 1_920, 0]);
	});

	it("charges newer models for what is written", async () => {
		await openai([words(2_000)], { model: "newer" });
		expect(await openai([words(2_000), words(600)], { model: "newer" })).toEqual([2_600, 1_920, 640, 0]);
	});

	it("forgets a prompt five minutes after it was used", async () => {
		await openai([words(1_500)]);
		minutes(4);
		expect(await openai([words(1_500)])).toEqual([1_500, 1_408, 0, 0]);
		minutes(4);
		expect(await openai([words(1_500)])).toEqual([1_500, 1_408, 0, 0]);
		minutes(6);
		expect(await openai([words(1_500)])).toEqual([1_500, 0, 0, 0]);
	});
});

describe("Anthropic's cache", () => {
	type Ttl = "5m" | "1h" | null;
	const block = (text: string, ttl: Ttl = null) => ({
		type: "text",
		text,
		...(ttl && { cache_control: ttl === "5m" ? { type: "ephemeral" } : { type: "ephemeral", ttl } }),
	});
	const claude = (...content: readonly object[]) =>
		ask("/v1/messages", { model: "claude", max_tokens: 9, messages: [{ role: "user", content }] });

	it("keeps what is marked, and reads it as long as it is used", async () => {
		expect(await claude(block(words(2_000), "5m"))).toEqual([2_000, 0, 2_000, 0]);
		minutes(4);
		expect(await claude(block(words(2_000)), block(words(500), "5m"))).toEqual([2_500, 2_000, 500, 0]);
		minutes(4);
		expect(await claude(block(words(2_000), "5m"), block(words(7)))).toEqual([2_007, 2_000, 0, 0]);
		minutes(6);
		expect(await claude(block(words(2_000), "5m"))).toEqual([2_000, 0, 2_000, 0]);
	});

	it("keeps for an hour what is marked so, at its own price", async () => {
		const instructions = block(words(1_500), "1h");
		expect(await claude(instructions, block(words(1_000), "5m"))).toEqual([2_500, 0, 1_000, 1_500]);
		minutes(50);
		expect(await claude(instructions, block(words(1_000), "5m"))).toEqual([2_500, 1_500, 1_000, 0]);
		// 1,500 read and 1,000 written for five minutes, and one token said.
		expect(upstream.invoice().at(-1)?.costNanoUsd).toBe(`${1_500 * 200 + 1_000 * 2_500 + 10_000}`);
	});

	it("keeps nothing without a mark, too short, or changed before it", async () => {
		await claude(block(words(2_000)));
		expect(await claude(block(words(2_000)))).toEqual([2_000, 0, 0, 0]);
		expect(await claude(block(words(1_000), "5m"))).toEqual([1_000, 0, 0, 0]);
		await claude(block("one"), block(words(2_000), "5m"));
		const [, read] = await claude(block("two"), block(words(2_000), "5m"));
		expect(read).toBe(0);
	});

	it("is looked for in twenty blocks before a mark", async () => {
		await claude(block(words(2_000), "5m"));
		const more = (count: number) => Array.from({ length: count }, (_, n) => block(`${n}`));
		const [, near] = await claude(block(words(2_000)), ...more(18), block("x", "5m"));
		expect(near).toBe(2_000);
		upstream.reset();
		await claude(block(words(2_000), "5m"));
		const [, far] = await claude(block(words(2_000)), ...more(19), block("x", "5m"));
		expect(far).toBe(0);
	});

	it("refuses a fifth mark", async () => {
		const content = Array.from({ length: 5 }, () => block("x", "5m"));
		const body = { model: "claude", max_tokens: 9, messages: [{ role: "user", content }] };
		expect((await probe({ url: upstream.url, path: "/v1/messages", body })).status).toBe(400);
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createId } from "../../contract/ids.ts";
import { type SentContext, sentContext } from "../../contract/sent-context.ts";
import { type ConversationMessage, type SentBefore, toConversation } from "../conversation.ts";
import { fitConversation, type ModelToFit } from "../fit.ts";
import { retrieve } from "../relevance/retrieve.ts";

const minuteMs = 60_000;
const prices = {
	inputUsdPerMTok: "3",
	cachedInputUsdPerMTok: "0.3",
	cacheWriteUsdPerMTok: null,
	longContext: null,
};
const model = { id: "m", contextWindow: 200_000, maxOutputTokens: 1_000, cacheMs: 5 * minuteMs, prices };
const words =
	"tide lamp river copper Lisbon invoice garden Rufus engine paper window March orbit salt violin".split(" ");

const say = (role: "user" | "assistant", text: string, tokens: number): ConversationMessage => ({
	id: createId(),
	role,
	parts: [{ type: "text", text }],
	tokens,
});

/** Asks question after question in one thread, and tells what was sent each time. */
function startThread(of: ModelToFit = model) {
	const messages: ConversationMessage[] = [];
	let before: SentBefore[] = [];
	return {
		messages,
		async ask(text: string, { afterMs = minuteMs, tokens = 100, answerTokens = 100, with: by = of } = {}) {
			messages.push(say("user", text, tokens));
			const aged = before.map((call) => ({ ...call, ageMs: afterMs }));
			const conversation = { ...toConversation([...messages]), before: aged };
			const relevance = await retrieve(conversation, [by]);
			const fitted = fitConversation(conversation, by, { relevance });
			// As the database keeps it.
			const sent: SentContext | null =
				fitted.sent && sentContext.parse(JSON.parse(JSON.stringify(fitted.sent)));
			const lastMessageId = messages.at(-1)?.id ?? "";
			before = [
				{ modelId: by.id ?? "", lastMessageId, ageMs: 0, sent, cachedTokens: 0, isCachedForAnHour: false },
			];
			messages.push(say("assistant", `About ${text}`, answerTokens));
			const bytes = fitted.messages.map(({ role, parts }) => JSON.stringify({ role, parts }));
			return { ...fitted, bytes, reason: sent?.reason ?? "whole" };
		},
		pin(at: number) {
			const message = messages[at];
			if (message) messages[at] = { ...message, isPinned: true };
		},
	};
}

/** A thread of so many exchanges, all warm: sent as a whole. */
async function startLong(exchanges: number, of: ModelToFit = model) {
	const thread = startThread(of);
	for (let at = 1; at <= exchanges; at++)
		await thread.ask(at === 40 ? "My dog Rufus was born in Lisbon." : `number ${at} of the evening sky`);
	return thread;
}

describe("auto", () => {
	it("sends a thread as a whole while its cache is warm", async () => {
		const thread = await startLong(60);
		const { sent, bytes } = await thread.ask("And now?");
		expect(sent).toBeNull();
		expect(bytes).toHaveLength(121);
	});

	it("chooses a part of a long thread when the cache is cold, with what the question needs", async () => {
		const thread = await startLong(100);
		const { reason, inputTokens, bytes } = await thread.ask("Where was Rufus born?", {
			afterMs: 6 * minuteMs,
		});
		expect(reason).toBe("cold");
		expect(inputTokens).toBeLessThan(0.2 * 20_100);
		expect(bytes.join()).toContain("born in Lisbon");
	});

	it("adds what the question needs after a warm beginning, named as older messages", async () => {
		const thread = await startLong(100);
		const cold = await thread.ask("number 98?", { afterMs: 6 * minuteMs });
		expect(cold.bytes.join()).not.toContain("born in Lisbon");
		const warm = await thread.ask("Where was Rufus born?");
		expect(warm.reason).toBe("warm");
		expect(warm.bytes.slice(0, cold.bytes.length)).toEqual(cold.bytes);
		const [evidence] = warm.bytes.slice(-2);
		expect(evidence).toContain("From earlier in this conversation:");
		expect(evidence).toContain("User:\\n\\nMy dog Rufus was born in Lisbon.");
		const again = await thread.ask("Thanks.");
		expect(again.bytes.slice(0, warm.bytes.length)).toEqual(warm.bytes);
	});

	it.each<[what: string, other: Partial<typeof model>]>([
		["for another model", { id: "other" }],
		["for a provider that keeps nothing", { cacheMs: 0 }],
		["where reading the cache saves little", { prices: { ...prices, cachedInputUsdPerMTok: "1.5" } }],
		[
			"where the provider has not said that it wrote",
			{ prices: { ...prices, cacheWriteUsdPerMTok: "3.75" as never } },
		],
	])("chooses again %s", async (_, other) => {
		const thread = await startLong(100);
		const { reason, inputTokens } = await thread.ask("And now?", { with: { ...model, ...other } });
		expect(reason).toBe("cold");
		expect(inputTokens).toBeLessThan(0.2 * 20_100);
	});

	it("chooses again before a step of the price, and keeps that one", async () => {
		const step = { ...model, prices: { ...prices, longContext: { aboveInputTokens: 20_000 } } };
		const thread = await startLong(94, step as never);
		const reasons: string[] = [];
		for (let at = 0; at < 8; at++) reasons.push((await thread.ask(`and ${at}?`)).reason);
		expect(reasons).toEqual(["whole", "limit", "warm", "warm", "warm", "warm", "warm", "warm"]);
	});

	it("chooses again when a message is pinned that is not in its place, and keeps it there", async () => {
		const thread = await startLong(100);
		await thread.ask("number 98?", { afterMs: 6 * minuteMs });
		thread.pin(30);
		const { messages, reason } = await thread.ask("And?");
		expect(reason).toBe("limit");
		expect(messages).toContain(thread.messages[30]);
		expect((await thread.ask("And?")).reason).toBe("warm");
	});

	it("sends a thread of few messages as a whole, also when the cache is cold", async () => {
		const thread = startThread();
		for (let at = 1; at <= 9; at++) await thread.ask(`number ${at}`, { tokens: 300, answerTokens: 500 });
		expect((await thread.ask("And?", { afterMs: 60 * minuteMs })).sent).toBeNull();
	});

	it("sends a long thread as a whole where tokens cost nothing", async () => {
		const free = { ...model, prices: { ...prices, inputUsdPerMTok: "0", cachedInputUsdPerMTok: null } };
		const thread = await startLong(100, free as never);
		expect((await thread.ask("And?", { afterMs: 60 * minuteMs })).sent).toBeNull();
	});

	it("keeps the bytes of a warm thread's beginning, whatever is said, and never sends more than the conversation", async () => {
		const anyText = fc
			.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 })
			.map((each) => each.join(" "));
		const anyTurn = fc.record({
			text: anyText,
			tokens: fc.integer({ min: 20, max: 900 }),
			answerTokens: fc.integer({ min: 20, max: 900 }),
			afterMs: fc.constantFrom(minuteMs, minuteMs, minuteMs, 9 * minuteMs),
		});
		let kept = 0;
		await fc.assert(
			fc.asyncProperty(
				fc.array(anyTurn, { minLength: 10, maxLength: 40 }),
				fc.constantFrom(6_000, 12_000, 200_000),
				async (turns, contextWindow) => {
					const thread = startThread({ ...model, contextWindow });
					let last: readonly string[] = [];
					for (const turn of turns) {
						const { bytes, reason, inputTokens } = await thread.ask(turn.text, turn);
						const all = thread.messages.slice(0, -1).reduce((sum, { tokens }) => sum + tokens, 0);
						expect(inputTokens).toBeLessThanOrEqual(all);
						if (turn.afterMs === minuteMs && (reason === "warm" || reason === "whole")) {
							expect(bytes.slice(0, last.length)).toEqual(last);
							kept += reason === "warm" ? 1 : 0;
						}
						last = bytes;
					}
				},
			),
			{ numRuns: 60 },
		);
		expect(kept).toBeGreaterThan(20);
	});
});

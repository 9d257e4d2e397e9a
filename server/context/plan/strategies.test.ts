import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContextStrategy } from "../../contract/kinds.ts";
import { type Conversation, type ConversationMessage, toConversation } from "../conversation.ts";
import { fitConversation as fitContext } from "../fit.ts";
import { rank } from "../relevance/rank.ts";

/** Messages of so many tokens each, the person's first; `*` is pinned. */
const said = (...tokens: readonly (number | `${number}*`)[]): ConversationMessage[] =>
	tokens.map((each, at) => ({
		id: `m${at + 1}`,
		role: at % 2 === 0 ? "user" : "assistant",
		parts: [{ type: "text", text: `number ${at + 1}` }],
		tokens: Number.parseInt(String(each), 10),
		isPinned: String(each).endsWith("*"),
	}));
const summary = { id: "s", throughMessageId: "m4", text: "In short.", tokens: 10 };
/** 300 tokens of input. */
const model = { contextWindow: 400, maxOutputTokens: 100 };

function send(messages: readonly ConversationMessage[], how: Partial<Conversation>, relevant: string[] = []) {
	const relevance = new Map(messages.map((each) => [each, relevant.includes(each.id ?? "") ? 1 : 0]));
	const fitted = fitContext({ ...toConversation(messages), ...how }, model, { relevance });
	const names = new Map(messages.map(({ parts, id }) => [parts, id]));
	return fitted.messages.map(
		({ parts }) => names.get(parts) ?? (parts[0]?.type === "text" ? parts[0].text : ""),
	);
}

describe("what is sent", () => {
	const whole = ["m1", "m2", "m3", "m4", "m5"];
	const short = "What was said before, in short:\n\nIn short.";
	const lead = "From earlier in this conversation:";
	it.each<[what: string, messages: ConversationMessage[], how: Partial<Conversation>, sent: string[]]>([
		["all of it with full", said(60, 60, 60, 60, 60), { strategy: "full" }, whole],
		["all of it with window", said(60, 60, 60, 60, 60), { strategy: "window" }, whole],
		["all of it with semantic", said(60, 60, 60, 60, 60), { strategy: "semantic" }, whole],
		["all of it with auto", said(60, 60, 60, 60, 60), { strategy: "auto" }, whole],
		["the newest with window", said(90, 90, 90, 90, 90), { strategy: "window" }, ["m3", "m4", "m5"]],
		["the newest from the person on", said(90, 70, 70, 70, 70), { strategy: "window" }, ["m3", "m4", "m5"]],
		[
			"the newest up to the thread's budget",
			said(60, 60, 60, 60, 60),
			{ strategy: "window", tokensMax: 130 },
			["m5"],
		],
		[
			"what is relevant with semantic",
			said(90, 90, 90, 90, 60),
			{ strategy: "semantic" },
			["m1", "m2", "m5"],
		],
		[
			"a pinned message with window",
			said("90*", 90, 90, 90, 90),
			{ strategy: "window" },
			["m1", "m4", "m5"].slice(0, 1).concat(["m4", "m5"]),
		],
		[
			"a pinned answer after a line of the person's",
			said(90, "90*", 90, 90, 90),
			{ strategy: "window" },
			[lead, "m2", "m4", "m5"],
		],
		[
			"a summary, then what came after it",
			said(90, 90, 90, 90, 90),
			{ strategy: "summary", summaries: [summary] },
			[short, "m5"],
		],
		[
			"a summary also where all would fit",
			said(20, 20, 20, 20, 20),
			{ strategy: "summary", summaries: [summary] },
			[short, "m5"],
		],
		[
			"a pinned message beside its summary",
			said(90, "90*", 90, 90, 90),
			{ strategy: "summary", summaries: [summary] },
			[short, "m2", "m5"],
		],
		["the newest without a summary", said(90, 90, 90, 90, 90), { strategy: "summary" }, ["m3", "m4", "m5"]],
		[
			"no summary of another branch",
			said(90, 90, 90),
			{ strategy: "summary", summaries: [summary] },
			["m1", "m2", "m3"],
		],
		[
			"no summary that is longer than what it stands for",
			said(5, 5, 5, 5, 90),
			{ strategy: "summary", summaries: [summary] },
			whole,
		],
		[
			"the question whatever the thread's budget",
			said(60, 60, 60, 60, 60),
			{ strategy: "auto", tokensMax: 10 },
			["m5"],
		],
	])("is %s", (_, messages, how, sent) => {
		expect(send(messages, how, ["m1", "m2"])).toEqual(sent);
	});

	it.each<[what: string, messages: ConversationMessage[], how: Partial<Conversation>, words: RegExp]>([
		["full that does not fit", said(90, 90, 90, 90), { strategy: "full" }, /another strategy/],
		[
			"full above the thread's budget",
			said(60, 60, 60),
			{ strategy: "full", tokensMax: 100 },
			/raise its budget/,
		],
		["one message that is longer than the window", said(1, 1, 301), { strategy: "auto" }, /send it in parts/],
		["pins that are longer than the window", said("290*", 1, 11), { strategy: "auto" }, /Unpin some/],
		["nothing at all", [], { strategy: "auto" }, /longer than the model/],
	])("is refused with what to do: %s", (_, messages, how, words) => {
		expect(() => send(messages, how)).toThrowError(
			expect.objectContaining({ code: "context_too_long", message: expect.stringMatching(words) }),
		);
	});
});

describe("every strategy", () => {
	const anyMessage = fc.record({
		isUser: fc.boolean(),
		text: fc.lorem({ maxCount: 12 }),
		tokens: fc.integer({ min: 5, max: 120 }),
		isPinned: fc.boolean().map((pinned) => pinned),
	});
	const strategies: ContextStrategy[] = ["auto", "full", "window", "summary", "semantic"];

	it("keeps to the budget and to the conversation's tokens, with the question last and each pinned message as it is", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(anyMessage, { minLength: 1, maxLength: 30 }),
				fc.constantFrom(...strategies),
				fc.integer({ min: 100, max: 2_000 }),
				fc.option(fc.integer({ min: 20, max: 900 })),
				fc.integer({ min: 0, max: 29 }),
				async (drawn, strategy, contextWindow, tokensMax, through) => {
					const messages = drawn.map(({ isUser, text, tokens, isPinned }, at) => ({
						id: `m${at}`,
						role: isUser || at === 0 || at === drawn.length - 1 ? ("user" as const) : ("assistant" as const),
						parts: [{ type: "text" as const, text }],
						tokens,
						isPinned: isPinned && at % 7 === 0,
					}));
					const all = messages.reduce((sum, { tokens }) => sum + tokens, 0);
					const summaries = [{ id: "s", throughMessageId: `m${through}`, text: "Short.", tokens: 12 }];
					const conversation = { ...toConversation(messages), strategy, tokensMax, summaries };
					try {
						const fitted = fitContext(
							conversation,
							{ contextWindow, maxOutputTokens: 50 },
							{ relevance: await rank(messages) },
						);
						expect(fitted.inputTokens).toBeLessThanOrEqual(all);
						expect(fitted.inputTokens + Math.min(50, fitted.maxOutputTokens)).toBeLessThanOrEqual(
							contextWindow,
						);
						expect(fitted.messages.at(-1)).toBe(messages.at(-1));
						const [first] = fitted.messages;
						// A pinned answer comes first where there is no room for a line before it.
						expect(first?.role === "user" || messages.some((each) => each === first && each.isPinned)).toBe(
							true,
						);
						for (const message of messages) if (message.isPinned) expect(fitted.messages).toContain(message);
					} catch (error) {
						expect(error).toMatchObject({ code: "context_too_long" });
					}
				},
			),
		);
	});
});

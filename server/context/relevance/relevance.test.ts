import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { toTextMessage } from "../../contract/model-message.ts";
import { type ConversationMessage, fit as fitContext, retrieve, toConversation } from "../index.ts";
import { rank } from "./rank.ts";

const said = (role: "user" | "assistant", text: string): ConversationMessage => {
	const { parts } = toTextMessage(role, text);
	return { role, parts, tokens: countTokens(text) + 4 };
};
const toText = ({ parts }: { parts: ConversationMessage["parts"] }) =>
	parts.map((part) => (part.type === "text" ? part.text : "")).join("");
/** Exchanges about other things, so many, each with another number. */
const smallTalk = (exchanges: number, from = 0) =>
	Array.from({ length: exchanges }, (_, index) => [
		said("user", `Tell me about the number ${from + index} and the colours of the evening sky.`),
		said(
			"assistant",
			`The number ${from + index} is whole, and the evening sky is red because of the dust in it.`,
		),
	]).flat();
const model = { contextWindow: 800, maxOutputTokens: 100 };

/** What a model with a small window reads of a conversation. */
async function read(conversation: readonly ConversationMessage[]): Promise<string[]> {
	const relevance = await retrieve(toConversation(conversation), [model]);
	return fitContext(toConversation(conversation), model, { relevance }).messages.map(toText);
}

describe("a conversation that is longer than the window", () => {
	it.each([
		["My dog Rufus was born in Lisbon.", "Where was Rufus born?"],
		["We are migrating the payments database in March.", "When does the migration of the databases happen?"],
		["Die Rechnung 4711 ist am Freitag fällig.", "Wann ist Rechnung 4711 fällig?"],
		["私の誕生日は五月三日です。", "誕生日はいつですか？"],
		["Мой самолёт вылетает в 14:35 из Риги.", "Из какого города вылетает самолёт?"],
		["رقم الحجز هو ABX-2291.", "ما هو رقم الحجز؟"],
	])("keeps %j for %j, and the newest exchange", async (fact, question) => {
		const before = smallTalk(10);
		const after = smallTalk(60, 10);
		const conversation = [
			...before,
			said("user", fact),
			said("assistant", "I see."),
			...after,
			said("user", question),
		];
		const texts = await read(conversation);
		expect(texts).toContain(fact);
		expect(texts.slice(-3)).toEqual(conversation.slice(-3).map(toText));
		expect(texts.length).toBeLessThan(conversation.length);
		const places = texts.map((text) => conversation.findLastIndex((message) => toText(message) === text));
		expect(places).toEqual(places.toSorted((a, b) => a - b));
	});

	it("reads a short question with the one before it", async () => {
		const fact = "The licence key of the scanner ends in 7F3Q.";
		const asked = [
			said("user", "What about the licence key of the scanner?"),
			said("assistant", "Which one?"),
		];
		const conversation = [said("user", fact), ...smallTalk(60), ...asked, said("user", "And its end?")];
		expect(await read(conversation)).toContain(fact);
	});

	it("keeps the question and the part of an answer that goes on, however long the part is", async () => {
		const question = said("user", "Write a poem about tides.");
		const added = [said("assistant", "tide ".repeat(300)), said("user", "Continue.")];
		const conversation = toConversation([...smallTalk(60), question]);
		const relevance = await retrieve(conversation, [model]);
		const { messages } = fitContext(conversation, model, { relevance, added });
		expect(messages.slice(-3).map(toText)).toEqual([question, ...added].map(toText));
	});

	it("keeps the newest when nothing has to do with the question", async () => {
		const conversation = [...smallTalk(60), said("user", "zzz qqq xxx")];
		const texts = await read(conversation);
		expect(texts).toEqual(conversation.slice(-texts.length).map(toText));
	});
});

describe("ranking", () => {
	it("gives nothing to what stands before a question that no message has a word of", async () => {
		const before = smallTalk(3);
		const relevance = await rank([...before, said("user", "Xylophones, marimbas, glockenspiels?")]);
		expect(before.map((message) => relevance.get(message))).toEqual(before.map(() => 0));
	});

	it("counts what a match answers more than what was said after it", async () => {
		const [match, leads, follows] = [
			said("user", "The zeppelin museum opens at nine."),
			said("user", "Something on Sunday?"),
			said("user", "Sounds fine then."),
		];
		const messages = [...smallTalk(20), leads, match, follows, ...smallTalk(20, 20)];
		const relevance = await rank([...messages, said("user", "When does the zeppelin museum open?")]);
		const [best = 0, first = 0, second = 0] = [match, leads, follows].map((each) => relevance.get(each));
		expect(best).toBeGreaterThan(first);
		expect(first).toBeGreaterThan(second);
		expect(second).toBeGreaterThan(0);
	});

	it("is left out where every model reads the whole conversation", async () => {
		expect(await retrieve(toConversation(smallTalk(2)), [model])).toBeUndefined();
	});

	it("lets other work run in between, whatever the texts", async () => {
		const words = Array.from(
			{ length: 60 },
			(_, index) => `${"字".repeat(200)} word${index} ${"a1".repeat(99)}`,
		);
		const conversation = Array.from({ length: 120 }, () => said("user", words.join(" ")));
		let isOver = false;
		const ranking = rank(conversation).finally(() => {
			isOver = true;
		});
		let turns = 0;
		for (; !isOver; turns++) await nextTurn();
		await ranking;
		expect(turns).toBeGreaterThan(3);
	});

	it("never makes a request larger than the window", async () => {
		const anyMessage = fc.record({
			role: fc.constantFrom("user" as const, "assistant" as const),
			text: fc.oneof(fc.string({ unit: "binary" }), fc.lorem({ maxCount: 60 })),
		});
		const window = fc.integer({ min: 60, max: 900 });
		await fc.assert(
			fc.asyncProperty(
				fc.array(anyMessage, { minLength: 1, maxLength: 40 }),
				window,
				async (texts, contextWindow) => {
					const conversation = texts.map(({ role, text }) => said(role, text));
					const last = conversation.at(-1);
					const relevance = await rank(conversation);
					try {
						const fitted = fitContext(
							toConversation(conversation),
							{ contextWindow, maxOutputTokens: 50 },
							{ relevance },
						);
						const counted = conversation
							.filter((message) => fitted.messages.includes(message))
							.reduce((sum, { tokens }) => sum + tokens, 0);
						expect(counted).toBe(fitted.inputTokens);
						expect(counted + fitted.maxOutputTokens).toBeLessThanOrEqual(contextWindow);
						expect(fitted.messages.at(-1)).toBe(last);
					} catch (error) {
						expect(error).toMatchObject({ code: "context_too_long" });
					}
				},
			),
			{ numRuns: 100 },
		);
	});
});

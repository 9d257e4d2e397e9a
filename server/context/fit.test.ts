import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { toTextMessage } from "../contract/model-message.ts";
import { type ConversationMessage, fit as fitContext, type ModelWindow, toConversation } from "./index.ts";

const said = (role: "user" | "assistant", text: string): ConversationMessage => {
	const { parts } = toTextMessage(role, text);
	return { role, parts, tokens: countTokens(text) + 4 };
};
const sumTokens = (messages: readonly ConversationMessage[]) =>
	messages.reduce((sum, { tokens }) => sum + tokens, 0);
const fitWindow = (messages: readonly ConversationMessage[], model: ModelWindow) =>
	fitContext(toConversation(messages), model);
const small = { contextWindow: 100, maxOutputTokens: 20 };

describe("fit", () => {
	it("keeps a conversation that fits as it is", () => {
		const messages = [said("user", "Hi"), said("assistant", "Hello"), said("user", "Why?")];
		expect(fitWindow(messages, small)).toMatchObject({ messages, omittedMessages: 0, maxOutputTokens: 20 });
	});

	it("leaves out the oldest messages and starts with a user message", () => {
		const messages = Array.from({ length: 9 }, (_, index) =>
			said(index % 2 === 0 ? "user" : "assistant", "about fifty characters of text, so about fourteen."),
		);
		const fitted = fitWindow(messages, small);
		expect(fitted.messages.at(0)?.role).toBe("user");
		expect(fitted.messages.at(-1)).toBe(messages.at(-1));
		expect(fitted.omittedMessages + fitted.messages.length).toBe(9);
	});

	it("refuses a last message that does not fit alone, with the figures", () => {
		const tooLong = [said("user", "x".repeat(1_000))];
		expect(() => fitWindow(tooLong, small)).toThrowError(
			expect.objectContaining({
				code: "context_too_long",
				details: { inputTokens: 129, contextWindow: 100 },
			}),
		);
	});

	it("never fills the window by its own count, whatever the conversation", () => {
		const anyMessage = fc.record({
			role: fc.constantFrom("user" as const, "assistant" as const),
			text: fc.string(),
		});
		fc.assert(
			fc.property(
				fc.array(anyMessage, { minLength: 1 }),
				fc.integer({ min: 50, max: 4_000 }),
				(texts, window) => {
					const messages = texts.map(({ role, text }) => said(role, text));
					try {
						const fitted = fitWindow(messages, { contextWindow: window, maxOutputTokens: 1_000 });
						const counted = sumTokens(messages.filter((message) => fitted.messages.includes(message)));
						expect(counted).toBe(fitted.inputTokens);
						expect(counted + fitted.maxOutputTokens).toBeLessThanOrEqual(window);
					} catch (error) {
						expect(error).toMatchObject({ code: "context_too_long" });
					}
				},
			),
		);
	});
});

import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { toTextMessage } from "../../contract/model-message.ts";
import { countSentTokens, estimateUsage } from "./estimate-usage.ts";

const texts = [
	"Because the Moon's pull raises the sea on the near side, and leaves it behind on the far side.",
	"因为月球的引力使海面上升。满潮每天两次。",
	"const tides = (moon: number, sun: number) => [moon + sun, moon - sun].map((pull) => pull ** 2);",
];

describe("the estimate of a call without a report", () => {
	it.each(texts)("bills what was said as OpenAI counts it, without a margin: %s", async (received) => {
		const estimate = (providerModelId: string) =>
			estimateUsage({ providerModelId, inputTokens: 7, received });
		const current = await estimate("gpt-5.2-mini");
		expect(current).toMatchObject({ inputTokens: 7, outputTokens: countO200k(received), source: "estimate" });
		expect(await estimate("openai/gpt-4")).toMatchObject({ outputTokens: countCl100k(received) });
	});

	it("bills nothing for nothing said", async () => {
		const call = { providerModelId: "claude-opus-5", inputTokens: 0, received: "" };
		expect(await estimateUsage(call)).toMatchObject({ inputTokens: 0, outputTokens: 0 });
	});

	it("tells reasoning apart, which may have a price of its own", async () => {
		const reasoning = "The pull of the Moon comes first. ";
		const call = {
			providerModelId: "gpt-5.2-mini",
			inputTokens: 7,
			received: `${reasoning}Tides rise.`,
			reasoning,
		};
		expect(await estimateUsage(call)).toMatchObject({
			outputTokens: countO200k(call.received),
			reasoningTokens: countO200k(reasoning),
		});
	});

	it("counts what was sent with what the chat format adds for each message", async () => {
		const messages = texts.map((text) => toTextMessage("user", text));
		const counted = await countSentTokens(messages, "gpt-5.2");
		expect(counted).toBe(texts.reduce((sum, text) => sum + countO200k(text) + 4, 3));
	});

	it("counts an image as the most that a provider counts for one", async () => {
		const image = { type: "image", mediaType: "image/png", source: { type: "inline", base64: "" } } as const;
		const messages = [{ role: "user", parts: [image] }] as const;
		expect(await countSentTokens(messages, "gpt-5.2")).toBe(1_600 + 4 + 3);
	});
});

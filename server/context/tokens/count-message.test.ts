import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { beforeAll, describe, expect, it } from "vitest";
import type { MessagePart } from "../../contract/parts.ts";
import { countMessageTokens, tokensPerImage } from "./count-message.ts";
import { loadEncoding } from "./encodings.ts";
import { countFor, toModelTokens, toStoredTokens } from "./model-counts.ts";

beforeAll(() => loadEncoding("o200k_base"), 60_000);

const text = (value: string): MessagePart => ({ type: "text", text: value });
const inline = (value: string) =>
	({ type: "inline", base64: Buffer.from(value).toString("base64") }) as const;
const image: MessagePart = { type: "image", mediaType: "image/png", source: inline("x".repeat(50_000)) };

describe("the tokens of a message", () => {
	it.each([
		"Why is the sky blue?",
		"潮は一日に二度満ちる。",
		"\tif (a !== b) {\r\n\t\treturn;\r\n\t}",
		"kq3Zr+9/aGm0LxTt2WcPpB7e1uYhNs==",
		"👩‍👩‍👧‍👦🏳️‍🌈",
		"e\u0316\u0353\u0319",
	])("are those of its text by OpenAI's encoding, and four: %j", async (value) => {
		expect(await countMessageTokens([text(value)])).toBe(countO200k(value) + 4);
	});

	it("are those of several texts as they are sent, joined", async () => {
		const parts = [text("One sentence."), image, text("and its end")];
		const joined = countO200k("One sentence.\n\nand its end");
		expect(await countMessageTokens(parts)).toBe(joined + tokensPerImage + 4);
	});

	it("are those of a file of text as it is sent, and do not grow with an image's bytes", async () => {
		const file: MessagePart = {
			type: "file",
			name: "a.md",
			mediaType: "text/markdown",
			source: inline("# One\n\nTwo"),
		};
		expect(await countMessageTokens([file])).toBe(countO200k("a.md:\n\n# One\n\nTwo") + 4);
		expect(await countMessageTokens([image])).toBe(tokensPerImage + 4);
	});

	it("have what calls of tools are written with, and nothing of what is not sent", async () => {
		const call: MessagePart = { type: "tool-call", callId: "c1", toolName: "search", input: { q: "tide" } };
		const result: MessagePart = { type: "tool-result", callId: "c1", toolName: "search", output: "high" };
		const thought: MessagePart = { type: "reasoning", text: "Look it up. ".repeat(500) };
		const tokens = await countMessageTokens([thought, call, result]);
		expect(tokens).toBeGreaterThan(countO200k('search{"q":"tide"}"high"') + 8);
		expect(tokens).toBeLessThan(60);
	});

	it("cost a short message less than a millisecond", async () => {
		const times: number[] = [];
		for (let n = 0; n < 200; n += 1) {
			const startedAt = process.threadCpuUsage();
			await countMessageTokens([text(`Why is the sky blue on day ${n}, and red in its evening?`)]);
			const { user, system } = process.threadCpuUsage(startedAt);
			times.push((user + system) / 1_000);
		}
		expect(times.toSorted((one, other) => one - other)[100]).toBeLessThan(1);
	});
});

describe("what a model makes of stored counts", () => {
	const models = ["gpt-5.2", "claude-opus-5", "qwen3:8b", undefined].map((providerModelId) => ({
		providerModelId,
	}));

	it.each(models)("never passes its window: $providerModelId", (model) => {
		for (const window of [0, 50, 100, 999, 1_000, 128_000, 1_050_000]) {
			const stored = toStoredTokens(window, model);
			if (stored > 0) expect(toModelTokens(stored, model)).toBeLessThanOrEqual(window);
			if (window > 200) expect(toModelTokens(stored + 2, model)).toBeGreaterThan(window);
		}
	});

	it("is exact for a published encoding, and three tenths more for any other", () => {
		expect(toModelTokens(1_000, { providerModelId: "gpt-5.2" })).toBe(1_016);
		expect(toModelTokens(1_000, { providerModelId: "claude-opus-5" })).toBe(1_364);
	});

	it("is counted again by an older encoding where one of the models has it", async () => {
		const parts = [text("ქართული ენა არის ლამაზი")];
		const message = { role: "user", parts, tokens: await countMessageTokens(parts) } as const;
		const asked = [{ providerModelId: "gpt-5.2" }];
		expect(await countFor([message], asked)).toEqual([message]);
		const [counted] = await countFor([message], [...asked, { providerModelId: "gpt-4" }]);
		expect(counted?.tokens).toBeGreaterThan(3 * message.tokens);
	});
});

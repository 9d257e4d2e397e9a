import { describe, expect, it } from "vitest";
import { isChatName, isReasoningName, toVersion } from "./model-name.ts";

describe("model names", () => {
	it.each([
		["o3-mini", true],
		["openai/gpt-5.1", true],
		["gpt-5.3-chat-latest", false],
		["gpt-4o", false],
		["deepseek-r1:8b", true],
		["qwen3-coder", false],
		["gemini-3.8-flash", true],
		["llama3.2:3b", false],
	])("%s thinks first: %s", (name, expected) => {
		expect(isReasoningName(name)).toBe(expected);
	});

	it.each([
		["text-embedding-3-small", false],
		["nomic-embed-text:latest", false],
		["openai/whisper-1", false],
		["sim-embed", false],
		["sim:ttft=150,itl=30,tokens=100,fault=cut@20", true],
		["meta-llama/Llama-3.3-70B-Instruct", true],
		["ttsuki", true],
	])("%s can chat: %s", (name, expected) => {
		expect(isChatName(name)).toBe(expected);
	});

	it.each([
		["claude-opus-5-5", 5.5],
		["gpt-4o", 4],
		["gpt-6-sol", 6],
		["gemini-3.8-flash", 3.8],
		["o3", 3],
		["mistral", 0],
	])("%s has version %d", (name, expected) => {
		expect(toVersion(name)).toBe(expected);
	});
});

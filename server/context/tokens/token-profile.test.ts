import { describe, expect, it } from "vitest";
import { toInputTokens, toOutputTokens, toTokenProfile } from "./token-profile.ts";

describe("toTokenProfile", () => {
	it.each([
		["gpt-4o", "o200k_base"],
		["gpt-4o-mini-2024-07-18", "o200k_base"],
		["gpt-4.1-nano", "o200k_base"],
		["gpt-5.6-luna", "o200k_base"],
		["gpt-41", "o200k_base"],
		["o3-mini", "o200k_base"],
		["gpt-4", "cl100k_base"],
		["gpt-4-turbo", "cl100k_base"],
		["openai/gpt-3.5-turbo", "cl100k_base"],
		["azure:gpt-35-turbo", "cl100k_base"],
		["not-gpt-4", "o200k_base"],
		["org/model:8b", "o200k_base"],
	])("counts for %s by %s", (name, encoding) => {
		expect(toTokenProfile(name)).toMatchObject({ encoding, factor: 1 });
	});

	it.each(["claude-opus-5", "anthropic/Claude-3-haiku", "eu.anthropic.claude-sonnet-4-5-v1:0"])(
		"knows %s as Anthropic's",
		(name) => expect(toTokenProfile(name)).toMatchObject({ encoding: "o200k_base", factor: 1.088 }),
	);
});

describe("what is billed", () => {
	const openai = toTokenProfile("gpt-4o");
	const anthropic = toTokenProfile("claude-opus-5");
	it.each([
		[openai, [1], 8],
		[openai, [10, 20, 30], 75],
		[openai, [], 3],
		[anthropic, [100], 118],
		[anthropic, [50, 50], 122],
	])("as the input of a request", (profile, texts, tokens) => {
		expect(toInputTokens(profile, texts)).toBe(tokens);
	});

	it.each([
		[openai, 0, 0],
		[openai, 12, 12],
		[anthropic, 0, 0],
		[anthropic, 100, 113],
	])("as an answer", (profile, text, tokens) => {
		expect(toOutputTokens(profile, text)).toBe(tokens);
	});
});

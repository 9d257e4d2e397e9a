import { describe, expect, it } from "vitest";
import { ProviderError } from "../../models/index.ts";
import { classify } from "./classify.ts";

const refuse = (message: string, status = 400) =>
	classify(
		new ProviderError("http", "refused", { status, body: JSON.stringify({ error: { message } }) }),
		false,
	);

describe("a provider that refuses a request as too long", () => {
	it.each([
		[8_192, "request (9001 tokens) exceeds the available context size (8192 tokens)"],
		[8_192, "The input (9001 tokens) is longer than the model's context length (8192 tokens)."],
		[
			8_192,
			"This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages, 1000 in the completion).",
		],
		[
			4_096,
			"'max_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 200 input tokens.",
		],
		[200_000, "prompt is too long: 210000 tokens > 200000 maximum"],
		[200_000, "input length and `max_tokens` exceed context limit: 198000 + 8192 > 200000"],
		[1_048_576, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."],
		[131_072, "This model's maximum prompt length is 131072 but the request contains 200000 tokens."],
		[
			4_096,
			"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`",
		],
		[4_096, "Input validation error: `inputs` must have less than 4096 tokens. Given: 5120"],
		[8_192, "Invalid request: Your request exceeded model token limit: 8192"],
		[30_720, "Range of input length should be [1, 30720]"],
		[4_081, "too many tokens: total number of tokens in the prompt exceeds the limit of 4081"],
		[8_192, "The sum of prompt length (9000.0), query length (0) should not exceed max_num_tokens (8192)"],
		[8_192, "This model only supports 8192 tokens, your messages resulted in 9000 tokens"],
		[128_000, "This model's maximum context length is 128,000 tokens."],
	])("states %d tokens by %j", (tokens, message) => {
		expect(refuse(message)).toMatchObject({ class: "context_length", statedWindow: tokens });
	});

	it.each([
		"Input is too long for requested model.",
		"Request payload size exceeds the limit: 20971520 bytes.",
		"Prompt exceeds max length",
		"The maximum context length is 12 tokens.",
	])("states no size by %j", (message) => {
		expect(refuse(message)).toMatchObject({ class: "context_length", statedWindow: null });
	});

	it.each(["max_a_", "maximum a ", "limit ", "context ", "[1", "1,1", ">  "])(
		"holds up nothing by %j again and again: a message may quote a person",
		(unit) => {
			const errors = Array.from({ length: 12 }, () => ({ message: unit.slice(0, 4) + unit.repeat(400) }));
			const body = JSON.stringify({ error: { code: "context_length_exceeded" }, errors });
			const startedAt = performance.now();
			for (let time = 0; time < 20; time++)
				classify(new ProviderError("http", "refused", { status: 400, body }), false);
			expect(performance.now() - startedAt).toBeLessThan(2_000);
		},
	);

	it("says nothing of a window where it refuses for another reason", () => {
		const failure = refuse("Rate limit reached: limit 6000, used 5900.", 429);
		expect(failure).toMatchObject({ class: "throttled", statedWindow: null });
	});
});

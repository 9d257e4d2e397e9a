import type { ServerResponse } from "node:http";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { toTextMessage } from "../../contract/model-message.ts";
import { readAnswer, started, startStubProvider, wires } from "../../testing/servers/stub-provider.ts";

let stub = await startStubProvider();
afterAll(() => stub.close());
beforeEach(async () => {
	await stub.close();
	stub = await startStubProvider();
});

type Kind = "openai-compatible" | "openai" | "anthropic" | "google";
type Body = Record<string, unknown>;

const refuse = (response: ServerResponse, status: number, error: unknown) =>
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(error));

const answerAs = (response: ServerResponse, kind: Kind) =>
	started(response).end(wires[kind].begin + wires[kind].end);

/** A server that answers only requests of a certain form. */
function demand(kind: Kind, { status = 400, error, isFine }: Demand) {
	stub.answer = (response) =>
		isFine(stub.requests.at(-1)?.body ?? {}) ? answerAs(response, kind) : refuse(response, status, error);
}

interface Demand {
	readonly status?: number;
	readonly error: unknown;
	isFine(body: Body): boolean;
}

const message = (text: string) => ({ error: { message: text, type: "invalid_request_error" } });
const roles = (body: Body) => (body.messages as { role: string }[]).map(({ role }) => role);

const demands: readonly (readonly [what: string, kind: Kind, demand: Demand])[] = [
	[
		"the newer field for the limit",
		"openai-compatible",
		{
			error: {
				error: {
					message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
					code: "unsupported_parameter",
				},
			},
			isFine: (body) => body.max_completion_tokens === 123 && !("max_tokens" in body),
		},
	],
	[
		"the older field for the limit",
		"openai",
		{
			status: 422,
			error: {
				detail: [{ type: "extra_forbidden", loc: ["body", "max_completion_tokens"], msg: "Not permitted" }],
			},
			isFine: (body) => body.max_tokens === 123 && !("max_completion_tokens" in body),
		},
	],
	[
		"no options for the stream",
		"openai-compatible",
		{
			error: message("Unrecognized request argument supplied: stream_options"),
			isFine: (body) => !("stream_options" in body),
		},
	],
	[
		"no stream",
		"openai-compatible",
		{ error: message("Streaming is not supported for this model."), isFine: (body) => body.stream === false },
	],
	[
		"a shorter answer",
		"openai-compatible",
		{
			error: message("max_tokens is too large: 123. This model supports at most 100 completion tokens."),
			isFine: (body) => body.max_tokens === 100,
		},
	],
	[
		"a shorter answer of Anthropic",
		"anthropic",
		{
			error: message("max_tokens: 123 > 64, which is the maximum allowed number of output tokens for claude"),
			isFine: (body) => body.max_tokens === 64,
		},
	],
	[
		"a shorter answer of Google",
		"google",
		{
			error: message("The supported range is from 1 (inclusive) to 65 (exclusive) for max_output_tokens."),
			isFine: (body) => (body.generationConfig as Body).maxOutputTokens === 64,
		},
	],
	[
		"a shorter answer in a range",
		"openai-compatible",
		{ error: message("Range of max_tokens should be [1, 80]"), isFine: (body) => body.max_tokens === 80 },
	],
	[
		"an answer that fits a smaller window",
		"openai-compatible",
		{
			error: message(
				"This model's maximum context length is 600 tokens. However, you requested 663 tokens (540 in the messages, 123 in the completion).",
			),
			isFine: (body) => body.max_tokens === 60,
		},
	],
	[
		"instructions by the person",
		"openai-compatible",
		{
			status: 500,
			error: message("System role not supported"),
			isFine: (body) => roles(body).join() === "user",
		},
	],
	[
		"instructions by the person, to Google",
		"google",
		{
			error: message("Developer instruction is not enabled for models/gemma-3-27b-it"),
			isFine: (body) => !("systemInstruction" in body) && JSON.stringify(body.contents).includes("Be brief."),
		},
	],
];

describe("a request that is refused for its form", () => {
	it.each(demands)("is sent again with %s, and the next one at once", async (_, kind, demanded) => {
		demand(kind, demanded);
		for (const requests of [2, 3]) {
			const { text, error } = await readAnswer(stub.open({ id: kind }));
			expect({ text, error }).toEqual({ text: "Hi", error: null });
			// What depends on the conversation is asked again.
			expect(stub.requests).toHaveLength(
				demanded.error === demands[8]?.[2].error && requests === 3 ? 4 : requests,
			);
		}
	});

	it("may be refused for several things", async () => {
		stub.answer = (response) => {
			const body = stub.requests.at(-1)?.body ?? {};
			if ("stream_options" in body) return refuse(response, 400, message("stream_options is not permitted"));
			if ("max_tokens" in body) return refuse(response, 400, message("Unknown field max_tokens"));
			return answerAs(response, "openai-compatible");
		};
		expect((await readAnswer(stub.open())).text).toBe("Hi");
		expect(stub.requests).toHaveLength(3);
	});

	it("is sent with one message for each role in turn where the server wants that", async () => {
		const user = toTextMessage("user", "Again?");
		const isFine = (body: Body) => roles(body).join() === "system,user,assistant,user";
		const error = message("Conversation roles must alternate user/assistant/user/assistant/...");
		demand("openai-compatible", { status: 500, error, isFine });
		const system = toTextMessage("system", "Be brief.");
		const answer = toTextMessage("assistant", "Hi");
		const messages = [system, toTextMessage("user", "One"), toTextMessage("user", "Two"), answer, user, user];
		expect((await readAnswer(stub.open({ messages }))).text).toBe("Hi");
		expect(stub.requests[1]?.body.messages).toMatchObject([
			{ content: "Be brief." },
			{ content: "One\n\nTwo" },
			{ content: "Hi" },
			{ content: "Again?\n\nAgain?" },
		]);
	});

	it("is not changed for ever, when the change does not help", async () => {
		demand("openai-compatible", { error: message("max_tokens: unknown field"), isFine: () => false });
		for (let n = 1; n <= 2; n += 1) {
			expect((await readAnswer(stub.open())).failure).toMatchObject({ kind: "http", status: 400 });
			expect(stub.requests).toHaveLength(2 * n);
		}
		expect(stub.requests[2]?.body).toHaveProperty("max_tokens");
	});

	it.each([401, 403, 404, 429, 503])("is not sent again after %d", async (status) => {
		demand("openai-compatible", { status, error: message("max_tokens: unknown field"), isFine: () => false });
		expect((await readAnswer(stub.open())).failure).toMatchObject({ status });
		expect(stub.requests).toHaveLength(1);
	});
});

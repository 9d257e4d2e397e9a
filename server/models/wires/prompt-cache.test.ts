import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { CacheWish } from "../../contract/kinds.ts";
import { type ModelMessage, toTextMessage } from "../../contract/model-message.ts";
import type { MessagePart } from "../../contract/parts.ts";
import { readAnswer, sse, started, startStubProvider, wires } from "../../testing/servers/stub-provider.ts";
import { toRequest } from "./anthropic/request.ts";
import { defaultShape } from "./request-shapes.ts";
import type { RequestShape } from "./wire.ts";

const stub = await startStubProvider();
afterAll(stub.close);
beforeEach(() => {
	stub.requests = [];
});

type Kind = keyof typeof wires;
type Body = Record<string, unknown>;
const kinds = Object.keys(wires) as Kind[];
const cacheKey = "key-of-the-thread";

async function send(kind: Kind, messages: readonly ModelMessage[]): Promise<Body> {
	stub.answer = sse(wires[kind].begin, wires[kind].end);
	expect(await readAnswer(stub.open({ id: kind, messages, cacheKey }))).toMatchObject({ error: null });
	return stub.requests.at(-1)?.body ?? {};
}

/** What a model reads of a request, in order, message by message, without the marks of a cache. */
function toRead({ system, systemInstruction, messages, contents, input }: Body): string[] {
	const list = [messages, contents, input].find(Array.isArray) ?? [];
	return [system, systemInstruction, ...list].flatMap((each) =>
		each === undefined
			? []
			: [JSON.stringify(each, (name, value) => (name === "cache_control" ? undefined : value))],
	);
}

const text = fc
	.string({ unit: "binary", minLength: 1, maxLength: 30 })
	.map((value) => `${value.toWellFormed()}.`);
const textPart = text.map((value): MessagePart => ({ type: "text", text: value }));
const image = fc
	.base64String({ maxLength: 40 })
	.map(
		(base64): MessagePart => ({ type: "image", mediaType: "image/png", source: { type: "inline", base64 } }),
	);
const tool = fc
	.tuple(fc.uuid(), fc.dictionary(fc.string(), fc.jsonValue()))
	.map(([callId, input]): MessagePart[] => [
		{ type: "tool-call", callId, toolName: "search", input: input as never },
		{ type: "tool-result", callId, toolName: "search", output: input as never },
	]);
const asked = fc
	.array(fc.oneof(textPart, image), { minLength: 1, maxLength: 3 })
	.map((parts): ModelMessage => ({ role: "user", parts }));
const answered = fc
	.tuple(fc.array(tool, { maxLength: 2 }), textPart)
	.map(([tools, said]): ModelMessage => ({ role: "assistant", parts: [...tools.flat(), said] }));
const exchanges = fc.array(fc.tuple(asked, answered), { minLength: 1, maxLength: 4 });

describe.each(kinds)("two requests of a thread that grew, to %s", (kind) => {
	it("begin alike, byte for byte, whatever was said", async () => {
		await fc.assert(
			fc.asyncProperty(exchanges, asked, async (before, question) => {
				const said = [toTextMessage("system", "Be brief."), ...before.flat()];
				const [first, next] = [await send(kind, said.slice(0, -1)), await send(kind, [...said, question])];
				const shared = toRead(first);
				expect(toRead(next).slice(0, shared.length)).toEqual(shared);
				expect(JSON.stringify(await send(kind, [...said, question]))).toBe(JSON.stringify(next));
			}),
			{ numRuns: 15 },
		);
	});
});

describe("the marks of Anthropic's cache", () => {
	const long = "The tide comes in twice a day. ".repeat(600);
	const said = [
		toTextMessage("system", long),
		...["One?", "Two?", "Three?"].flatMap((question) => [
			toTextMessage("user", question),
			toTextMessage("assistant", "Yes."),
		]),
		toTextMessage("user", "Four?"),
	];
	const build = (
		shape: Partial<RequestShape>,
		messages: readonly ModelMessage[] = said,
		cacheWish?: CacheWish,
	) => {
		const call = {
			provider: { baseUrl: "http://a.test", apiKey: null },
			providerModelId: "claude-sonnet-5",
			messages,
			cacheWish,
			maxOutputTokens: 9,
			signal: AbortSignal.abort(),
			fetch,
		};
		// As: the wire's own body.
		return toRequest(call, { ...defaultShape, ...shape }).body as {
			readonly system: readonly Body[];
			readonly messages: readonly { readonly content: readonly Body[] }[];
		};
	};
	const toMarks = ({ system, messages }: ReturnType<typeof build>) =>
		[system, ...messages.map(({ content }) => content)].map((blocks) => blocks.at(-1)?.cache_control ?? null);

	it("stand at the end of the instructions and of the last two messages of the person", () => {
		const kept = { type: "ephemeral" };
		expect(toMarks(build({ promptCache: "5m" }))).toEqual([kept, null, null, null, null, kept, null, kept]);
	});

	it("ask for an hour where that is wanted, and are absent where none are", () => {
		const marks = toMarks(build({ promptCache: "1h" })).filter((mark) => mark !== null);
		expect(marks).toEqual(Array(3).fill({ type: "ephemeral", ttl: "1h" }));
		expect(JSON.stringify(build({ promptCache: "off" }))).not.toContain("cache_control");
	});

	it.each<[wish: CacheWish | undefined, ttl: string | null]>([
		[undefined, "5m"],
		["default", "5m"],
		["1h", "1h"],
		["none", null],
	])("follow the wish of the call unless the settings say otherwise: %s", (wish, ttl) => {
		const mark = ttl && { type: "ephemeral", ...(ttl === "1h" && { ttl }) };
		expect(toMarks(build({ promptCache: "auto" }, said, wish)).at(-1)).toEqual(mark);
		expect(toMarks(build({ promptCache: "1h" }, said, wish)).at(-1)).toMatchObject({ ttl: "1h" });
		expect(toMarks(build({ promptCache: "off" }, said, wish)).at(-1)).toBeNull();
	});

	it("are absent where the prompt is too short to be kept", () => {
		const short = [toTextMessage("system", "Be brief."), toTextMessage("user", "One?")];
		expect(JSON.stringify(build({ promptCache: "5m" }, short))).not.toContain("cache_control");
	});

	it("are sent unless the settings say otherwise", async () => {
		expect(JSON.stringify((await send("anthropic", said)).system)).toContain('"cache_control"');
	});
});

describe("the name of what requests share", () => {
	const said = [toTextMessage("user", "One?")];

	it("is sent to OpenAI alone", async () => {
		const named: [Kind, Body][] = [];
		for (const kind of kinds) {
			const body = await send(kind, said);
			if (JSON.stringify(body).includes(cacheKey)) named.push([kind, body]);
		}
		expect(named).toEqual([["openai", expect.objectContaining({ prompt_cache_key: cacheKey })]]);
	});
});

describe("a server that refuses what is said of its cache", () => {
	const long = [toTextMessage("user", "The tide comes in twice a day. ".repeat(600))];

	it.each<[kind: Kind, field: string]>([
		["openai", "prompt_cache_key"],
		["anthropic", "cache_control"],
	])("of the kind %s is asked again without %s, and then at once", async (kind, field) => {
		stub.answer = (response) => {
			if (!JSON.stringify(stub.requests.at(-1)?.body).includes(field))
				return started(response).end(wires[kind].begin + wires[kind].end);
			const error = { message: `${field}: Extra inputs are not permitted`, type: "invalid_request_error" };
			response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
		};
		for (const requests of [2, 3]) {
			expect(await readAnswer(stub.open({ id: kind, messages: long, cacheKey }))).toMatchObject({
				text: "Hi",
			});
			expect(stub.requests).toHaveLength(requests);
		}
	});
});

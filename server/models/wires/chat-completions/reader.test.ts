import { afterAll, describe, expect, it } from "vitest";
import { event, readAnswer, sse, startStubProvider } from "../../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

const read = async (body: string, type = "text/event-stream") => {
	stub.answer = (response) => response.writeHead(200, { "content-type": type }).end(body);
	return readAnswer(stub.open());
};

/** A chunk whose only choice has these fields. */
const choice = (fields: object | null, more: object = {}) =>
	event({ id: "c-1", object: "chat.completion.chunk", choices: [fields], ...more });
const delta = (fields: unknown, more: object = {}) => choice({ index: 0, delta: fields, ...more });
const counts = { prompt_tokens: 40, completion_tokens: 6, total_tokens: 46 };
const counted = { inputTokens: 40, outputTokens: 6, source: "provider_final" };
const end = choice({ index: 0, delta: {}, finish_reason: "stop" }) + event({ choices: [], usage: counts });
const done = "data: [DONE]\n\n";
const whole = {
	id: "c-1",
	object: "chat.completion",
	choices: [{ index: 0, message: { role: "assistant", content: "It rains." }, finish_reason: "stop" }],
	usage: counts,
};
const good = { text: "It rains.", reasoning: "", finish: { finishReason: "stop", usage: counted } };

describe("events that are no part of an answer are skipped", () => {
	it.each([
		["empty data", "data:\n\n", "data: \n\n"],
		["an empty object", event({}), event({})],
		["a heartbeat in words", "data: keep-alive\n\n", "data: ping\n\n"],
		["a heartbeat of its own type", event({ type: "ping" }), event({ type: "keepalive", n: 1 })],
		["null and numbers", event(null), event(7)],
		["comments and other fields", ": hi\n\n", "retry: 5\nid: 9\n\n"],
		["an event of another kind", event({ object: "status", progress: 0.4 }), "event: progress\ndata: {}\n\n"],
		["choices that are null", event({ id: "", choices: null }), event({ choices: null, usage: null })],
		["a choice that is null", choice(null), choice(null)],
		["a filter's marks without a delta", choice({ content_filter_offsets: { start: 1 } }), choice({})],
		["no error", event({ error: null, choices: [] }), event({ error: {}, choices: [] })],
		["a code that is none", event({ code: 200, message: "ok" }), event({ code: 0, message: "" })],
	])("%s", async (_, before, after) => {
		const body =
			before + delta({ content: "It " }) + after + delta({ content: "rains." }) + end + after + done;
		expect(await read(body)).toMatchObject({ ...good, error: null });
	});
});

describe("whatever its label, a body is read for what it is", () => {
	const events = delta({ content: "It " }) + delta({ content: "rains." }) + end + done;
	it.each([
		["events that are labelled as JSON", events, "application/json"],
		["events that are labelled as text", events, "text/plain; charset=utf-8"],
		["events without spaces", events.replaceAll("data: ", "data:"), "text/event-stream"],
		["events with one line feed between them", events.replaceAll("\n\n", "\n"), "text/event-stream"],
		["events whose last one has no end", (events + done).trimEnd(), "text/event-stream"],
		["an end mark with a space", events.replace("[DONE]", "[DONE] "), "text/event-stream"],
		["an end mark without brackets", events.replace("[DONE]", "DONE"), "text/event-stream"],
		["a whole completion", JSON.stringify(whole), "application/json"],
		["a whole completion over many lines", JSON.stringify(whole, null, 2), "application/json"],
		["a whole completion as an event", event(whole) + done, "text/event-stream"],
		["a whole completion labelled as events", `${JSON.stringify(whole)}\n\n${done}`, "text/event-stream"],
		["one JSON chunk a line", events.replaceAll(/data: |\[DONE\]/g, ""), "application/x-ndjson"],
		[
			"a list of chunks",
			`[${events.replace(done, "").replaceAll("data: ", "").trim().replaceAll("\n\n", ",\n")}]`,
			"application/json",
		],
	])("%s", async (_, body, type) => {
		expect(await read(body, type)).toMatchObject({ ...good, error: null });
	});
});

describe("content is read in every shape", () => {
	const text = (value: string) => ({ type: "text", text: value });
	it.each<[what: string, fields: unknown[], text: string, reasoning: string]>([
		["a list of texts", [{ content: [text("It "), text("rains.")] }], "It rains.", ""],
		["one part", [{ content: text("It rains.") }], "It rains.", ""],
		["strings in a list", [{ content: ["It ", "rains."] }], "It rains.", ""],
		["a text with a value", [{ content: [{ type: "text", text: { value: "It rains." } }] }], "It rains.", ""],
		[
			"thoughts among the parts",
			[{ content: [{ type: "thinking", thinking: [text("Look.")] }] }, { content: [text("It rains.")] }],
			"It rains.",
			"Look.",
		],
		[
			"parts without text",
			[{ content: [{ type: "reference", reference_ids: [3] }, text("It rains.")] }],
			"It rains.",
			"",
		],
		[
			"a refusal",
			[{ content: null, refusal: "" }, { refusal: "I may " }, { refusal: "not say." }],
			"I may not say.",
			"",
		],
		["a refusal among the parts", [{ content: [{ type: "refusal", refusal: "No." }] }], "No.", ""],
		["a delta that is text", ["It ", "rains."], "It rains.", ""],
		["a delta that is null", [null, { content: "It rains." }, null], "It rains.", ""],
		["reasoning_content", [{ reasoning_content: "Look." }, { content: "It rains." }], "It rains.", "Look."],
		["reasoning", [{ reasoning: "Look.", content: null }, { content: "It rains." }], "It rains.", "Look."],
		["thinking", [{ thinking: "Look." }, { content: "It rains." }], "It rains.", "Look."],
		[
			"an empty one beside a filled one",
			[{ reasoning_content: "", reasoning: "Look." }, { content: "Rain." }],
			"Rain.",
			"Look.",
		],
		[
			"the same thought in two fields",
			[
				{ reasoning: "Look.", reasoning_details: [{ type: "reasoning.text", text: "Look." }] },
				{ content: "Rain." },
			],
			"Rain.",
			"Look.",
		],
		[
			"details alone",
			[
				{
					reasoning_details: [
						{ type: "reasoning.summary", summary: "Look." },
						{ type: "reasoning.encrypted", data: "x" },
					],
				},
			],
			"",
			"Look.",
		],
		[
			"a thought and a text in one delta",
			[{ reasoning_content: "Look.", content: "Rain." }],
			"Rain.",
			"Look.",
		],
		[
			"signs of thinking",
			[{ content: "<thi" }, { content: "nk>Look.</think>" }, { content: "\n\nRain." }],
			"Rain.",
			"Look.",
		],
		[
			"the whole text every time",
			[{ content: "It rains" }, { content: "It rains here." }],
			"It rains here.",
			"",
		],
	])("%s", async (_, deltas, said, reasoning) => {
		const answer = await read(deltas.map((fields) => delta(fields)).join("") + end + done);
		expect(answer).toMatchObject({ text: said, reasoning, error: null, finish: { finishReason: "stop" } });
	});

	it.each([
		["messages in place of deltas", [{ message: { content: "It " } }, { message: { content: "rains." } }]],
		["messages that grow", [{ message: { content: "It ra" } }, { message: { content: "It rains." } }]],
		[
			"messages that grow beside deltas",
			[
				{ delta: { content: "It " }, message: { content: "It " } },
				{ delta: { content: "rains." }, message: { content: "It rains." } },
			],
		],
		[
			"a last message that repeats",
			[{ delta: { content: "It rains." } }, { delta: {}, message: { content: "It rains." } }],
		],
		[
			"a message beside a delta without content",
			[{ delta: { role: "assistant" }, message: { content: "It rains." } }],
		],
		["texts of a completion", [{ text: "It " }, { text: "rains." }]],
	])("%s", async (_, choices) => {
		expect(await read(choices.map((one) => choice(one)).join("") + end + done)).toMatchObject(good);
	});

	it("cleans what the provider says of itself", async () => {
		const { seen, finish } = await read(
			event({ id: "a\u0000b\ud800", model: "m\u0000", choices: [{ delta: { content: "x\u0000" } }] }) + end,
		);
		expect(seen[1]).toEqual({ type: "response-start", providerRequestId: "ab" });
		expect(finish).toMatchObject({ reportedModelId: "m" });
	});
});

it("an answer without a word is one finish, with its usage", async () => {
	stub.answer = sse(end, done);
	expect(await readAnswer(stub.open())).toMatchObject({
		text: "",
		finish: { finishReason: "stop", usage: counted },
	});
});

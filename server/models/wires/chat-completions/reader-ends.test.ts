import { afterAll, describe, expect, it } from "vitest";
import { event, readAnswer, started, startStubProvider } from "../../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

const read = async (body: string) => {
	stub.answer = (response) => started(response).end(body);
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
const good = { text: "It rains.", reasoning: "", finish: { finishReason: "stop", usage: counted } };

describe("an error in a stream", () => {
	const begun = delta({ content: "It " });
	it.each([
		["in a field", event({ error: { message: "Too busy", code: 503 } })],
		["as a word", event({ error: "too busy" })],
		["in a list", event({ errors: [{ message: "Too busy" }] })],
		["as an object of its own", event({ object: "error", message: "Too busy", code: 500 })],
		["by its type", event({ type: "error", message: "Too busy" })],
		["by its event", 'event: error\ndata: {"message":"Too busy"}\n\n'],
		["as a code and a message", event({ code: "Throttling.Busy", message: "Too busy", request_id: "1" })],
		["as a number and a message", event({ error_code: 18, error_msg: "Too busy" })],
		["as a detail", event({ detail: "Too busy" })],
		[
			"beside a choice",
			delta({}, { finish_reason: "error" }).replace('"choices"', '"error":{"message":"Too busy"},"choices"'),
		],
		["as a line without data:", '{"error":{"message":"Too busy"}}\n'],
		["in a list of errors", event([{ error: { message: "Too busy" } }])],
	])("is one %s", async (_, error) => {
		const { failure, text } = await read(begun + error + end + done);
		expect(failure).toMatchObject({ kind: "stream", body: expect.stringMatching(/too busy/i) });
		expect(text).toBe("It ");
	});

	it("is none after a finish reason", async () => {
		for (const error of [
			event({ error: "late" }),
			'data: {"bro\n\n',
			"data: <html>\n\n",
			event({ detail: "x" }),
		]) {
			const body = delta({ content: "It rains." }) + end + error + done;
			expect(await read(body)).toMatchObject({ ...good, error: null });
		}
	});
});

describe("a finish reason", () => {
	it("settles the answer also where every event has one, and nothing is lost", async () => {
		const stop = { finish_reason: "stop" };
		const body = delta({ content: "It " }, stop) + delta({ content: "rains." }, stop) + end + done;
		expect(await read(body)).toMatchObject(good);
	});

	it.each([
		["in the event of the last text", delta({ content: "It rains." }, { finish_reason: "stop" })],
		["under another name", delta({ content: "It rains." }, { finishReason: "STOP" })],
		["that is empty before", delta({ content: "It rains." }, { finish_reason: "" }) + end],
		["that is a word for nothing before", delta({ content: "It rains." }, { finish_reason: "null" }) + end],
	])("counts %s", async (_, events) => {
		expect(await read(events + event({ choices: [], usage: counts }))).toMatchObject(good);
	});

	it("of a filter ends the answer there", async () => {
		const verdict = delta({ content: "It " }) + delta({}, { finish_reason: "sensitive" });
		expect(await read(verdict + delta({ content: "rains." }) + end + done)).toMatchObject({
			text: "It ",
			finish: { finishReason: "content-filter" },
		});
		const late = delta({ content: "It " }) + end + delta({}, { finish_reason: "content_filter" });
		expect((await read(late + done)).finish).toMatchObject({ finishReason: "content-filter" });
	});
});

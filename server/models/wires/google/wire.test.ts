import { afterAll, describe, expect, it } from "vitest";
import { toTextMessage } from "../../../contract/model-message.ts";
import { event, readAnswer, startStubProvider } from "../../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

const read = async (body: string, type = "text/event-stream") => {
	stub.answer = (response) => response.writeHead(200, { "content-type": type }).end(body);
	return readAnswer(stub.open({ id: "google" }));
};

const part = (...parts: object[]) => ({
	responseId: "g-9",
	candidates: [{ content: { role: "model", parts } }],
});
const finish = (finishReason: string) => ({ candidates: [{ content: {}, finishReason }], ...counts });
const counts = {
	usageMetadata: {
		promptTokenCount: 40,
		candidatesTokenCount: 2,
		thoughtsTokenCount: 4,
		totalTokenCount: 46,
	},
};
const good = {
	text: "It rains.",
	error: null,
	finish: { finishReason: "stop", usage: { inputTokens: 40, outputTokens: 6, reasoningTokens: 4 } },
};
const begun = [part({ text: "It " }), part({ text: "rains." })];
const toBody = (...responses: object[]) => responses.map(event).join("");

describe("Google's responses", () => {
	it.each([
		["nothing", {}],
		["a candidate without content", { candidates: [{ index: 0 }] }],
		["no candidates", { candidates: [] }],
		["candidates that are null", { candidates: null }],
		["parts that are null", { candidates: [{ content: { parts: null } }] }],
		["a part of an unknown kind", part({ hologram: { x: 1 } }, { executableCode: { code: "1" } })],
		["grounding", { candidates: [{ groundingMetadata: { webSearchQueries: ["x"] } }] }],
		["a feedback without a verdict", { promptFeedback: { safetyRatings: [] } }],
		["an unspecified reason", finish("FINISH_REASON_UNSPECIFIED")],
	])("are read around %s", async (_, odd) => {
		expect(await read(toBody(odd, ...begun, odd, finish("STOP"), odd))).toMatchObject(good);
	});

	it("may be a list of objects, or one a line", async () => {
		const responses = [...begun, finish("STOP")];
		expect(await read(JSON.stringify(responses, null, 1), "application/json")).toMatchObject(good);
		expect(await read(responses.map((one) => JSON.stringify(one)).join("\n"))).toMatchObject(good);
	});

	it("have thoughts apart from text", async () => {
		const body = toBody(part({ text: "Look.", thought: true }), ...begun, finish("STOP"));
		expect(await read(body)).toMatchObject({ ...good, reasoning: "Look." });
	});

	it.each([
		["STOP", "stop"],
		["MAX_TOKENS", "length"],
		["SAFETY", "content-filter"],
		["RECITATION", "content-filter"],
		["PROHIBITED_CONTENT", "content-filter"],
		["MALFORMED_FUNCTION_CALL", "error"],
		["OTHER", "stop"],
	])("end for %s as %s", async (reason, finishReason) => {
		expect((await read(toBody(...begun, finish(reason)))).finish).toMatchObject({ finishReason });
	});

	it("report a prompt that was refused as filtered, with its usage", async () => {
		const body = toBody({
			promptFeedback: { blockReason: "OTHER" },
			usageMetadata: { promptTokenCount: 40 },
		});
		expect((await read(body)).finish).toMatchObject({
			finishReason: "content-filter",
			usage: { inputTokens: 40, outputTokens: 0 },
		});
	});

	it.each([
		["in an event", event({ error: { code: 503, status: "UNAVAILABLE", message: "Overloaded" } }), false],
		["in a list", event([{ error: { code: 503, message: "Overloaded" } }]), false],
		["as a bare line", '{"error":{"code":503,"message":"Overloaded"}}\n', false],
		[
			"that is a filter's verdict",
			'{"error":{"code":400,"message":"Blocked","details":[{"reason":"prohibited_content"}]}}\n',
			true,
		],
	])("report an error %s", async (_, error, isContentFilter) => {
		expect((await read(toBody(...begun) + error)).failure).toMatchObject({ kind: "stream", isContentFilter });
	});
});

it("contents alternate and are never empty, and a model may be named with its kind", async () => {
	stub.requests = [];
	stub.answer = (response) => response.writeHead(200).end(toBody(...begun, finish("STOP")));
	const messages = [
		toTextMessage("system", "Be brief."),
		toTextMessage("user", "One"),
		toTextMessage("assistant", ""),
		toTextMessage("user", "Two"),
	] as const;
	await readAnswer(stub.open({ id: "google", messages }));
	expect(stub.requests[0]?.url).toBe(
		"/v1/any/model%3Ax%401%2C%20%C3%BC%3Dgoogle:streamGenerateContent?alt=sse",
	);
	expect(stub.requests[0]?.body).toMatchObject({
		systemInstruction: { parts: [{ text: "Be brief." }] },
		contents: [{ role: "user", parts: [{ text: "One" }, { text: "Two" }] }],
	});
});

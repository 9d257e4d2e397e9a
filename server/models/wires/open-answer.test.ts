import { afterAll, describe, expect, it } from "vitest";
import {
	chat,
	pause,
	readAnswer,
	sent,
	started,
	startStubProvider,
	wires,
} from "../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

const kinds = ["openai-compatible", "openai", "anthropic", "google"] as const;

/** The answer without what its wire says after the finish reason. */
const settled = (kind: (typeof kinds)[number]): string =>
	(wires[kind].begin + wires[kind].end)
		.replace(chat.done, "")
		.replace(/data: {"type":"message_stop"}\n\n/, "");

describe("an answer that has said its finish reason and its usage", () => {
	it.each(kinds)("is whole when the connection of %s is reset then", async (id) => {
		stub.answer = async (response) => {
			await sent(started(response), settled(id));
			await pause(30);
			response.socket?.resetAndDestroy();
		};
		const { error, text, finish } = await readAnswer(stub.open({ id }));
		expect({ error, text }).toEqual({ error: null, text: "Hi" });
		expect(finish).toMatchObject({ finishReason: "stop", usage: { outputTokens: 2 } });
	});

	it.each(kinds)("ends soon when the connection of %s stays open, silent or not", async (id) => {
		for (const noise of [null, ": ping\n\n", "data: {}\n\n"]) {
			const closed = Promise.withResolvers<void>();
			stub.answer = async (response) => {
				response.on("close", () => closed.resolve());
				await sent(started(response), settled(id));
				while (!response.destroyed && noise !== null) {
					await sent(response, noise);
					await pause(50);
				}
			};
			const startedAtMs = performance.now();
			expect((await readAnswer(stub.open({ id }))).finish).toMatchObject({ finishReason: "stop" });
			expect(performance.now() - startedAtMs).toBeLessThan(3_000);
			await closed.promise;
		}
	});

	it("waits for usage that comes a little later", async () => {
		stub.answer = async (response) => {
			await sent(started(response), chat.delta("Hi") + chat.finish());
			await pause(1_500);
			response.end(chat.usage(chat.counts));
		};
		expect((await readAnswer(stub.open())).finish).toMatchObject({ usage: { outputTokens: 2 } });
	});

	it("keeps its usage when worthless usage follows", async () => {
		for (const late of [{ prompt_tokens: 0, completion_tokens: 0 }, {}, null, { prompt_tokens: "x" }]) {
			stub.answer = (response) =>
				started(response).end(chat.delta("Hi") + chat.finish() + chat.usage(chat.counts) + chat.usage(late));
			expect((await readAnswer(stub.open())).finish).toMatchObject({
				usage: { inputTokens: 11, outputTokens: 2 },
			});
		}
	});
});

describe("an answer that has not", () => {
	it.each(kinds)("has failed when the connection of %s is reset", async (id) => {
		stub.answer = async (response) => {
			await sent(started(response), wires[id].begin);
			await pause(30);
			response.socket?.resetAndDestroy();
		};
		const { failure, text } = await readAnswer(stub.open({ id }));
		expect(failure).toMatchObject({ kind: "stream", message: "The answer broke off." });
		expect(text).toBe("Hi");
	});

	it.each(kinds)("ends as unknown when the body of %s does", async (id) => {
		stub.answer = (response) => started(response).end(wires[id].begin);
		expect((await readAnswer(stub.open({ id }))).finish).toMatchObject({
			finishReason: "unknown",
			usage: null,
		});
	});
});

it("a deployment that sends the end of a thought alone is known from its first answer on", async () => {
	const thinking = (response: Parameters<typeof started>[0]) =>
		started(response).end(
			chat.delta("Look.\n</think>") + chat.delta("\n\nRain.") + chat.finish() + chat.done,
		);
	stub.answer = thinking;
	expect(await readAnswer(stub.open())).toMatchObject({ text: "Look.\n\n\nRain.", reasoning: "" });
	expect(await readAnswer(stub.open())).toMatchObject({ text: "Rain.", reasoning: "Look." });
	stub.answer = (response) => started(response).end(chat.delta("Rain.") + chat.finish() + chat.done);
	expect(await readAnswer(stub.open())).toMatchObject({ text: "Rain." });
	expect(await readAnswer(stub.open())).toMatchObject({ text: "Rain.", reasoning: "" });
});

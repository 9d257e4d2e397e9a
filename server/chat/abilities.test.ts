import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

const model = { tier: "small", contextWindow: 16_000, maxOutputTokens: 100, fallbacks: [] };

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	const sim = { provider: "sim", providerModelId: "sim-small" };
	const config = {
		providers: [],
		models: [
			...["reader", "reader-2", "reader-3", "reader-4"].map((id) => ({
				...model,
				...sim,
				id,
				abilities: [],
			})),
			{ ...model, ...sim, id: "seer", abilities: ["images"] },
		],
	};
	parley = await startTestParley({ config, models: {} });
	person = await parley.signIn();
});
afterAll(() => parley?.close());

/** One black pixel. */
const base64 =
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const parts = [
	{ type: "text", text: "What is this?" },
	{ type: "image", mediaType: "image/png", source: { type: "inline", base64 } },
] as const;

const send = (modelId: string, more: object = {}) =>
	person.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		parts: [...parts],
		model: modelId,
		...more,
	});

async function finish(ids: Awaited<ReturnType<typeof send>>) {
	const events = (await person.follow({ turnId: ids.turnId })).map(({ event }) => event);
	const called = events.flatMap((event) => (event.type === "attempt-start" ? [event.modelId] : []));
	return { end: events.at(-1), called };
}

describe("a message with an image", () => {
	it("is refused before anything is stored when the chosen model cannot read it", async () => {
		const before = parley.upstream.requests().length;
		await expect(send("reader")).rejects.toMatchObject({
			data: { parley: { code: "unsupported_content", details: { abilities: ["images"] } } },
		});
		expect(parley.upstream.requests()).toHaveLength(before);
	});

	it("is answered by a model that can read it, also when the model is chosen for the person", async () => {
		for (const modelId of ["seer", "auto"]) {
			const { end, called } = await finish(await send(modelId));
			expect(end).toMatchObject({ status: "complete", receipt: { modelId: "seer" } });
			expect(called).toEqual(["seer"]);
		}
	});

	it("is refused for a later message to a model that cannot read the conversation, and auto takes one that can", async () => {
		const { threadId, assistantMessageId, turnId } = await send("seer");
		await person.follow({ turnId });
		const goOn = (modelId: string) =>
			person.client.chat.send.mutate({
				clientMessageId: crypto.randomUUID(),
				text: "And now?",
				model: modelId,
				threadId,
				parentMessageId: assistantMessageId,
			});
		await expect(goOn("reader")).rejects.toMatchObject({
			data: { parley: { code: "unsupported_content", details: { abilities: ["images"] } } },
		});
		const { end, called } = await finish(await goOn("auto"));
		expect(end).toMatchObject({ status: "complete" });
		expect(called).toEqual(["seer"]);
	});
});

import { afterAll, expect, it } from "vitest";
import { createLocalEmbedder } from "../embeddings/index.ts";
import { startTestParley } from "../testing/parley.ts";

const parley = await startTestParley({ env: { PARLEY_EMBEDDINGS: "on" } });
afterAll(() => parley.close());

it.runIf(createLocalEmbedder())(
	"a long thread gets vectors after an answer, and nothing is booked for them",
	async () => {
		const person = await parley.signIn();
		const book = "The boats come in one by one, and the keeper writes down the name of each of them. ".repeat(
			300,
		);
		const { threadId, turnId } = await person.client.chat.send.mutate({ text: book, model: "small" });
		await person.follow({ turnId });
		const countVectors = async () =>
			(
				await parley.db.sql`
			select 1 from message_vectors join messages on messages.id = message_id
			where thread_id = ${threadId} and vector is not null`
			).length;
		await expect.poll(countVectors, { timeout: 80_000, interval: 250 }).toBeGreaterThan(0);
		expect(await parley.db.sql`select 1 from model_calls where turn_id is null`).toHaveLength(0);
	},
	90_000,
);

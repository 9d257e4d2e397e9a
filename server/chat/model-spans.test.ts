import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley({
		models: {
			cut: "sim:fault=reset@10",
			good: "sim-small",
			narrow: "sim-narrow",
			late: "sim:fault=429,retry=90",
		},
		fallbacks: { cut: [], good: [], narrow: [], late: [] },
		limits: { narrow: { concurrency: 1 } },
	});
	person = await parley.signIn();
});
afterAll(() => parley?.close());

const send = (model: string, simulated: string) =>
	person.client.chat.send.mutate({
		...{ clientMessageId: crypto.randomUUID(), text: `[[sim text=words,${simulated}]] Hello`, model },
	});
const readAnswer = async (ids: Awaited<ReturnType<typeof send>>) =>
	(await person.client.threads.get.query(ids)).messages[1];

it("an answer that another model goes on with in a later turn keeps who wrote which part", async () => {
	const ids = await send("cut", "tokens=40");
	await person.follow(ids);
	const part = (await readAnswer(ids))?.text ?? "";
	const { assistantMessageId } = ids;
	const clientMessageId = crypto.randomUUID();
	const more = await person.client.chat.continue.mutate({
		clientMessageId,
		assistantMessageId,
		model: "good",
	});
	const end = (await person.follow(more)).at(-1)?.event;
	const later = { modelId: "good", fromCharacter: part.length };
	expect(end).toMatchObject({ status: "complete", receipt: { modelSpans: [later] } });
	expect((await readAnswer(ids))?.modelSpans).toEqual([{ modelId: "cut", fromCharacter: 0 }, later]);
});

it("whoever comes back while the turn waits in line reads its place", async () => {
	const first = await send("narrow", "tokens=300,itl=10");
	const second = await send("narrow", "tokens=5");
	await expect
		.poll(async () => (await person.client.threads.get.query(second)).liveTurn?.queuePosition)
		.toBe(1);
	await person.client.chat.stop.mutate({ turnId: first.turnId });
	await person.follow(second);
	expect((await person.client.threads.get.query(second)).liveTurn).toBeNull();
});

it("a provider's wish to wait is kept as an instant", async () => {
	const ids = await send("late", "tokens=5");
	await person.follow(ids);
	const failure = (await readAnswer(ids))?.turn?.receipt?.failure;
	expect(failure?.class).toBe("throttled");
	const leftMs = Date.parse(failure?.retryAt ?? "") - Date.now();
	expect(leftMs).toBeGreaterThan(60_000);
	expect(leftMs).toBeLessThanOrEqual(90_000);
});

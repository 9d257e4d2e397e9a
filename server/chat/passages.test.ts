import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	const dead = "sim:fault=500";
	parley = await startTestParley({
		models: {
			good: "sim-small",
			lone: `${dead},tokens=1`,
			dead: `${dead},tokens=2`,
			narrow: "sim-narrow",
			torn: "sim:fault=reset@1",
		},
		fallbacks: { lone: [], dead: ["good"], narrow: [], good: [], torn: [] },
		limits: { narrow: { concurrency: 1 } },
	});
	person = await parley.signIn();
});
afterAll(() => parley?.close());
beforeEach(() => parley.upstream.reset());

const send = (model: string, simulated: string) =>
	person.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		text: `[[sim text=words,${simulated}]] Hello`,
		model,
	});

async function ask(model: string) {
	const seen = (await person.follow(await send(model, "tokens=10"))).map(({ event }) => event);
	const end = seen.at(-1);
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	return end;
}

describe("a model that does not answer", () => {
	it("is soon not called any more, and everybody has words at once", async () => {
		for (let turn = 0; turn < 3; turn++) await ask("lone");
		const calls = parley.upstream.requests().length;
		expect(calls).toBeGreaterThanOrEqual(5);
		const startedAt = performance.now();
		const end = await ask("lone");
		expect(performance.now() - startedAt).toBeLessThan(1_000);
		expect(end).toMatchObject({
			status: "failed",
			code: "provider_unavailable",
			receipt: { attempts: 0, modelId: null, costNanoUsd: "0" },
		});
		expect(parley.upstream.requests()).toHaveLength(calls);
	});

	it("is passed over for the one that may answer in its place", async () => {
		for (let turn = 0; turn < 5; turn++) await ask("dead");
		parley.upstream.reset();
		const end = await ask("dead");
		expect(end).toMatchObject({ status: "complete", receipt: { modelId: "good", attempts: 1 } });
		expect(parley.upstream.requests()).toHaveLength(1);
	});
});

describe("a model whose answers always break off", () => {
	it("is not called any more after five of them", async () => {
		for (let turn = 0; turn < 5; turn++)
			expect(await ask("torn")).toMatchObject({ status: "interrupted", receipt: { attempts: 1 } });
		const end = await ask("torn");
		expect(end).toMatchObject({
			status: "failed",
			receipt: { attempts: 0, failure: { class: "breaker_open" } },
		});
	});
});

describe("a model that may only do one thing at a time", () => {
	it("is called in the order of asking, and who waits knows the place", async () => {
		const first = await send("narrow", "tokens=60,itl=10");
		const second = await send("narrow", "tokens=5");
		const third = await send("narrow", "tokens=5");
		const [logs, inOrder] = await Promise.all([
			Promise.all([second, third].map((ids) => person.follow(ids))),
			person.follow(first),
		]);
		expect(inOrder.at(-1)?.event).toMatchObject({ type: "turn-end", status: "complete" });
		const places = logs.map((log) =>
			log.flatMap(({ event }) => (event.type === "queue-move" ? [event.position] : [])),
		);
		expect(places[0]).toEqual([1]);
		expect(places[1]?.[0]).toBe(2);
		for (const log of logs) expect(log.at(-1)?.event).toMatchObject({ type: "turn-end", status: "complete" });
		expect(parley.upstream.requests()).toHaveLength(3);
	});

	it("is never called for a turn that was stopped in line", async () => {
		const first = await send("narrow", "tokens=60,itl=10");
		const second = await send("narrow", "tokens=5");
		await person.client.chat.stop.mutate({ turnId: second.turnId });
		expect((await person.follow(second)).at(-1)?.event).toMatchObject({
			type: "turn-end",
			status: "stopped",
		});
		await person.follow(first);
		expect(parley.upstream.requests()).toHaveLength(1);
	});
});

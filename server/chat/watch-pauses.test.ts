import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SpendingScope } from "../quota/index.ts";
import { startTestParley } from "../testing/parley.ts";
import { watchPauses } from "./watch-pauses.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	const models = {
		good: "sim-small",
		other: "sim-other",
		narrow: "sim-narrow",
		dead: "sim:fault=500",
		cut: "sim:fault=reset@10",
		patient: "sim:fault=429-absurd",
	};
	const fallbacks = { dead: ["other", "good"], cut: ["other"], patient: ["other"], narrow: [], good: [] };
	parley = await startTestParley({ models, fallbacks, limits: { narrow: { concurrency: 1 } } });
	admin = await parley.signIn({ role: "admin" });
	person = await parley.signIn();
});
afterAll(() => parley?.close());
beforeEach(async () => {
	await parley.db.sql`delete from spending_pauses`;
	parley.upstream.reset();
});

const pause = (scope: SpendingScope) => admin.client.admin.spending.pause.mutate({ scope });
const resume = (scope: SpendingScope) => admin.client.admin.spending.resume.mutate({ scope });
const send = (model: string, simulated = "tokens=20") =>
	person.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		text: `[[sim text=words,${simulated}]] Hello`,
		model,
	});
/** How a turn ended, and the models that were called for it. */
async function follow(sent: { turnId: string }) {
	const events = (await person.follow(sent)).map(({ event }) => event);
	const called = events.flatMap((event) => (event.type === "attempt-start" ? [event.modelId] : []));
	const end = events.at(-1);
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	return { end, called };
}
const refused = {
	status: "failed",
	code: "budget_exceeded",
	receipt: { failure: { class: "spending_paused", retryAt: null } },
};

describe("a model whose spending is paused", () => {
	it("is passed over for the next one that may answer", async () => {
		await pause({ kind: "model", id: "other" });
		const { end, called } = await follow(await send("dead"));
		expect(end).toMatchObject({ status: "complete", receipt: { modelId: "good" } });
		expect(called).not.toContain("other");
		expect(parley.upstream.requests()).toHaveLength(called.length);
	});

	it("is not called when no other model is left: the turn ends with the words of a refusal", async () => {
		await pause({ kind: "model", id: "other" });
		const { end, called } = await follow(await send("patient"));
		expect(end).toMatchObject(refused);
		expect(called).toEqual(["patient"]);
		expect(end.receipt.costNanoUsd).toBe("0");
	});

	it("does not go on with an answer that broke off: what there is of it is kept", async () => {
		await pause({ kind: "model", id: "other" });
		const { end, called } = await follow(await send("cut"));
		expect(end).toMatchObject({ status: "interrupted", code: "stream_interrupted" });
		expect(called).toEqual(["cut"]);
	});
});

describe("a pause while turns wait in line", () => {
	it.each([
		["all", () => ({ kind: "all" }) as const],
		["the plan", () => ({ kind: "plan", id: "roomy" }) as const],
		["the person", () => ({ kind: "user", id: person.userId }) as const],
		["the model", () => ({ kind: "model", id: "narrow" }) as const],
	])("of %s lets the answer that is being written end, and calls no model after it", async (_, scope) => {
		const first = await send("narrow", "tokens=80,itl=20");
		const second = await send("narrow");
		await pause(scope());
		expect((await follow(first)).end.status).toBe("complete");
		expect(await follow(second)).toMatchObject({ end: refused, called: [] });
		expect(parley.upstream.requests()).toHaveLength(1);
	});

	it("that is ended in time, or is another person's, changes nothing", async () => {
		const first = await send("narrow", "tokens=80,itl=20");
		const second = await send("narrow");
		await pause({ kind: "all" });
		await resume({ kind: "all" });
		await pause({ kind: "model", id: "good" });
		await pause({ kind: "user", id: admin.userId });
		expect((await follow(first)).end.status).toBe("complete");
		expect((await follow(second)).end.status).toBe("complete");
	});

	it("fails no item of a batch: it goes on after the pause", async () => {
		// Both items are of one length, because either may be the first in line.
		const item = { text: "[[sim text=words,tokens=80,itl=20]] item", model: "narrow" };
		const { batch } = person.client;
		const { batchId } = await batch.create.mutate({ items: [item, item] });
		const get = () => batch.get.query({ batchId });
		await expect.poll(async () => (await get()).counts.running).toBe(2);
		await expect.poll(() => parley.upstream.requests().length).toBe(1);
		await sleep(100);
		await pause({ kind: "all" });
		await expect.poll(get, { timeout: 15_000 }).toMatchObject({
			status: "paused",
			counts: { complete: 1, waiting: 1 },
			pause: { code: "budget_exceeded", reason: "spending_paused" },
		});
		expect(parley.upstream.requests()).toHaveLength(1);
		await resume({ kind: "all" });
		await parley.db.sql`update batches set looks_at = now() where id = ${batchId}`;
		await expect.poll(get, { timeout: 15_000 }).toMatchObject({
			status: "complete",
			counts: { complete: 2 },
		});
	}, 40_000);
});

describe("whether spending is paused", () => {
	function watch(quotedModelId: string | null) {
		const asked: string[] = [];
		let nowMs = 0;
		const isPaused = watchPauses(
			{ modelId: quotedModelId },
			{ elapsed: () => nowMs },
			async (modelId) => asked.push(modelId) < 0,
		);
		return { asked, isPaused, pass: (ms: number) => (nowMs += ms) };
	}

	it("is not looked up again for the chosen model within a second of its reservation", async () => {
		const { asked, isPaused, pass } = watch("chosen");
		await isPaused("chosen");
		pass(999);
		await isPaused("chosen");
		expect(asked).toEqual([]);
		pass(2);
		await isPaused("chosen");
		await isPaused("chosen");
		expect(asked).toEqual(["chosen"]);
	});

	it("is looked up once a second for any other model, and for a turn that another process began", async () => {
		const { asked, isPaused, pass } = watch("chosen");
		for (const ms of [0, 500, 501]) {
			pass(ms);
			await isPaused("other");
		}
		expect(asked).toEqual(["other", "other"]);
		const taken = watch(null);
		await taken.isPaused("chosen");
		expect(taken.asked).toEqual(["chosen"]);
	});
});

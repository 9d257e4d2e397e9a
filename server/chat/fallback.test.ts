import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { foldEvents, startTestParley } from "../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	const dead = "sim:fault=500";
	const models = {
		good: "sim-small",
		dead,
		throttled: "sim:fault=429-absurd",
		twice: "sim:fault=500-twice",
		filter: "sim:fault=filter-request",
		cut: "sim:fault=reset@10",
		"cut-again": "sim:fault=reset@5",
		lone: dead,
		"late-filter": "sim:fault=filter-response@10",
	};
	const fallbacks = {
		dead: ["good"],
		throttled: ["good"],
		filter: ["good"],
		"late-filter": ["good"],
		cut: ["good"],
		"cut-again": ["cut", "good"],
	};
	parley = await startTestParley({ models, fallbacks });
	person = await parley.signIn();
});
afterAll(() => parley?.close());
beforeEach(() => parley.upstream.reset());

async function ask(model: string) {
	const clientMessageId = crypto.randomUUID();
	const text = "[[sim tokens=40,text=words]] Hello";
	const ids = await person.client.chat.send.mutate({ clientMessageId, text, model });
	const events = (await person.follow(ids)).map(({ event }) => event);
	const end = events.at(-1);
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	const { messages } = await person.client.threads.get.query(ids);
	const bill = await person.client.usage.turn.query({ turnId: ids.turnId });
	const asked = events.flatMap((event) => (event.type === "attempt-start" ? [event.modelId] : []));
	return {
		events,
		end,
		asked,
		bill,
		text: messages[1]?.text ?? "",
		modelSpans: messages[1]?.modelSpans,
		calls: parley.upstream.requests().length,
	};
}

describe("a model that fails before its first word", () => {
	it("is asked again once, then another answers in its place, and only that one is paid", async () => {
		const { end, asked, bill, text, calls } = await ask("dead");
		expect(end).toMatchObject({ status: "complete", receipt: { modelId: "good", attempts: asked.length } });
		expect(asked.at(-1)).toBe("good");
		expect(calls).toBeLessThanOrEqual(3);
		expect(calls).toBe(asked.length);
		expect(text).not.toBe("");
		expect(bill.attempts.map(({ chargedNanoUsd }) => chargedNanoUsd !== "0")).toEqual(
			asked.map((model) => model === "good"),
		);
	});

	it("is not waited for when it asks for more time than the person has", async () => {
		const { end, asked } = await ask("throttled");
		expect(end.status).toBe("complete");
		expect(asked).toEqual(["throttled", "good"]);
	});

	it("answers late when it recovers in time", async () => {
		const { end, asked } = await ask("twice");
		expect(end.status).toBe("complete");
		expect(asked).toEqual(["twice", "twice", "twice"]);
	});

	it("ends with words after three calls when no other model is there", async () => {
		const { end, calls, bill } = await ask("lone");
		expect(end).toMatchObject({
			status: "failed",
			code: "provider_unavailable",
			receipt: { attempts: calls },
		});
		expect(calls).toBeLessThanOrEqual(3);
		expect(bill.chargedNanoUsd).toBe("0");
	});
});

describe("a model that breaks off after its first word", () => {
	it("is followed by another that goes on in the same text, each paid at its own price", async () => {
		const { end, asked, events, text, bill, modelSpans } = await ask("cut");
		expect(end.status).toBe("complete");
		expect(asked).toEqual(["cut", "good"]);
		expect(text).toBe(foldEvents(events).text);
		const secondCallAt = events.findLastIndex(({ type }) => type === "attempt-start");
		const first = foldEvents(events.slice(0, secondCallAt)).text;
		expect(first).not.toBe("");
		expect(text.length).toBeGreaterThan(first.length);
		expect(text.startsWith(first)).toBe(true);
		expect(bill.attempts.map(({ modelId, outcome }) => [modelId, outcome])).toEqual([
			["cut", "interrupted"],
			["good", "complete"],
		]);
		expect(modelSpans).toEqual([
			{ modelId: "cut", fromCharacter: 0 },
			{ modelId: "good", fromCharacter: first.length },
		]);
		expect(end.receipt.modelSpans).toEqual(modelSpans);
		expect(foldEvents(events).modelSpans).toEqual(modelSpans);
		for (const { chargedNanoUsd } of bill.attempts) expect(BigInt(chargedNanoUsd)).toBeGreaterThan(0n);
	});

	it("is followed by another after a hiccup of storage, too", async () => {
		const { sql } = parley.db;
		await sql`alter function top_up_quota rename to top_up_quota_away`;
		const asking = ask("cut");
		await sleep(700);
		await sql`alter function top_up_quota_away rename to top_up_quota`;
		const { end, asked } = await asking;
		expect({ status: end.status, asked }).toEqual({ status: "complete", asked: ["cut", "good"] });
	});

	it("keeps the part and offers to go on when the next one breaks off, too", async () => {
		const { end, asked, text } = await ask("cut-again");
		expect(end).toMatchObject({ status: "interrupted", code: "stream_interrupted" });
		expect(asked).toEqual(["cut-again", "cut"]);
		expect(text).not.toBe("");
		expect(end.receipt.failure).toEqual({ class: "midstream", retryAt: null });
	});
});

describe("a filter's verdict", () => {
	it.each([
		["filter", "filtered_request"],
		["late-filter", "filtered_response"],
	])("is final, before a word and after: %s", async (model, status) => {
		const { end, calls } = await ask(model);
		expect(end).toMatchObject({ status, code: "content_filtered" });
		expect(calls).toBe(1);
	});
});

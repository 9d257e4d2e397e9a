import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toConversation } from "../context/index.ts";
import { toTextMessage } from "../contract/model-message.ts";
import type { TurnEvent } from "../contract/turn.ts";
import { systemClock } from "../kernel/clock.ts";
import { createCallPermits, createQueue, createRetryBudget } from "../resilience/index.ts";
import { defaultPrices, toInvoice } from "../simulator/requests/invoice.ts";
import { startTestParley } from "../testing/parley.ts";
import { TurnRecord } from "../turns/turn-record.ts";
import { runTurn } from "./run-turn.ts";
import { toTurnRooms } from "./turn-rooms.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley({ models: { small: "sim-small", large: "sim-large" } });
	person = await parley.signIn();
});
afterAll(() => parley?.close());

const fresh = () => crypto.randomUUID();
async function ask(faults: string, more: object = {}) {
	const text = `[[sim tokens=20,itl=1,text=words${faults}]] how much?`;
	const sent = await person.client.chat.send.mutate({ clientMessageId: fresh(), text, ...more });
	const seen = await person.follow({ turnId: sent.turnId });
	const end = seen.at(-1)?.event;
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	return { ...sent, end };
}

interface Books {
	invoice: bigint;
	cost: bigint;
	user: bigint;
	house: bigint;
}
/** What the provider asks, what the calls cost by our prices, and who bears it. */
async function readBooks(turnId: string): Promise<Books> {
	const [row] = await parley.db.sql<{ ids: string[]; cost: string; user: string; house: string }[]>`
		select array_agg(provider_request_id) as ids, sum(cost_nano_usd) as cost,
			(select coalesce(sum(amount_nano_usd), 0) from ledger where turn_id = ${turnId} and account = 'user') as user,
			(select coalesce(sum(amount_nano_usd), 0) from ledger where turn_id = ${turnId} and account = 'house') as house
		from model_calls where turn_id = ${turnId}`;
	const lines = toInvoice(parley.upstream.requests(), {
		...defaultPrices,
		"sim-small": { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
		"sim-large": { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" },
	});
	const own = lines.filter(({ requestId }) => row?.ids?.includes(requestId));
	return {
		invoice: own.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd), 0n),
		cost: BigInt(row?.cost ?? 0),
		user: BigInt(row?.user ?? 0),
		house: BigInt(row?.house ?? 0),
	};
}
async function readBuckets() {
	const rows = await parley.db.sql<{ used: string; reserved: string }[]>`
		select used_nano_usd as used, reserved_nano_usd as reserved from quota_buckets
		where key like ${`user:${person.userId}:%`}`;
	return rows.map(({ used, reserved }) => ({ used: BigInt(used), reserved: BigInt(reserved) }));
}

describe("the books of a turn", () => {
	it("agree with the provider's invoice to the nano-dollar, and with the receipt", async () => {
		const { turnId, end } = await ask("");
		const books = await readBooks(turnId);
		expect(books.invoice).toBeGreaterThan(0n);
		expect(books).toEqual({ invoice: books.invoice, cost: books.invoice, user: books.invoice, house: 0n });
		expect(end.receipt.costNanoUsd).toBe(books.invoice.toString());
	});

	it("price an answer that names another model at the model that was asked, as the provider bills it", async () => {
		const { turnId, end } = await ask(",fault=wrong-model");
		const books = await readBooks(turnId);
		expect(end).toMatchObject({ status: "complete", receipt: { modelId: "small" } });
		expect(books).toEqual({ invoice: books.invoice, cost: books.invoice, user: books.invoice, house: 0n });
	});

	it.each([
		["a refusal costs nobody anything", ",fault=500", { user: 0n, house: 0n }],
		["a filtered message costs nothing", ",fault=filter-request", { user: 0n, house: 0n }],
	])("%s", async (_, fault, expected) => {
		const { turnId } = await ask(fault);
		expect(await readBooks(turnId)).toMatchObject(expected);
	});

	it("charge a cut answer for its input and what was delivered, by an estimate that says so", async () => {
		const { turnId, end } = await ask(",fault=reset@10");
		const books = await readBooks(turnId);
		expect(end).toMatchObject({ status: "interrupted", receipt: { usage: { source: "estimate" } } });
		expect(books.user).toBeGreaterThan(0n);
		expect(books.user).toBe(books.cost);
	});

	it("are no smaller for a person who presses Stop at the last moment: what was delivered is paid", async () => {
		for (let delayMs = 0; delayMs <= 60; delayMs += 5) {
			const text = "[[sim tokens=20,itl=2,text=words]] how much?";
			const sent = await person.client.chat.send.mutate({ clientMessageId: fresh(), text });
			const following = person.follow({ turnId: sent.turnId });
			await sleep(delayMs);
			await person.client.chat.stop.mutate({ turnId: sent.turnId });
			const events = (await following).map(({ event }) => event);
			const books = await readBooks(sent.turnId);
			const hasWords = events.some(({ type }) => type === "text-delta");
			expect(books.user === 0n && hasWords, `words for nothing, stopped after ${delayMs} ms`).toBe(false);
			const end = events.at(-1);
			if (end?.type === "turn-end" && end.status === "complete") expect(books.user).toBe(books.invoice);
		}
	});

	it("are no smaller for a person who goes away or has the answer filtered after its first words", async () => {
		const sent = await person.client.chat.send.mutate({
			clientMessageId: fresh(),
			text: "[[sim tokens=20,itl=2,text=words]] how much?",
		});
		await new Promise<void>((resolve) => {
			const reader = person.client.chat.follow.subscribe(sent, {
				onData: () => {
					reader.unsubscribe();
					resolve();
				},
			});
		});
		await sleep(150);
		await person.follow({ turnId: sent.turnId });
		const left = await readBooks(sent.turnId);
		expect(left).toEqual({ invoice: left.invoice, cost: left.invoice, user: left.invoice, house: 0n });
		expect(left.user).toBeGreaterThan(0n);
		const { turnId, end } = await ask(",fault=filter-response@10");
		expect(end.status).toBe("filtered_response");
		expect((await readBooks(turnId)).user).toBeGreaterThan(0n);
	});

	it("cost nothing when the turn was stopped before its call was sent", async () => {
		parley.upstream.reset();
		const { services } = parley;
		const end = new AbortController();
		const turn = {
			turnId: fresh(),
			userId: fresh(),
			requestedModel: "small",
			modelId: "small",
			priority: "people",
			textBefore: "",
			ageMs: 0,
			conversation: toConversation([{ ...toTextMessage("user", "a question"), tokens: 7 }]),
			reservation: {
				maxOutputTokens: 9,
				reservedNanoUsd: 1_000_000n,
				reservedTokens: 1_000,
				open: { openModels: null, openTiers: null },
			},
		} as never;
		const record = new TurnRecord([]);
		const running = {
			emit: (event: TurnEvent) => record.push(event),
			markQueued: () => undefined,
			markRunning: async () => end.abort("stop"),
			settle: async () => undefined,
			hold: async () => true,
			signal: end.signal,
		};
		const rooms = toTurnRooms(turn, running, {
			models: services.models,
			clock: systemClock,
			findPrice: services.priceBook.find,
			findPolicy: () => null,
			readConversation: async () => toConversation([]),
			readVectors: async () => new Map(),
			isSpendingPaused: () => Promise.reject(new Error("The reservation has just checked this.")),
			logger: services.logger,
			retryBudget: createRetryBudget({ clock: systemClock, instances: 1 }),
			permits: createCallPermits({
				breakers: services.breakers,
				queue: createQueue({ clock: systemClock, instances: 1 }),
			}),
		});
		expect(await runTurn(turn, rooms)).toMatchObject({ status: "stopped" });
		expect(record.calls).toMatchObject([{ end: { usage: { inputTokens: 0, outputTokens: 0 } } }]);
		expect(parley.upstream.requests()).toEqual([]);
	});

	it.each(["usage-negative", "usage-null", "usage-missing"])("do not believe %s", async (fault) => {
		const { turnId, end } = await ask(`,fault=${fault}`);
		expect(end.receipt.usage?.source).toBe("estimate");
		expect((await readBooks(turnId)).user).toBeGreaterThan(0n);
	});

	it("take an explicit 0 at its word", async () => {
		const { turnId } = await ask(",fault=usage-zero");
		expect(await readBooks(turnId)).toMatchObject({ cost: 0n, user: 0n, house: 0n });
	});

	it("never charge more than was held: a usage beyond every bound is the house's", async () => {
		const { turnId } = await ask(",fault=usage-over");
		const books = await readBooks(turnId);
		const [turn] = await parley.db.sql<{ held: string }[]>`
			select reserved_nano_usd as held from turns where id = ${turnId}`;
		expect(books.user).toBeLessThanOrEqual(BigInt(turn?.held ?? 0));
		expect(books.user + books.house).toBe(books.cost);
	});

	it("hold nothing once everything ended: the buckets are the ledger", async () => {
		const [row] = await parley.db.sql<{ sum: string }[]>`
			select sum(amount_nano_usd) as sum from ledger where user_id = ${person.userId} and account = 'user'`;
		for (const bucket of await readBuckets())
			expect(bucket).toEqual({ used: BigInt(row?.sum ?? 0), reserved: 0n });
	});
});

describe("a spent plan", () => {
	it("refuses before anything is stored or sent, and a replay of an accepted message is not refused", async () => {
		await parley.db
			.sql`insert into plans (id, requests_per_minute, requests_per_day, concurrent_streams, allowed_tiers)
			values ('two', 100, 2, 10, '{small}')`;
		const guest = await parley.signIn({ plan: "two" });
		const first = { clientMessageId: fresh(), text: "[[sim tokens=2]] one" };
		const sent = await guest.client.chat.send.mutate(first);
		await guest.follow(sent);
		await guest.follow(
			await guest.client.chat.send.mutate({ clientMessageId: fresh(), text: "[[sim tokens=2]] two" }),
		);
		parley.upstream.reset();
		const refused = { clientMessageId: fresh(), text: "three" };
		await expect(guest.client.chat.send.mutate(refused)).rejects.toMatchObject({
			data: { httpStatus: 402, parley: { code: "quota_exceeded", details: { limit: "requests_per_day" } } },
		});
		expect(await guest.client.chat.send.mutate(first)).toEqual(sent);
		expect(parley.upstream.requests()).toEqual([]);
		const [count] = await parley.db.sql`
			select count(*)::int as n from turns where client_message_id = ${refused.clientMessageId}`;
		expect(count?.n).toBe(0);
	});
});

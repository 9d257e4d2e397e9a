import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toInvoice } from "../../simulator/requests/invoice.ts";
import { startTestParley } from "../../testing/parley.ts";
import { type InvoiceRow, importInvoice, parseInvoice, readStatement, recompute } from "../index.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
	await ask("tokens=20");
	await ask("tokens=40,fault=reset@7");
	await ask("tokens=30,fault=usage-null");
	// Stopped before the provider said anything: it has a name for the request, and we only have ours.
	const waiting = await send("ttft=30000");
	while (parley.upstream.stats().active === 0) await new Promise((resolve) => setTimeout(resolve, 20));
	await person.client.chat.stop.mutate({ turnId: waiting.turnId });
	await person.follow(waiting);
});
afterAll(() => parley?.close());

const send = (sim: string, from = person) =>
	from.client.chat.send.mutate({
		clientMessageId: crypto.randomUUID(),
		text: `[[sim text=words,${sim}]] hello`,
	});
const ask = async (sim: string) => person.follow(await send(sim));

const lines = () =>
	toInvoice(parley.upstream.requests(), { "*": { inputUsdPerMTok: "0.15", outputUsdPerMTok: "0.60" } });
const toRows = (given: readonly unknown[]): readonly InvoiceRow[] => {
	const { rows, mistakes } = parseInvoice(JSON.stringify(given));
	expect(mistakes).toEqual([]);
	return rows;
};
const usual = { isComplete: true, skipsUnknown: false, isPosted: false };
const run = (rows: readonly InvoiceRow[], more = {}) =>
	importInvoice(parley.db, { rows, ...usual, ...more }, null);
const invoiced = () => lines().reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd), 0n);
async function readLedger() {
	const [row] = await parley.db.sql<{ all: string; own: string }[]>`
		select sum(amount_nano_usd)::text as all, (sum(amount_nano_usd) filter (where account = 'user'))::text as own from ledger`;
	return { all: BigInt(row?.all ?? 0), own: BigInt(row?.own ?? 0) };
}

/** What the person has paid for each call, by our name of the request. */
async function readPaid() {
	const rows = await parley.db.sql<{ name: string; nanoUsd: string }[]>`
		select calls.turn_id || '-' || calls.attempt as name, sum(amount_nano_usd)::text as "nanoUsd"
		from model_calls as calls join ledger on model_call_id = calls.id and account = 'user'
		where calls.user_id = ${person.userId} group by 1`;
	return rows.map(({ name, nanoUsd }) => ({ name, nanoUsd: BigInt(nanoUsd) }));
}
async function readUsed() {
	const [row] = await parley.db.sql<{ day: string; month: string }[]>`
		select sum(used_nano_usd) filter (where key like '%:day:%') as day,
			sum(used_nano_usd) filter (where key like '%:month:%') as month
		from quota_buckets where key like ${`user:${person.userId}:%`}`;
	return { day: BigInt(row?.day ?? 0), month: BigInt(row?.month ?? 0) };
}
const byAmount = (one: bigint, other: bigint) => Number(one - other);

describe("an invoice beside the ledger", () => {
	it("equals what was reported, and tells by how much the estimates were wrong; nothing is posted", async () => {
		const before = await readLedger();
		const found = await run(toRows(lines()));
		expect(found.sources.find(({ usageSource }) => usageSource === "provider_final")).toMatchObject({
			calls: 1,
			changedCalls: 0,
		});
		expect(found.sources.find(({ usageSource }) => usageSource === "estimate")).toMatchObject({
			calls: 3,
			changedCalls: 3,
		});
		expect(BigInt(found.differenceNanoUsd)).toBe(invoiced() - before.all);
		expect(found).toMatchObject({ rows: 4, unknownRows: 0, isPosted: false });
		expect(await readLedger()).toEqual(before);
	});

	it.each([
		[
			"a request that was not made",
			() => [{ requestId: "req_x", costNanoUsd: "1" }],
			/row 1: request req_x is no call/,
			{},
		],
		[
			"a request of another provider",
			() => lines(),
			/row 1: .* is no call of the range/,
			{ providerId: "elsewhere", isComplete: false },
		],
		[
			"a range in which nothing began",
			() => lines(),
			/is no call of the range/,
			{ from: "2020-01-01", to: "2020-02-01" },
		],
	])("refuses %s, and posts nothing", async (_, given, words, more) => {
		const before = await readLedger();
		const rows = toRows(given());
		await expect(run(rows, { isPosted: true, ...more })).rejects.toMatchObject({
			code: "invalid_request",
			message: expect.stringMatching(words),
		});
		expect(await readLedger()).toEqual(before);
	});

	it("passes over rows of others when it is told to, and calls that it does not name unless it is all there is", async () => {
		const rows = toRows([{ requestId: "req_x", costNanoUsd: "1" }]);
		expect(await run(rows, { skipsUnknown: true, isComplete: false })).toMatchObject({
			unknownRows: 1,
			sources: [],
			differenceNanoUsd: "0",
		});
		const { all } = await readLedger();
		expect(await run(rows, { skipsUnknown: true })).toMatchObject({ differenceNanoUsd: (-all).toString() });
	});

	it("is posted once, by however many at once: people are credited what they paid too much, and never charged", async () => {
		const before = await readLedger();
		const [paid, used] = [await readPaid(), await readUsed()];
		const rows = toRows(lines());
		const asked = new Map(rows.map((row) => [row.clientRequestId, row.costNanoUsd]));
		const tooMuch = paid.reduce((sum, { name, nanoUsd }) => {
			const cost = asked.get(name) ?? 0n;
			return nanoUsd > cost ? sum + nanoUsd - cost : sum;
		}, 0n);
		expect(tooMuch).toBeGreaterThan(0n);
		const posted = await Promise.all(
			[1, 2, 3].map(() => run(rows, { isPosted: true, reason: "November's invoice" })),
		);
		expect(posted.filter(({ differenceNanoUsd }) => differenceNanoUsd !== "0")).toHaveLength(1);
		expect(posted.map(({ creditedNanoUsd }) => BigInt(creditedNanoUsd)).toSorted(byAmount)).toEqual([
			0n,
			0n,
			tooMuch,
		]);
		expect(await readLedger()).toEqual({ all: invoiced(), own: before.own - tooMuch });
		for (const { name, nanoUsd } of await readPaid()) expect(nanoUsd <= (asked.get(name) ?? 0n)).toBe(true);
		expect(await readUsed()).toEqual({ day: used.day - tooMuch, month: used.month - tooMuch });
		expect(await run(rows)).toMatchObject({ differenceNanoUsd: "0", creditedNanoUsd: "0" });
		const [line] = await parley.db.sql`
			select details from audit_log where action = 'usage.import-invoice' order by id limit 1`;
		expect(line?.details).toMatchObject({ rows: 4, changedCalls: 3, reason: "November's invoice" });
	});

	it("credits no account that is deleted", async () => {
		const gone = await parley.signIn();
		const { turnId } = await send("tokens=30,fault=usage-null", gone);
		await gone.follow({ turnId });
		await parley.services.auth.deleteAccount({ userId: gone.userId, by: null });
		const found = await run(toRows(lines()), { isPosted: true });
		expect(found).toMatchObject({ creditedNanoUsd: "0", differenceNanoUsd: expect.stringMatching(/^-\d/) });
	});

	it("stands: a recompute at other prices leaves every call alone that it settled, also one that it found right", async () => {
		const { sql } = parley.db;
		await sql`
			insert into prices (id, model_id, valid_from, prices, source)
			select gen_random_uuid(), model_id, valid_from + interval '1 microsecond',
				json_build_object('inputUsdPerMTok', '9', 'outputUsdPerMTok', '9', 'cachedInputUsdPerMTok', null,
					'cacheWriteUsdPerMTok', null, 'reasoningUsdPerMTok', null, 'longContext', null), 'admin'
			from prices where model_id = 'small'`;
		const before = await readLedger();
		expect(await recompute(parley.db, { isPosted: true }, null)).toMatchObject({ calls: 0, changedCalls: 0 });
		expect(await readLedger()).toEqual(before);
		await ask("tokens=25");
		expect(await recompute(parley.db, { isPosted: false }, null)).toMatchObject({ calls: 1 });
	});

	it("marks a call that it found right once, on the house's account, where no person's statement shows it", async () => {
		await run(toRows(lines()), { isPosted: true, reason: "again" });
		await run(toRows(lines()), { isPosted: true, reason: "and again" });
		const marks = await parley.db.sql`
			select account, model_call_id from ledger where kind = 'correction' and amount_nano_usd = 0`;
		expect(marks.map(({ account }) => account)).toEqual(["house", "house"]);
		expect(new Set(marks.map((mark) => mark.model_call_id)).size).toBe(2);
		const { lines: shown } = await readStatement(parley.db.sql, person.userId, {});
		const credits = shown.filter(({ kind }) => kind !== "call");
		expect(credits.length).toBeGreaterThan(0);
		for (const credit of credits)
			expect(credit).toMatchObject({
				kind: "adjustment",
				amountNanoUsd: expect.stringMatching(/^-[1-9]/),
				reason: "the provider charged less",
			});
	});
});

describe("an invoice's file", () => {
	it("may be CSV as spreadsheets write it", () => {
		const text =
			'\ufeffmodel,requestId,costUsd,note\r\n"a ""b"", c",req_1,0.000000123,"two\nlines"\r\n,req_2,12,\r\n\r\n';
		expect(parseInvoice(text)).toEqual({
			mistakes: [],
			rows: [
				{ row: 2, requestId: "req_1", clientRequestId: null, costNanoUsd: 123n },
				{ row: 3, requestId: "req_2", clientRequestId: null, costNanoUsd: 12_000_000_000n },
			],
		});
	});

	it.each([
		["", /has no column/],
		["[]", /has no rows/],
		["requestId,costUsd", /has no rows/],
		["{}", /no array/],
		["[1", /neither/],
		['requestId,costUsd\nreq_1,1"2', /quote/],
		["id,costUsd\nreq_1,1", /no column requestId/],
		["requestId,costUsd\nreq_1,-1", /row 2: costUsd must be/],
		["requestId,costUsd\nreq_1,1e3", /row 2: costUsd must be/],
		["requestId,costUsd\nreq_1,0.1234567891", /row 2: costUsd must be/],
		["requestId,costUsd\nreq_1,", /row 2: needs one of/],
		["requestId,costUsd,costNanoUsd\nreq_1,1,1", /row 2: needs one of/],
		["requestId,costUsd\n,1", /row 2: names no request/],
		["requestId,costUsd\nreq_1,1\nreq_1,1", /row 3: request req_1 is in row 2 already/],
		['[{"requestId":"r","costNanoUsd":1.5}]', /row 1: costNanoUsd/],
		['[{"requestId":"r","costNanoUsd":"9999999999999999"}]', /row 1: costs more/],
		["[null]", /row 1:/],
	])("that says %j is refused with the row that is wrong", (text, words) => {
		const { mistakes } = parseInvoice(text);
		expect(mistakes).toHaveLength(1);
		expect(mistakes[0]).toMatch(words);
	});
});

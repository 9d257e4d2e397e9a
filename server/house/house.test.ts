import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";
import { importInvoice, parseInvoice } from "../usage/index.ts";

type Parley = Awaited<ReturnType<typeof startTestParley>>;

let parley: Parley;
let person: Awaited<ReturnType<Parley["signIn"]>>;
beforeEach(async () => {
	parley = await startTestParley({ env: { PARLEY_TITLES: "on", PARLEY_SITE_BUDGET_USD: "100" } });
	person = await parley.signIn();
});
afterEach(() => parley.close());

async function ask(text: string) {
	const { turnId } = await person.client.chat.send.mutate({ text, model: "small" });
	await person.follow({ turnId });
}
const readOwnCalls = async () =>
	await parley.db.sql`
	select calls.id, outcome, usage_source as source, input_tokens > 50 as "hasInput",
		(select sum(amount_nano_usd) = cost_nano_usd from ledger where model_call_id = calls.id and account = 'house') as "isBooked"
	from model_calls as calls where turn_id is null`;
/** What the site has used is what all lines say, and nothing is held any more. */
const readSite = async () => {
	const [row] = await parley.db.sql`
		select sum(used_nano_usd) = (select sum(amount_nano_usd) from ledger) as "isUsed", sum(reserved_nano_usd)::text as held
		from quota_buckets where key like 'site:%'`;
	return row;
};
const openCalls = () => parley.db.sql`select called_at is not null as "isCalled" from house_calls`;

describe("a call of the server's own", () => {
	it("is booked as an estimate when the provider sends no usage", async () => {
		await ask("[[sim title-fault=usage-missing]] What does it cost?");
		await expect.poll(readOwnCalls, { timeout: 8_000 }).toHaveLength(1);
		expect(await readOwnCalls()).toMatchObject([
			{ outcome: "complete", source: "estimate", hasInput: true, isBooked: true },
		]);
		expect(await readSite()).toEqual({ isUsed: true, held: "0" });
	});

	it("ends with the process that drains, and is booked before that ends", async () => {
		await ask("[[sim title-fault=hang]] Who waits?");
		await expect.poll(openCalls, { timeout: 8_000 }).toEqual([{ isCalled: true }]);
		const startedAt = performance.now();
		await parley.services.chat.drain(5_000);
		expect(performance.now() - startedAt).toBeLessThan(3_000);
		expect(await openCalls()).toEqual([]);
		expect(await readOwnCalls()).toMatchObject([
			{ outcome: "stopped", source: "estimate", hasInput: true, isBooked: true },
		]);
		expect(await readSite()).toEqual({ isUsed: true, held: "0" });
	});

	it("tries a model again that failed, a few times, and books every try", async () => {
		await ask("[[sim title-fault=500]] Who tries again?");
		await expect.poll(readOwnCalls, { timeout: 15_000 }).toHaveLength(3);
		await expect.poll(openCalls).toEqual([]);
		expect(new Set((await readOwnCalls()).map(({ outcome }) => outcome))).toEqual(new Set(["failed"]));
	}, 20_000);

	it("is found in an invoice by the name it was sent with", async () => {
		await ask("[[sim title=Invoiced]] What is in the invoice?");
		await expect.poll(readOwnCalls, { timeout: 8_000 }).toHaveLength(1);
		const [call] = await readOwnCalls();
		const names = parley.upstream.requests().map(({ headers }) => headers["x-client-request-id"]);
		expect(names).toContain(call?.id);
		const rows = parseInvoice(
			JSON.stringify(names.map((clientRequestId) => ({ clientRequestId, costNanoUsd: "5" }))),
		);
		await parley.db.sql`update model_calls set provider_request_id = null`;
		const compared = await importInvoice(
			parley.db,
			{ ...rows, isComplete: true, skipsUnknown: false, isPosted: true },
			null,
		);
		expect(compared).toMatchObject({ unknownRows: 0 });
		expect(
			await parley.db.sql`
			select sum(amount_nano_usd)::text as booked from ledger where model_call_id = ${call?.id}`,
		).toEqual([{ booked: "5" }]);
	});
});

describe("the administrators' report", () => {
	it("has the server's own calls in the server's part, and the person's in neither count nor sum", async () => {
		await ask("[[sim title=Reported]] What is reported?");
		await expect.poll(readOwnCalls, { timeout: 8_000 }).toHaveLength(1);
		const admin = await parley.signIn({ role: "admin" });
		const [sums] = await parley.db.sql<{ user: string; house: string }[]>`
			select sum(amount_nano_usd) filter (where account = 'user')::text as user,
				sum(amount_nano_usd) filter (where account = 'house')::text as house from ledger`;
		const report = await admin.client.admin.usage.report.query({});
		expect(report.houseNanoUsd).toBe(sums?.house);
		expect(report.people).toMatchObject([
			{ userId: person.userId, chargedNanoUsd: sums?.user, houseNanoUsd: sums?.house, calls: 1 },
		]);
		const own = await person.client.usage.summary.query({});
		expect(own.total).toMatchObject({ calls: 1, chargedNanoUsd: sums?.user });
	});
});

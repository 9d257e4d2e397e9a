import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	admin = await parley.signIn({ role: "admin" });
	person = await parley.signIn();
});
afterAll(() => parley?.close());

async function ask(from = person, text = "[[sim tokens=20,itl=1]] how much?") {
	const sent = await from.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
	const seen = await from.follow({ turnId: sent.turnId });
	const end = seen.at(-1)?.event;
	if (end?.type !== "turn-end") throw new Error("A followed turn ends.");
	return { ...sent, end };
}
const refusal = (code: string, details: object = {}) => ({ data: { parley: { code, details } } });
const month = new Date().toISOString().slice(0, 7);

describe("a receipt", () => {
	it("can be recomputed by hand from what it shows", async () => {
		const { turnId, end } = await ask();
		const receipt = await person.client.usage.turn.query({ turnId });
		expect(receipt.chargedNanoUsd).toBe(end.receipt.costNanoUsd);
		expect(BigInt(receipt.costNanoUsd)).toBe(BigInt(receipt.chargedNanoUsd) + BigInt(receipt.houseNanoUsd));
		const [attempt] = receipt.attempts;
		expect(attempt?.priceId).toEqual(expect.any(String));
		const exact = attempt?.classes.map(({ tokens, usdPerMTok, costNanoUsd }) => {
			expect(Number(costNanoUsd)).toBeCloseTo(tokens * Number(usdPerMTok) * 1_000, 3);
			return Number(costNanoUsd);
		});
		const total = exact?.reduce((sum, cost) => sum + cost, 0) ?? 0;
		expect(String(Math.floor(total + 0.5))).toBe(attempt?.costNanoUsd);
	});

	it("of another person does not exist, nor does one that no person has", async () => {
		const { turnId } = await ask();
		for (const id of [turnId, crypto.randomUUID()])
			await expect(admin.client.usage.turn.query({ turnId: id })).rejects.toMatchObject(refusal("not_found"));
	});

	it("of an answer that is being written has no attempts yet", async () => {
		const sent = await person.client.chat.send.mutate({ text: "[[sim tokens=200,itl=20]] slow" });
		expect((await person.client.usage.turn.query(sent)).attempts).toEqual([]);
		await person.client.chat.stop.mutate(sent);
		await person.follow(sent);
	});
});

describe("a grant", () => {
	it("gives back what was used, to the person and to the plan, once for each key", async () => {
		await admin.client.admin.plans.set.mutate({
			id: "tight",
			change: {
				nanoUsdPerDay: "100000000",
				nanoUsdPerMonth: null,
				allowedTiers: ["small"],
				requestsPerDay: null,
			},
		});
		const guest = await parley.signIn({ plan: "tight" });
		await ask(guest);
		const before = await guest.client.usage.summary.query();
		const input = { userId: guest.userId, kind: "grant", amountNanoUsd: "-50000000", reason: "an apology" };
		const post = () =>
			fetch(`${parley.url}/api/trpc/admin.usage.adjust`, {
				method: "POST",
				headers: { ...admin.headers, "content-type": "application/json", "idempotency-key": "grant-1" },
				body: JSON.stringify(input),
			}).then((answer) => answer.json());
		const replies = await Promise.all([post(), post(), post()]);
		expect(new Set(replies.map(({ result }) => result.data.ledgerId)).size).toBe(1);
		const after = await guest.client.usage.summary.query();
		expect(after.total.adjustedNanoUsd).toBe("-50000000");
		expect(after.total.chargedNanoUsd).toBe(before.total.chargedNanoUsd);
		const left = (summary: typeof after) =>
			BigInt(summary.plan.limits.find(({ name }) => name === "money_per_day")?.left ?? 0);
		expect(left(after) - left(before)).toBe(50_000_000n);
		const [sum] = await parley.db.sql`
			select sum(amount_nano_usd)::text as sum from ledger where user_id = ${guest.userId} and kind = 'grant'`;
		expect(sum?.sum).toBe("0");
	});

	it.each([
		["nothing", { kind: "adjustment", amountNanoUsd: "0", reason: "x" }],
		["a grant that charges", { kind: "grant", amountNanoUsd: "5", reason: "x" }],
		["no reason", { kind: "adjustment", amountNanoUsd: "5", reason: " " }],
		["fractions of a nano-dollar", { kind: "adjustment", amountNanoUsd: "0.5", reason: "x" }],
		["more than a million dollars", { kind: "adjustment", amountNanoUsd: "1000000000000001", reason: "x" }],
	])("refuses %s", async (_, input) => {
		const call = admin.client.admin.usage.adjust.mutate({ userId: person.userId, ...input } as never);
		await expect(call).rejects.toMatchObject(refusal("invalid_request"));
	});
});

describe("a recompute", () => {
	it("tells differences by rows of an earlier date, posts them to the house only when told to, once", async () => {
		const { turnId } = await ask();
		const charged = (await person.client.usage.turn.query({ turnId })).chargedNanoUsd;
		const prices = { inputUsdPerMTok: "0.30", outputUsdPerMTok: "1.20" };
		const validFrom = new Date(Date.now() - 3_600_000).toISOString();
		const past = await admin.client.admin.prices.set.mutate({ modelId: "small", prices, validFrom });
		expect(past.isInForce).toBe(false);
		// The row that the calls were priced by began when this server started: nothing is in its way but an own later row.
		const none = await admin.client.admin.usage.recompute.mutate({});
		expect(none).toMatchObject({ changedCalls: 0, differenceNanoUsd: "0" });
		await parley.db.sql`
			insert into prices (id, model_id, valid_from, prices, source)
			select gen_random_uuid(), model_id, max(valid_from) + interval '1 microsecond', ${JSON.stringify({
				cachedInputUsdPerMTok: null,
				cacheWriteUsdPerMTok: null,
				reasoningUsdPerMTok: null,
				longContext: null,
				...prices,
			})}::text::json, 'admin' from prices where model_id = 'small' group by model_id`;
		const told = await admin.client.admin.usage.recompute.mutate({});
		expect(told.changedCalls).toBeGreaterThan(0);
		expect(BigInt(told.differenceNanoUsd)).toBeGreaterThan(0n);
		const booked = () =>
			parley.db.sql`
			select coalesce(sum(amount_nano_usd), 0)::text as sum from ledger where kind = 'correction'`.then(
				([row]) => row?.sum,
			);
		expect(await booked()).toBe("0");
		const posts = [1, 2, 3].map(() =>
			admin.client.admin.usage.recompute.mutate({ isPosted: true, reason: "list price was wrong" }),
		);
		const posted = await Promise.all(posts);
		expect(posted.filter(({ changedCalls }) => changedCalls > 0)).toHaveLength(1);
		expect(await booked()).toBe(told.differenceNanoUsd);
		expect((await admin.client.admin.usage.recompute.mutate({})).changedCalls).toBe(0);
		const receipt = await person.client.usage.turn.query({ turnId });
		expect(receipt.chargedNanoUsd).toBe(charged);
		expect(BigInt(receipt.costNanoUsd)).toBe(BigInt(receipt.chargedNanoUsd) + BigInt(receipt.houseNanoUsd));
		expect(BigInt(receipt.correctedNanoUsd)).toBe(BigInt(receipt.costNanoUsd));
	});
});

describe("what administrators change", () => {
	it("is written down with who did it, and cannot be rewritten", async () => {
		await admin.client.admin.users.setPlan.mutate({ userId: person.userId, plan: "pro" });
		await admin.client.admin.users.suspend.mutate({ userId: person.userId, reason: "unpaid" });
		await admin.client.admin.users.unsuspend.mutate({ userId: person.userId });
		await admin.client.admin.users.setPlan.mutate({ userId: person.userId, plan: "roomy" });
		const { lines } = await admin.client.admin.audit.list.query({});
		expect(lines.slice(0, 4).map(({ action }) => action)).toEqual([
			"user.set-plan",
			"user.unsuspend",
			"user.suspend",
			"user.set-plan",
		]);
		expect(lines[2]).toMatchObject({ actorId: admin.userId, details: { reason: "unpaid" } });
		const { sql } = parley.db;
		const attempts = [
			sql`update audit_log set actor_id = null`,
			sql`delete from audit_log`,
			sql`truncate audit_log`,
			sql`update ledger set amount_nano_usd = 0`,
			sql`delete from ledger where false`,
			sql`update prices set source = 'admin'`,
		];
		for (const attempt of attempts) await expect(attempt).rejects.toThrow(/never changed or removed/);
	});

	it.each([
		["a negative limit", { requestsPerDay: -1 }],
		["negative money", { nanoUsdPerDay: "-1" }],
		["money that is no number", { nanoUsdPerDay: "NaN" }],
		["a tier that is not", { allowedTiers: ["huge"] }],
		["a zone that is not", { timeZone: "Mars/Olympus" }],
		["an offset for a zone", { timeZone: "+01:00" }],
		["a name that is not", { requestPerDay: 1 }],
	])("refuses %s in a plan", async (_, change) => {
		const call = admin.client.admin.plans.set.mutate({ id: "free", change: change as never });
		await expect(call).rejects.toMatchObject(refusal("invalid_request"));
	});

	it.each([
		["a negative price", { inputUsdPerMTok: "-1", outputUsdPerMTok: "1" }],
		["no number", { inputUsdPerMTok: "NaN", outputUsdPerMTok: "1" }],
		[
			"a cache that costs more than the input",
			{ inputUsdPerMTok: "1", cachedInputUsdPerMTok: "2", outputUsdPerMTok: "1" },
		],
	])("refuses %s in the price book", async (_, prices) => {
		const call = admin.client.admin.prices.set.mutate({ modelId: "small", prices });
		await expect(call).rejects.toMatchObject(refusal("invalid_request"));
	});

	it("counts at the next request: a limit below what is used refuses until it is reset", async () => {
		await admin.client.admin.plans.set.mutate({
			id: "shrinking",
			change: { nanoUsdPerDay: null, nanoUsdPerMonth: null },
		});
		const guest = await parley.signIn({ plan: "shrinking" });
		await ask(guest);
		await ask(guest);
		await admin.client.admin.plans.set.mutate({ id: "shrinking", change: { requestsPerDay: 1 } });
		await expect(ask(guest)).rejects.toMatchObject({
			data: { parley: { code: "quota_exceeded", details: { limit: "requests_per_day" } } },
		});
		const { limits } = await guest.client.usage.limits.query();
		const requests = limits.find(({ name }) => name === "requests_per_day");
		expect(requests).toMatchObject({ limit: "1", used: "2", left: "0" });
		expect(requests?.resetsAt).toMatch(/T00:00:00\.000Z$/);
	});

	it("gives a person's statement as that person reads it", async () => {
		await ask();
		const own = await person.client.usage.export.query({ month, format: "csv" });
		const asked = { userId: person.userId, month, format: "csv" } as const;
		expect(await admin.client.admin.usage.statement.query(asked)).toEqual(own);
		expect(own.fileName).toBe(`parley-usage-${month}.csv`);
	});
});

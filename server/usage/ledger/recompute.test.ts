import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";
import { readStatement, recompute } from "../index.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	person = await parley.signIn();
});
afterAll(() => parley?.close());

async function ask(from = person) {
	const text = "[[sim tokens=20,itl=1]] how much?";
	const sent = await from.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
	await from.follow({ turnId: sent.turnId });
	return sent;
}

/** A row that is in force for every call there was; each call of this puts a later one in its place. */
const price = (input: string, output: string) => parley.db.sql`
	insert into prices (id, model_id, valid_from, prices, source)
	select gen_random_uuid(), model_id, max(valid_from) + interval '1 microsecond',
		json_build_object('inputUsdPerMTok', ${input}::text, 'outputUsdPerMTok', ${output}::text, 'cachedInputUsdPerMTok', null,
			'cacheWriteUsdPerMTok', null, 'reasoningUsdPerMTok', null, 'longContext', null), 'admin'
	from prices where model_id = 'small' group by model_id`;

async function readMoney(userId: string) {
	const [row] = await parley.db.sql<Record<"all" | "own" | "day" | "month", string>[]>`
		select (select sum(amount_nano_usd) from ledger where user_id = ${userId})::text as all,
			(select sum(amount_nano_usd) from ledger where user_id = ${userId} and account = 'user')::text as own,
			(select sum(used_nano_usd) from quota_buckets where key like ${`user:${userId}:day:%`})::text as day,
			(select sum(used_nano_usd) from quota_buckets where key like ${`user:${userId}:month:%`})::text as month`;
	if (!row) throw new Error("A select without a table has a row.");
	return row;
}

it("gives people back what they paid too much, once, and never charges them afterwards", async () => {
	const { sql } = parley.db;
	const { turnId } = await ask();
	const gone = await parley.signIn();
	await ask(gone);
	await parley.services.auth.deleteAccount({ userId: gone.userId, by: null });
	const [before, goneBefore] = [await readMoney(person.userId), await readMoney(gone.userId)];
	const half = (BigInt(before.own) / 2n).toString();
	await price("0.075", "0.30");
	const told = await recompute(parley.db, { isPosted: false }, null);
	expect(told).toMatchObject({ changedCalls: 2, creditedNanoUsd: half });
	expect(await readMoney(person.userId)).toEqual(before);

	const posted = await Promise.all([1, 2, 3].map(() => recompute(parley.db, { isPosted: true }, null)));
	expect(posted.map(({ creditedNanoUsd }) => creditedNanoUsd).toSorted()).toEqual(["0", "0", half]);
	expect(await readMoney(person.userId)).toEqual({ all: half, own: half, day: half, month: half });
	// No account is there to be credited: the house has the difference.
	expect(await readMoney(gone.userId)).toEqual({
		...goneBefore,
		all: (BigInt(goneBefore.all) / 2n).toString(),
	});

	const receipt = await person.client.usage.turn.query({ turnId });
	expect(receipt).toMatchObject({ costNanoUsd: before.own, chargedNanoUsd: before.own, houseNanoUsd: "0" });
	expect(receipt).toMatchObject({ correctedNanoUsd: `-${half}`, creditedNanoUsd: half });
	const { lines } = await readStatement(sql, person.userId, {});
	expect(lines.at(-1)).toMatchObject({ kind: "adjustment", amountNanoUsd: `-${half}`, turnId });
	expect((await person.client.usage.summary.query()).total).toMatchObject({
		chargedNanoUsd: before.own,
		adjustedNanoUsd: `-${half}`,
		calls: 1,
	});

	await price("0.30", "1.20");
	expect(await recompute(parley.db, { isPosted: true }, null)).toMatchObject({ creditedNanoUsd: "0" });
	const raised = await readMoney(person.userId);
	expect(raised).toEqual({ all: (BigInt(before.all) * 2n).toString(), own: half, day: half, month: half });
	await price("0.075", "0.30");
	expect(await recompute(parley.db, { isPosted: true }, null)).toMatchObject({ creditedNanoUsd: "0" });
	expect(await readMoney(person.userId)).toEqual({ all: half, own: half, day: half, month: half });
});

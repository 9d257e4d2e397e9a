import { afterAll, beforeAll, expect, it } from "vitest";
import type { UserId } from "../contract/ids.ts";
import { toTextParts } from "../contract/parts.ts";
import { startTestParley } from "../testing/parley.ts";
import { smallQuote } from "../testing/quote.ts";
import { acceptSend } from "./accept/accept-send.ts";
import { LiveLog } from "./log/live-log.ts";
import { createTurnLog } from "./log/turn-log.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
});
afterAll(() => parley?.close());

it("a call whose process died is booked at the price in force when it started, not at a later one", async () => {
	const { sql } = parley.db;
	const { userId } = await parley.signIn();
	const before = parley.services.priceBook.find("small");
	const lease = { owner: "gone", ms: 60_000 };
	const by = { userId: userId as UserId, lease, priority: "people" as const, quote: smallQuote };
	const turn = await acceptSend(
		sql,
		{ clientMessageId: crypto.randomUUID(), parts: toTextParts("orphan"), tokens: 6 },
		by,
	);
	const [log, turnLog] = [new LiveLog(turn), createTurnLog(sql)];
	turnLog.append(log, { type: "attempt-start", attempt: 1, modelId: "small" });
	turnLog.append(log, { type: "text-delta", text: "Half an answer" });
	await expect.poll(() => log.storedSeq).toBe(3);
	const prices = { ...before.prices, outputUsdPerMTok: "6000" };
	const later = {
		modelId: "small",
		prices,
		validFrom: new Date(),
		source: "admin",
		createdBy: null,
	} as const;
	expect((await parley.services.priceBook.set(later)).id).toBe(parley.services.priceBook.find("small").id);
	await sql`update turns set lease_expires_at = now() where id = ${turn.turnId}`;
	const readCalls = () => sql`select price_id, prices from model_calls where turn_id = ${turn.turnId}`;
	await expect.poll(readCalls, { timeout: 10_000 }).toHaveLength(1);
	expect(await readCalls()).toEqual([{ price_id: before.id, prices: before.prices }]);
});

it("a draft whose process died is booked by what it had said, of which the person has nothing", async () => {
	const { sql } = parley.db;
	const { userId } = await parley.signIn();
	const lease = { owner: "gone", ms: 60_000 };
	const by = { userId: userId as UserId, lease, priority: "people" as const, quote: smallQuote };
	const turn = await acceptSend(
		sql,
		{ clientMessageId: crypto.randomUUID(), parts: toTextParts("orphan"), tokens: 6 },
		by,
	);
	const [log, turnLog] = [new LiveLog(turn), createTurnLog(sql)];
	turnLog.append(log, { type: "attempt-start", attempt: 1, modelId: "small", purpose: "draft" });
	turnLog.append(log, { type: "draft-delta", text: "Half a draft of some words" });
	await expect.poll(() => log.storedSeq).toBe(3);
	await sql`update turns set lease_expires_at = now() where id = ${turn.turnId}`;
	const readCalls = () =>
		sql`select purpose, outcome, output_tokens > 3 as "isCounted" from model_calls where turn_id = ${turn.turnId}`;
	await expect.poll(readCalls, { timeout: 30_000 }).toHaveLength(1);
	expect(await readCalls()).toEqual([{ purpose: "draft", outcome: "interrupted", isCounted: true }]);
	const [answer] = await sql`select text from messages where id = ${turn.assistantMessageId}`;
	expect(answer?.text).toBe("");
});

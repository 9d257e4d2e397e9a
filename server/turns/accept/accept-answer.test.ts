import { afterAll, beforeAll, expect, it } from "vitest";
import { createId, type MessageId, type TurnId, type UserId } from "../../contract/ids.ts";
import { toTextParts } from "../../contract/parts.ts";
import { canContinue, terminalStatuses } from "../../contract/turn-status.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { smallQuote } from "../../testing/quote.ts";
import { addRoomyPlan } from "../../testing/roomy-plan.ts";
import { acceptContinue, acceptRegenerate } from "./accept-answer.ts";
import { acceptSend } from "./accept-send.ts";

const lease = { owner: "here", ms: 60_000 };
const by = { userId: createId<UserId>(), lease, priority: "people", quote: smallQuote } as const;
let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
	await addRoomyPlan(db.sql);
	await db.sql`
		insert into users (id, email, name, role, plan) values (${by.userId}, 'cy@example.com', 'Cy', 'user', 'roomy')`;
});
afterAll(() => db?.drop());

const fresh = () => crypto.randomUUID();

/** An exchange that has ended so. */
async function addExchange(status: string, { text = "Half", finishReason = "stop" } = {}) {
	const turn = await acceptSend(
		db.sql,
		{ clientMessageId: fresh(), parts: toTextParts("Go."), tokens: 6 },
		by,
	);
	await db.sql`
		update turns set status = ${status}, receipt = ${JSON.stringify({ finishReason })}::text::json where id = ${turn.turnId}`;
	await db.sql`update messages set text = ${text} where id = ${turn.assistantMessageId}`;
	return turn;
}

const goOn = (
	assistantMessageId: MessageId,
	more: { clientMessageId?: string; maxOutputTokens?: number } = {},
) => acceptContinue(db.sql, { clientMessageId: fresh(), assistantMessageId, ...more }, by);

it("goes on with exactly the answers of which the screen says that they can go on", async () => {
	for (const status of terminalStatuses)
		for (const finishReason of ["stop", "length"])
			for (const text of ["Half", ""]) {
				const turn = await addExchange(status, { text, finishReason });
				const isAccepted = await goOn(turn.assistantMessageId).then(
					() => true,
					(error) => error.code !== "invalid_request",
				);
				expect(isAccepted, `${status}, ${finishReason}, ${text}`).toBe(
					canContinue({ status, finishReason, text }),
				);
			}
});

it("looks at the newest turn of an answer by the database's clock, not by the ids of another machine", async () => {
	const turn = await addExchange("stopped");
	const older = createId<TurnId>();
	await db.sql`
		insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id, request_hash,
			branch_point_id, requested_model, status, lease_owner, lease_expires_at, started_at)
		values (${older}, ${by.userId}, ${turn.threadId}, ${turn.userMessageId}, ${turn.assistantMessageId}, ${older}, '',
			${older}, 'auto', 'complete', '', now(), now() - interval '1 hour')`;
	expect(await goOn(turn.assistantMessageId)).toMatchObject({ textBefore: "Half", isReplay: false });
});

it.each<
	[name: string, ask: (ids: Awaited<ReturnType<typeof addExchange>>, more: object) => Promise<unknown>]
>([
	["goes on", ({ assistantMessageId }, more) => goOn(assistantMessageId, more)],
	[
		"is written again",
		({ userMessageId }, more) =>
			acceptRegenerate(db.sql, { clientMessageId: fresh(), userMessageId, ...more }, by),
	],
])("a name used for an answer that %s is refused for one of another length", async (_, ask) => {
	const ids = await addExchange("stopped");
	const clientMessageId = fresh();
	await ask(ids, { clientMessageId, maxOutputTokens: 100 });
	expect(await ask(ids, { clientMessageId, maxOutputTokens: 100 })).toMatchObject({ isReplay: true });
	for (const more of [{ maxOutputTokens: 200 }, {}])
		await expect(ask(ids, { clientMessageId, ...more })).rejects.toMatchObject({
			code: "idempotency_conflict",
		});
});

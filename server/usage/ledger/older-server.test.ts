import { afterAll, beforeAll, expect, it } from "vitest";
import { createUser } from "../../auth/index.ts";
import { createId } from "../../contract/ids.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { readSummary, recompute } from "../index.ts";

let db: TestDatabase;
let userId: string;
beforeAll(async () => {
	db = await createTestDatabase();
	const person = {
		email: "old@example.com",
		password: "a good long password",
		name: "O",
		role: "user",
	} as const;
	userId = (await createUser(db, person)).userId;
});
afterAll(() => db?.drop());

/**
 * While a new server migrates, the old one goes on to close turns. It writes whole rows of `model_calls` and `ledger`, in which a
 * column that it does not know is null: so a new column may not forbid that.
 */
it("a server of the version before closes turns in the migrated database, and its rows are read", async () => {
	const call = {
		id: createId<string>(),
		turn_id: createId<string>(),
		user_id: userId,
		attempt: 1,
		model_id: "small",
		provider_id: "p",
		provider_model_id: "m",
		provider_request_id: null,
		other_model_id: null,
		outcome: "complete",
		finish_reason: "stop",
		input_tokens: 10,
		cached_input_tokens: 0,
		cache_write_tokens: 0,
		output_tokens: 5,
		reasoning_tokens: 0,
		usage_source: "provider_final",
		price_id: null,
		prices: { inputUsdPerMTok: "1", outputUsdPerMTok: "5" },
		cost_nano_usd: "35000",
		started_at: new Date().toISOString(),
		first_token_ms: 1,
		duration_ms: 2,
	};
	const line = {
		id: createId<string>(),
		account: "user",
		kind: "call",
		user_id: userId,
		turn_id: call.turn_id,
		model_call_id: call.id,
		model_id: "small",
		amount_nano_usd: "35000",
		price_id: null,
		created_at: "now",
	};
	await db.sql`
		insert into model_calls
		select given.* from json_populate_recordset(null::model_calls, ${JSON.stringify([call])}::text::json) as given`;
	await db.sql`
		insert into ledger select given.* from json_populate_recordset(null::ledger, ${JSON.stringify([line])}::text::json) as given`;
	const { total } = await readSummary(db.sql, userId, {});
	expect(total).toMatchObject({ calls: 1, inputTokens: 10, cacheWriteTokens: 0, cacheWrite1hTokens: 0 });
	await db.sql`
		insert into prices (id, model_id, valid_from, prices, source)
		values (${createId<string>()}, 'small', '2025-01-01Z', '{"inputUsdPerMTok":"2","outputUsdPerMTok":"5","longContext":null}', 'admin')`;
	expect(await recompute(db, { isPosted: false }, null)).toMatchObject({
		changedCalls: 1,
		differenceNanoUsd: "10000",
	});
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUser } from "../../auth/index.ts";
import { createId } from "../../contract/ids.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { importInvoice, readPeopleReport, readStatement, readSummary, recompute } from "../index.ts";

let db: TestDatabase;
let userId: string;
const from = "2026-08-10T10:00:00.000Z";
const to = "2026-08-12T15:30:00.000Z";
/** Amounts that show by their sum which lines counted. */
const lines = [
	["a microsecond before the range", "2026-08-10T09:59:59.999999Z", 1n],
	["at the instant from", from, 10n],
	["within", "2026-08-11T00:00:00Z", 100n],
	["a microsecond before its end", "2026-08-12T15:29:59.999999Z", 1_000n],
	["at the instant to", to, 10_000n],
] as const;
const counted = "1110";

beforeAll(async () => {
	db = await createTestDatabase();
	const person = {
		email: "bounds@example.com",
		password: "a good long password",
		name: "B",
		role: "user",
	} as const;
	userId = (await createUser(db, person)).userId;
	for (const [model, at, amount] of lines) {
		const id = createId<string>();
		await db.sql`
			insert into model_calls (id, turn_id, user_id, attempt, model_id, provider_id, provider_model_id, outcome, input_tokens,
				cached_input_tokens, output_tokens, reasoning_tokens, usage_source, started_at, duration_ms, cost_nano_usd)
			values (${id}, ${id}, ${userId}, 1, ${model}, 'p', 'm', 'complete', 1, 0, 0, 0, 'provider_final',
				${at}::text::timestamptz, 1, ${amount.toString()})`;
		await db.sql`
			insert into ledger (id, account, user_id, model_call_id, model_id, kind, amount_nano_usd, created_at)
			values (${createId<string>()}, 'user', ${userId}, ${id}, ${model}, 'call', ${amount.toString()}, ${at}::text::timestamptz)`;
	}
});
afterAll(() => db?.drop());

describe("the instant from counts and the instant to does not", () => {
	it.each(["UTC", "Asia/Kathmandu"])("in a person's summary, by days of %s", async (timeZone) => {
		const { total } = await readSummary(db.sql, userId, { from, to, timeZone });
		expect([total.chargedNanoUsd, total.calls]).toEqual([counted, 3]);
	});

	it("in a person's statement", async () => {
		const { totalNanoUsd, lines: shown } = await readStatement(db.sql, userId, { from, to });
		expect([totalNanoUsd, shown.map(({ modelId }) => modelId)]).toEqual([
			counted,
			["at the instant from", "within", "a microsecond before its end"],
		]);
	});

	it("in the report of all people", async () => {
		expect(await readPeopleReport(db.sql, { from, to })).toMatchObject({
			costNanoUsd: counted,
			people: [{ chargedNanoUsd: counted, calls: 3 }],
		});
	});

	it("for the calls of an invoice and of new prices", async () => {
		const wanted = { rows: [], isComplete: true, skipsUnknown: true, isPosted: false, from, to };
		const { sources } = await importInvoice(db, wanted, null);
		expect(sources).toMatchObject([{ calls: 3, bookedNanoUsd: counted }]);
		for (const [model] of lines)
			await db.sql`
				insert into prices (id, model_id, valid_from, prices, source) values (${createId<string>()}, ${model}, '2026-01-01Z',
					'{"inputUsdPerMTok":"0","outputUsdPerMTok":"0","longContext":null}', 'admin')`;
		expect(await recompute(db, { isPosted: false, from, to }, null)).toMatchObject({
			calls: 3,
			differenceNanoUsd: `-${counted}`,
		});
	});

	it("of a day: midnight belongs to the day that begins", async () => {
		const own = (day: string, next: string) =>
			readSummary(db.sql, userId, { from: day, to: next, timeZone: "UTC" });
		expect((await own("2026-08-10", "2026-08-11")).total.chargedNanoUsd).toBe("11");
		expect((await own("2026-08-11", "2026-08-12")).total.chargedNanoUsd).toBe("100");
	});
});

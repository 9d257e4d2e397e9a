import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUser } from "../../auth/index.ts";
import { createId, type UserId } from "../../contract/ids.ts";
import { createTestDatabase, type TestDatabase } from "../../testing/database.ts";
import { postAdjustment, readStatement, readSummary, toCsv } from "../index.ts";

let db: TestDatabase;
let userId: UserId;
let strangerId: UserId;
beforeAll(async () => {
	db = await createTestDatabase({ poolMax: 10 });
	const person = { password: "a good long password", name: "R", role: "user" } as const;
	userId = (await createUser(db, { ...person, email: "report@example.com" })).userId;
	strangerId = (await createUser(db, { ...person, email: "stranger@example.com" })).userId;
	await seed(userId, 400);
	await seed(strangerId, 40);
});
afterAll(() => db?.drop());

const models = ["small", "large", "=cmd|'/c calc'!A1"];
/** Lines over three months, to the microsecond, also at midnights of some zones. */
async function seed(owner: string, count: number): Promise<void> {
	const given = Array.from({ length: count }, (_, index) => ({
		id: createId<string>(),
		call: createId<string>(),
		turn: createId<string>(),
		model: models[index % 3],
		amount: String(((index * 7_919_317) % 1_000_003) + index),
		kind: index % 20 === 0 ? "adjustment" : "call",
		minutes: (index * 97 * 37) % (90 * 1_440),
		micro: index % 7 === 0 ? 0 : (index * 991) % 1_000_000,
	}));
	const json = JSON.stringify(given);
	await db.sql`
		insert into model_calls (id, turn_id, user_id, attempt, model_id, provider_id, provider_model_id, outcome,
			input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
			usage_source, started_at, duration_ms, cost_nano_usd)
		select call, turn, ${owner}, 1, model, 'p', 'm', 'complete', 10, 4, 3, case when amount % 2 = 0 then 2 end, 5, 1,
			'provider_final', now(), 1, amount
		from json_to_recordset(${json}::text::json) as given (call uuid, turn uuid, model text, amount bigint, kind text)
		where kind = 'call'`;
	await db.sql`
		insert into ledger (id, account, user_id, turn_id, model_call_id, model_id, kind, amount_nano_usd, created_at)
		select id, account, ${owner}, case when kind = 'call' then turn end, case when kind = 'call' then call end,
			case when kind = 'call' then model end, kind,
			case when kind = 'call' then amount else -amount end,
			'2026-09-01T00:00:00Z'::timestamptz + minutes * interval '1 minute' + micro * interval '1 microsecond'
		from json_to_recordset(${json}::text::json)
			as given (id uuid, turn uuid, call uuid, model text, amount bigint, kind text, minutes int, micro int),
			lateral (values ('user')) as one (account)`;
}

const zones = [
	"UTC",
	"Europe/Berlin",
	"America/New_York",
	"Asia/Kathmandu",
	"Pacific/Chatham",
	"Pacific/Apia",
];
const day = fc.integer({ min: -5, max: 95 }).map((offset) => {
	return new Date(Date.UTC(2026, 8, 1 + offset)).toISOString().slice(0, 10);
});
const instant = fc
	.integer({ min: 0, max: 95 * 86_400_000 })
	.map((offset) => new Date(Date.UTC(2026, 8, 1) + offset).toISOString());
const bound = fc.oneof(day, instant);

async function readTruth(owner: string, range: { from: string; to: string }) {
	const [row] = await db.sql<{ sum: string; calls: number }[]>`
		select coalesce(sum(amount_nano_usd), 0)::text as sum, (count(*) filter (where kind = 'call'))::int as calls
		from ledger where user_id = ${owner} and account = 'user'
			and created_at >= ${range.from}::timestamptz and created_at < ${range.to}::timestamptz`;
	return row;
}
const sumOf = (rows: readonly { chargedNanoUsd: string; adjustedNanoUsd: string }[]) =>
	rows.reduce((sum, row) => sum + BigInt(row.chargedNanoUsd) + BigInt(row.adjustedNanoUsd), 0n).toString();

describe("a report", () => {
	it("adds up to the ledger for every range and time zone: total, days, export", async () => {
		await fc.assert(
			fc.asyncProperty(bound, bound, fc.constantFrom(...zones), async (one, other, timeZone) => {
				const wanted = { from: one, to: other, timeZone };
				const summary = await readSummary(db.sql, userId, wanted).catch((error) => {
					expect(error.code).toBe("invalid_request");
					return null;
				});
				if (!summary) return;
				const truth = await readTruth(userId, summary);
				expect(sumOf([summary.total])).toBe(truth?.sum);
				expect(sumOf(summary.days)).toBe(truth?.sum);
				expect(summary.total.calls).toBe(truth?.calls);
				const charged = summary.models.reduce((sum, row) => sum + BigInt(row.chargedNanoUsd), 0n);
				expect(charged.toString()).toBe(summary.total.chargedNanoUsd);
				expect((await readStatement(db.sql, userId, wanted)).totalNanoUsd).toBe(truth?.sum);
			}),
			{ numRuns: 60 },
		);
	});

	it("loses and repeats nothing when a range is cut into days, whatever the clocks do", async () => {
		for (const timeZone of zones) {
			const all = await readSummary(db.sql, userId, { from: "2026-09-01", to: "2026-12-01", timeZone });
			for (const { day: date, ...spent } of all.days) {
				const next = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
				const own = await readSummary(db.sql, userId, { from: date, to: next, timeZone });
				expect(own.total).toEqual(spent);
			}
		}
	}, 60_000);

	it("counts the tokens of a call once, whichever account has a line for it", async () => {
		const [even] = await db.sql`
			select (2 * count(*))::int as tokens from model_calls where user_id = ${userId} and cost_nano_usd % 2 = 0`;
		const { total } = await readSummary(db.sql, userId, { from: "2026-08-25", to: "2026-12-05" });
		expect(total).toMatchObject({
			calls: 380,
			inputTokens: 3_800,
			cachedInputTokens: 1_520,
			cacheWriteTokens: 1_140,
			cacheWrite1hTokens: even?.tokens,
			outputTokens: 1_900,
		});
	});

	it("stays true while lines are posted by several at once", async () => {
		const post = (amountNanoUsd: string) =>
			postAdjustment(
				db,
				{ userId: strangerId, kind: "adjustment", amountNanoUsd, reason: "race" },
				{ by: null, requestKey: null },
			);
		const reads: Promise<void>[] = [];
		const posts = Array.from({ length: 40 }, async (_, index) => {
			await post(index % 2 === 0 ? "-7" : "11");
			reads.push(
				readSummary(db.sql, strangerId, {}).then(({ total, days }) => {
					expect(sumOf(days)).toBe(sumOf([total]));
				}),
			);
		});
		await Promise.all(posts);
		await Promise.all(reads);
		const { total } = await readSummary(db.sql, strangerId, {});
		expect(total.adjustedNanoUsd).toBe(String(20 * 4));
		const [books] = await db.sql`
			select (select sum(amount_nano_usd)::text from ledger where reason = 'race') as all,
				(select used_nano_usd::text from quota_buckets where key like ${`user:${strangerId}:day:%`}) as day,
				(select used_nano_usd::text from quota_buckets where key like ${`user:${strangerId}:month:%`}) as month`;
		expect(books).toEqual({ all: "0", day: "80", month: "80" });
	});

	it.each([
		[{ from: "2026-02-30" }],
		[{ from: "2026-11-24", to: "2026-11-24" }],
		[{ from: "2020-01-01", to: "2026-01-01" }],
		[{ timeZone: "Europe/Atlantis" }],
		[{ from: "9999999-01-01T00:00:00Z" }],
	])("refuses the range %j", async (wanted) => {
		await expect(readSummary(db.sql, userId, wanted)).rejects.toMatchObject({ code: "invalid_request" });
	});
});

describe("the file for spreadsheets", () => {
	const blankLine = {
		id: createId<string>(),
		createdAt: "2026-11-24T00:00:00.000Z",
		kind: "grant",
		amountNanoUsd: "-5000000001",
		modelId: "m",
		turnId: null,
		attempt: null,
		outcome: null,
		inputTokens: null,
		cachedInputTokens: null,
		cacheWriteTokens: null,
		cacheWrite1hTokens: null,
		outputTokens: null,
		reasoningTokens: null,
		usageSource: null,
		priceId: null,
	};

	it("has the tokens of every class, 0 for a class that a row of the version before lacks", async () => {
		const { lines } = await readStatement(db.sql, userId, { from: "2026-08-25", to: "2026-12-05" });
		const calls = lines.filter(({ kind }) => kind === "call");
		expect(new Set(calls.map((line) => line.cacheWriteTokens))).toEqual(new Set([3]));
		expect(new Set(calls.map((line) => line.cacheWrite1hTokens))).toEqual(new Set([0, 2]));
		const text = toCsv({ lines: calls.slice(0, 1) });
		expect(text).toContain(",cachedInputTokens,cacheWriteTokens,cacheWrite1hTokens,outputTokens,");
		expect(text).toMatch(/,10,4,3,[02],5,1,provider_final,/);
	});

	it("has a line for each line of the ledger, ended as RFC 4180 says", async () => {
		const statement = await readStatement(db.sql, userId, { from: "2026-08-25", to: "2026-12-05" });
		const text = toCsv(statement);
		expect(text.split("\r\n")).toHaveLength(statement.lines.length + 2);
		expect(text.endsWith("\r\n")).toBe(true);
	});

	it("runs no formula that a name or a reason carries, and keeps signed numbers as numbers", () => {
		const line = { ...blankLine, modelId: "=cmd|'/c calc'!A1" };
		const reasons = ["+1", "-1+1", "@SUM(A1)", "\t=1", "  =1", "＝1", 'say "hi", twice\r\n=1'];
		const texts = reasons.map((reason) => toCsv({ lines: [{ ...line, reason }] }));
		for (const text of texts) {
			expect(text).toContain(",-5000000001,'=cmd|'/c calc'!A1,");
			expect(text.trimEnd()).toMatch(/,-5\.000000001$/);
		}
		for (const text of texts.slice(0, 6)) expect(text).toMatch(/,"?'[\s+\-@=＝]/);
		expect(texts[6]).toContain('"say ""hi"", twice\r\n\'=1"');
	});

	it.each(["x;=1+1", "x; =1+1", 'x;"=1+1";y', "x\t=1+1", "x\n=1+1;", "x\r-1+1", "=1;@y", "x;＝1"])(
		"runs no formula in %j either where cells end at a semicolon or a tab and quotes stand within a cell",
		(reason) => {
			const text = toCsv({ lines: [{ ...blankLine, reason }] });
			expect(text).toMatch(/,"'?[x=]/);
			for (const separator of [";", "\t"]) {
				const cells = text.split(/[\r\n]/).flatMap((line) => line.split(separator));
				for (const cell of cells) expect(cell).not.toMatch(/^[\s"]*[=+\-@＝]/);
			}
		},
	);

	it("changes no text that begins no formula", () => {
		const reason = 'a; b, c - d\t"e"\nf = g';
		expect(toCsv({ lines: [{ ...blankLine, reason }] })).toContain(',"a; b, c - d\t""e""\nf = g",');
	});
});

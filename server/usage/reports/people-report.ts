/** Hand-written SQL: sums over all accounts, of days that were added up and of the lines of other days. */
import type { Sql } from "postgres";
import * as z from "zod";
import { readRange, type WantedRange } from "./range.ts";
import { noUserId, readWholeDays, toPartialDays, type WholeDays } from "./whole-days.ts";

/** What every account spent in a range, nano-dollars as decimal strings. */
export const peopleReport = z.object({
	from: z.string(),
	to: z.string(),
	timeZone: z.string(),
	/** All lines of all accounts: what the providers charge. */
	costNanoUsd: z.string(),
	/** What the server pays of it. */
	houseNanoUsd: z.string(),
	/** The largest sum first. The e-mail address is null once the account is deleted. */
	people: z.array(
		z.object({
			userId: z.string(),
			email: z.string().nullable(),
			chargedNanoUsd: z.string(),
			houseNanoUsd: z.string(),
			calls: z.number(),
		}),
	),
});
export type PeopleReport = z.infer<typeof peopleReport>;

/** @throws AppError `invalid_request` as `readRange`. */
export async function readPeopleReport(sql: Sql, wanted: WantedRange): Promise<PeopleReport> {
	const range = await readRange(sql, wanted, null);
	const days = await readWholeDays(sql, range);
	const parts = toPartialDays(range, days).map((part) => readPart(sql, part));
	const whole = days === null ? [] : await readDays(sql, days);
	const rows = [...whole, ...(await Promise.all(parts)).flat()];
	const people = [...Map.groupBy(rows, ({ userId }) => userId)].map(([userId, own]) => ({
		userId,
		...add(own),
	}));
	const total = add(rows);
	const emails = await readEmails(sql, people);
	return {
		...range,
		costNanoUsd: (total.charged + total.house).toString(),
		houseNanoUsd: total.house.toString(),
		people: people
			.filter(({ userId }) => userId !== noUserId)
			.toSorted((one, other) => Number(other.charged - one.charged) || (one.userId < other.userId ? -1 : 1))
			.map(({ userId, charged, house, calls }) => ({
				userId,
				email: emails.get(userId) ?? null,
				chargedNanoUsd: charged.toString(),
				houseNanoUsd: house.toString(),
				calls,
			})),
	};
}

/** What one account spent in a part of the range. */
interface PartRow {
	readonly userId: string;
	readonly charged: string;
	readonly house: string;
	readonly calls: number;
}

async function readDays(sql: Sql, { first, end }: WholeDays): Promise<PartRow[]> {
	return await sql<PartRow[]>`
		select user_id as "userId", sum(charged_nano_usd + adjusted_nano_usd)::text as charged, sum(house_nano_usd)::text as house,
			sum(calls)::float8 as calls
		from usage_days where day >= ${first}::text::date and day < ${end}::text::date
		group by user_id having sum(calls) > 0 or bool_or(charged_nano_usd <> 0 or adjusted_nano_usd <> 0 or house_nano_usd <> 0)`;
}

/** By the index on the day of a line, which a part of a range begins and ends in. */
async function readPart(sql: Sql, { from, to }: { from: string; to: string }): Promise<PartRow[]> {
	return await sql<PartRow[]>`
		select coalesce(user_id, ${noUserId}::uuid) as "userId",
			coalesce(sum(amount_nano_usd) filter (where account = 'user'), 0)::text as charged,
			coalesce(sum(amount_nano_usd) filter (where account = 'house'), 0)::text as house,
			(count(*) filter (where account = 'user' and kind = 'call'))::float8 as calls
		from ledger where created_at >= ${from}::timestamptz and created_at < ${to}::timestamptz
			and (created_at at time zone 'UTC')::date between (${from}::timestamptz at time zone 'UTC')::date
				and ((${to}::timestamptz - interval '1 microsecond') at time zone 'UTC')::date
		group by 1`;
}

function add(rows: readonly PartRow[]) {
	const sum = (name: "charged" | "house") => rows.reduce((total, row) => total + BigInt(row[name]), 0n);
	return {
		charged: sum("charged"),
		house: sum("house"),
		calls: rows.reduce((total, { calls }) => total + calls, 0),
	};
}

async function readEmails(sql: Sql, people: readonly { userId: string }[]): Promise<Map<string, string>> {
	const ids = people.map(({ userId }) => userId);
	const rows = await sql<{ id: string; email: string }[]>`
		select id, email from users where id = any(${ids}::uuid[])`;
	return new Map(rows.map(({ id, email }) => [id, email]));
}

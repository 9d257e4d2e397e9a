import type { Sql } from "postgres";
import * as z from "zod";
import { readRange, type WantedRange } from "./range.ts";

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
	const rows = await sql<
		(Omit<PeopleReport["people"][number], "userId"> & { userId: string | null; costNanoUsd: string })[]
	>`
		select user_id as "userId", (select email from users where users.id = user_id) as email,
			coalesce(sum(amount_nano_usd) filter (where account = 'user'), 0)::text as "chargedNanoUsd",
			coalesce(sum(amount_nano_usd) filter (where account = 'house'), 0)::text as "houseNanoUsd",
			sum(amount_nano_usd)::text as "costNanoUsd",
			(count(*) filter (where account = 'user' and kind = 'call'))::float8 as calls
		from ledger where created_at >= ${range.from}::timestamptz and created_at < ${range.to}::timestamptz
		group by user_id order by sum(amount_nano_usd) filter (where account = 'user') desc nulls last, user_id`;
	const sum = (name: "costNanoUsd" | "houseNanoUsd") =>
		rows.reduce((total, row) => total + BigInt(row[name]), 0n).toString();
	return {
		...range,
		costNanoUsd: sum("costNanoUsd"),
		houseNanoUsd: sum("houseNanoUsd"),
		people: rows.flatMap(({ costNanoUsd: _, userId, ...row }) =>
			userId === null ? [] : [{ userId, ...row }],
		),
	};
}

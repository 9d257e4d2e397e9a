/** Hand-written SQL: sums over the lines of a person, by days in a time zone. */
import type { Sql } from "postgres";
import * as z from "zod";
import { type Range, readRange, type WantedRange } from "./range.ts";
import { readWholeDays, toPartialDays, type WholeDays } from "./whole-days.ts";

/** Money in nano-dollars, decimal strings. */
const spent = z.object({
	/** What the calls cost the person, and corrections of that. */
	chargedNanoUsd: z.string(),
	/** Grants, credits (negative) and charges that no call made. */
	adjustedNanoUsd: z.string(),
	calls: z.number(),
	inputTokens: z.number(),
	cachedInputTokens: z.number(),
	cacheWriteTokens: z.number(),
	cacheWrite1hTokens: z.number(),
	outputTokens: z.number(),
	reasoningTokens: z.number(),
});
export type Spent = z.infer<typeof spent>;

/** What a person spent in a range: every figure is a sum of the same lines of the ledger. */
export const summary = z.object({
	/** ISO 8601; `to` is the first instant that no longer counts. */
	from: z.string(),
	to: z.string(),
	/** Whose midnights divide the days. */
	timeZone: z.string(),
	total: spent,
	/** Only days with lines, oldest first; `2026-11-24`. */
	days: z.array(spent.extend({ day: z.string() })),
	/** The largest sum first. Adjustments are in `total` and `days` only. */
	models: z.array(spent.extend({ modelId: z.string() })),
});
export type Summary = z.infer<typeof summary>;

interface SumRow extends Spent {
	day: string;
	modelId: string | null;
}

/**
 * What a person spent, by day and by model, from the lines on the person's own account.
 *
 * @throws AppError `invalid_request` as `readRange`.
 */
export async function readSummary(sql: Sql, userId: string, wanted: WantedRange): Promise<Summary> {
	const range = await readRange(sql, wanted, userId);
	const rows = await readAllSums(sql, userId, range);
	const byDay = Map.groupBy(rows, ({ day }) => day);
	const byModel = Map.groupBy(rows, ({ modelId }) => modelId);
	const models = [...byModel].flatMap(([modelId, own]) =>
		modelId === null ? [] : [{ modelId, ...add(own) }],
	);
	return {
		...range,
		total: add(rows),
		days: [...byDay].map(([day, own]) => ({ day, ...add(own) })),
		models: models.sort((one, other) => compare(other.chargedNanoUsd, one.chargedNanoUsd)),
	};
}

/** Days that were added up are read as such; their midnights are those of UTC. */
async function readAllSums(sql: Sql, userId: string, range: Range): Promise<SumRow[]> {
	if (range.timeZone !== "UTC") return await readSums(sql, userId, range);
	const days = await readWholeDays(sql, range);
	const whole = days === null ? [] : await readDaySums(sql, userId, days);
	const parts = toPartialDays(range, days).map((part) => readSums(sql, userId, { ...range, ...part }));
	const rows = [...whole, ...(await Promise.all(parts)).flat()];
	return rows.toSorted((one, other) => (one.day < other.day ? -1 : Number(one.day > other.day)));
}

async function readDaySums(sql: Sql, userId: string, { first, end }: WholeDays): Promise<SumRow[]> {
	return await sql<SumRow[]>`
		select day::text, nullif(model_id, '') as "modelId", charged_nano_usd::text as "chargedNanoUsd",
			adjusted_nano_usd::text as "adjustedNanoUsd", calls, input_tokens::float8 as "inputTokens",
			cached_input_tokens::float8 as "cachedInputTokens", cache_write_tokens::float8 as "cacheWriteTokens",
			cache_write_1h_tokens::float8 as "cacheWrite1hTokens", output_tokens::float8 as "outputTokens",
			reasoning_tokens::float8 as "reasoningTokens"
		from usage_days where user_id = ${userId} and day >= ${first}::text::date and day < ${end}::text::date
			and (calls > 0 or charged_nano_usd <> 0 or adjusted_nano_usd <> 0)
		order by day, model_id`;
}

/** A call has exactly one line of kind `call` on the person's account, which is where its tokens are counted. */
async function readSums(sql: Sql, userId: string, { from, to, timeZone }: Range): Promise<SumRow[]> {
	return await sql<SumRow[]>`
		with lines as (
			select ledger.*, to_char(ledger.created_at at time zone ${timeZone}, 'YYYY-MM-DD') as day,
				ledger.kind in ('grant', 'adjustment') as is_adjustment
			from ledger where user_id = ${userId} and account = 'user'
				and created_at >= ${from}::timestamptz and created_at < ${to}::timestamptz
		)
		select lines.day, case when is_adjustment then null else coalesce(lines.model_id, 'unknown') end as "modelId",
			coalesce(sum(amount_nano_usd) filter (where not is_adjustment), 0)::text as "chargedNanoUsd",
			coalesce(sum(amount_nano_usd) filter (where is_adjustment), 0)::text as "adjustedNanoUsd",
			count(model_calls.id)::float8 as calls,
			coalesce(sum(model_calls.input_tokens), 0)::float8 as "inputTokens",
			coalesce(sum(model_calls.cached_input_tokens), 0)::float8 as "cachedInputTokens",
			coalesce(sum(model_calls.cache_write_tokens), 0)::float8 as "cacheWriteTokens",
			coalesce(sum(model_calls.cache_write_1h_tokens), 0)::float8 as "cacheWrite1hTokens",
			coalesce(sum(model_calls.output_tokens), 0)::float8 as "outputTokens",
			coalesce(sum(model_calls.reasoning_tokens), 0)::float8 as "reasoningTokens"
		from lines left join model_calls on lines.kind = 'call' and model_calls.id = lines.model_call_id
		group by 1, 2 order by 1, 2`;
}

function add(rows: readonly Spent[]): Spent {
	const money = (name: "chargedNanoUsd" | "adjustedNanoUsd") =>
		rows.reduce((sum, row) => sum + BigInt(row[name]), 0n).toString();
	const count = (name: Exclude<keyof Spent, "chargedNanoUsd" | "adjustedNanoUsd">) =>
		rows.reduce((sum, row) => sum + row[name], 0);
	return {
		chargedNanoUsd: money("chargedNanoUsd"),
		adjustedNanoUsd: money("adjustedNanoUsd"),
		calls: count("calls"),
		inputTokens: count("inputTokens"),
		cachedInputTokens: count("cachedInputTokens"),
		cacheWriteTokens: count("cacheWriteTokens"),
		cacheWrite1hTokens: count("cacheWrite1hTokens"),
		outputTokens: count("outputTokens"),
		reasoningTokens: count("reasoningTokens"),
	};
}

const compare = (one: string, other: string) => Number(BigInt(one) - BigInt(other));

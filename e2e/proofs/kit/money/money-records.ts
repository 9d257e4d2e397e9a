import * as z from "zod";
import { toMonthRange } from "../../../../server/usage/index.ts";
import { query } from "../clients/api-calls.ts";
import type { StagePerson } from "../stage/accounts.ts";
import type { Stage } from "../stage/stage.ts";
import { type InvoiceRow, type ProviderRequest, readInvoice, readRequests } from "./provider-records.ts";
import { sum } from "./usd.ts";

export interface CallRow extends TokenCounts {
	readonly id: string;
	/** Null for a call that the server made for itself. */
	readonly turnId: string | null;
	/** Our name for the request: turn and attempt, or the call's id. */
	readonly name: string;
	readonly providerRequestId: string | null;
	readonly userId: string;
	readonly purpose: string;
	readonly usageSource: string;
	readonly outcome: string;
	readonly costNanoUsd: bigint;
}

export interface LineRow {
	readonly account: "user" | "house";
	readonly kind: string;
	readonly userId: string;
	readonly callId: string | null;
	readonly amountNanoUsd: bigint;
}

/** What was used and what is reserved of one limit in one period. */
export interface BucketRow {
	readonly key: string;
	readonly usedNanoUsd: bigint;
	readonly reservedNanoUsd: bigint;
	readonly usedTokens: number;
	readonly reservedTokens: number;
	readonly usedRequests: number;
	readonly reservedRequests: number;
}

export interface TurnMoneyRow {
	readonly turnId: string;
	readonly userId: string;
	/** Tokens that were reserved before the first call, and topped up since: the most that the turn counts for its limit. */
	readonly reservedTokens: number;
}

/** The classes of tokens, as calls and reports name them. */
export const tokenClasses = [
	"inputTokens",
	"cachedInputTokens",
	"cacheWriteTokens",
	"cacheWrite1hTokens",
	"outputTokens",
	"reasoningTokens",
] as const;
export type TokenCounts = Readonly<Record<(typeof tokenClasses)[number], number>>;

/** What one person can see of their spending, each figure read by another way. */
export interface PersonReport {
	readonly userId: string;
	/** Charges and adjustments. */
	readonly totalNanoUsd: bigint;
	/** Sums of the parts of the same report; models have no adjustments. */
	readonly daysNanoUsd: bigint;
	readonly modelsNanoUsd: bigint;
	readonly calls: number;
	readonly tokens: TokenCounts;
	/** Sums of the lines of the exported files. */
	readonly csvNanoUsd: bigint;
	readonly jsonNanoUsd: bigint;
}

/** Everything that states what a run cost, read from each place that states it. */
export interface MoneyRecords {
	readonly invoice: readonly InvoiceRow[];
	/** What the provider saw, with the usage that it reported. */
	readonly requests: readonly ProviderRequest[];
	readonly turns: readonly TurnMoneyRow[];
	readonly calls: readonly CallRow[];
	readonly lines: readonly LineRow[];
	readonly buckets: readonly BucketRow[];
	readonly people: readonly PersonReport[];
	/** The administrators' report. */
	readonly site: { readonly costNanoUsd: bigint; readonly houseNanoUsd: bigint };
}

const nano = z
	.string()
	.regex(/^-?\d+$/)
	.transform(BigInt);

/** Reads every record, each from where people or operators find it. @throws when one cannot be read. */
export async function readMoneyRecords(stage: Stage, admin: StagePerson): Promise<MoneyRecords> {
	const months = await readMonths(stage);
	const people: PersonReport[] = [];
	for (const person of stage.people) people.push(await readPerson(stage, person, months));
	return {
		invoice: await readInvoice(stage.upstreamUrl),
		requests: await readRequests(stage.upstreamUrl),
		...(await readTables(stage)),
		people,
		site: await readSite(stage, admin, months),
	};
}

/** A run may pass the end of a month. */
async function readMonths({ sql }: Stage): Promise<string[]> {
	const rows = await sql<{ month: string }[]>`
		select distinct to_char(created_at at time zone 'UTC', 'YYYY-MM') as month from ledger order by 1`;
	return rows.map(({ month }) => month);
}

type Stored<Row> = { [Name in keyof Row]: Row[Name] extends bigint ? string : Row[Name] };

async function readTables({
	sql,
}: Stage): Promise<Pick<MoneyRecords, "calls" | "lines" | "buckets" | "turns">> {
	const calls = await sql<Stored<CallRow>[]>`
		select id, turn_id as "turnId", coalesce(turn_id || '-' || attempt, id::text) as name, provider_request_id as "providerRequestId",
			user_id as "userId", coalesce(purpose, 'answer') as purpose, usage_source as "usageSource", outcome, input_tokens as "inputTokens",
			cached_input_tokens as "cachedInputTokens", cache_write_tokens as "cacheWriteTokens",
			coalesce(cache_write_1h_tokens, 0) as "cacheWrite1hTokens", output_tokens as "outputTokens",
			reasoning_tokens as "reasoningTokens", cost_nano_usd::text as "costNanoUsd"
		from model_calls order by id`;
	const lines = await sql<Stored<LineRow>[]>`
		select account, kind, user_id as "userId", model_call_id as "callId", amount_nano_usd::text as "amountNanoUsd"
		from ledger order by id`;
	const buckets = await sql<Stored<BucketRow>[]>`
		select key, used_nano_usd::text as "usedNanoUsd", reserved_nano_usd::text as "reservedNanoUsd",
			used_tokens::float8 as "usedTokens", reserved_tokens::float8 as "reservedTokens",
			used_requests as "usedRequests", reserved_requests::float8 as "reservedRequests"
		from quota_buckets order by key`;
	const turns = await sql<TurnMoneyRow[]>`
		select id as "turnId", user_id as "userId", reserved_tokens::float8 as "reservedTokens" from turns order by id`;
	return {
		turns,
		calls: calls.map((row) => ({ ...row, costNanoUsd: BigInt(row.costNanoUsd) })),
		lines: lines.map((row) => ({ ...row, amountNanoUsd: BigInt(row.amountNanoUsd) })),
		buckets: buckets.map((row) => ({
			...row,
			usedNanoUsd: BigInt(row.usedNanoUsd),
			reservedNanoUsd: BigInt(row.reservedNanoUsd),
		})),
	};
}

const spent = z.object({ chargedNanoUsd: nano, adjustedNanoUsd: nano });
const counts = z.object({
	inputTokens: z.number(),
	cachedInputTokens: z.number(),
	cacheWriteTokens: z.number(),
	cacheWrite1hTokens: z.number(),
	outputTokens: z.number(),
	reasoningTokens: z.number(),
});
const summary = z.object({
	total: counts.extend({ ...spent.shape, calls: z.number() }),
	days: z.array(spent),
	models: z.array(spent),
});
const file = z.object({ text: z.string() });
const jsonFile = z.object({ totalNanoUsd: nano, lines: z.array(z.object({ amountNanoUsd: nano })) });
const siteReport = z.object({ costNanoUsd: nano, houseNanoUsd: nano });

async function readPerson(
	stage: Stage,
	person: StagePerson,
	months: readonly string[],
): Promise<PersonReport> {
	let tokens = noTokens;
	const report = {
		userId: person.userId,
		totalNanoUsd: 0n,
		daysNanoUsd: 0n,
		modelsNanoUsd: 0n,
		calls: 0,
		csvNanoUsd: 0n,
		jsonNanoUsd: 0n,
	};
	for (const month of months) {
		const range = { ...toMonthRange(month), timeZone: "UTC" };
		const { total, days, models } = summary.parse(await get(stage, person, "usage.summary", range));
		report.totalNanoUsd += toSpent(total);
		report.calls += total.calls;
		tokens = addTokens(tokens, total);
		report.daysNanoUsd += sum(days.map(toSpent));
		report.modelsNanoUsd += sum(models.map(({ chargedNanoUsd }) => chargedNanoUsd));
		const wanted = { month, timeZone: "UTC" };
		const csv = file.parse(await get(stage, person, "usage.export", { ...wanted, format: "csv" }));
		report.csvNanoUsd += sum(readCsvAmounts(csv.text));
		const json = file.parse(await get(stage, person, "usage.export", { ...wanted, format: "json" }));
		const { totalNanoUsd, lines } = jsonFile.parse(JSON.parse(json.text));
		if (totalNanoUsd !== sum(lines.map(({ amountNanoUsd }) => amountNanoUsd)))
			throw new Error(`The export of ${person.email} does not add up to its own total.`);
		report.jsonNanoUsd += totalNanoUsd;
	}
	return { ...report, tokens };
}

export const noTokens: TokenCounts = {
	inputTokens: 0,
	cachedInputTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	outputTokens: 0,
	reasoningTokens: 0,
};

/** Adds every class. */
export const addTokens = (one: TokenCounts, other: TokenCounts): TokenCounts => ({
	inputTokens: one.inputTokens + other.inputTokens,
	cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
	cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
	cacheWrite1hTokens: one.cacheWrite1hTokens + other.cacheWrite1hTokens,
	outputTokens: one.outputTokens + other.outputTokens,
	reasoningTokens: one.reasoningTokens + other.reasoningTokens,
});

const toSpent = ({ chargedNanoUsd, adjustedNanoUsd }: z.infer<typeof spent>): bigint =>
	chargedNanoUsd + adjustedNanoUsd;

async function readSite(
	stage: Stage,
	admin: StagePerson,
	months: readonly string[],
): Promise<MoneyRecords["site"]> {
	const site = { costNanoUsd: 0n, houseNanoUsd: 0n };
	for (const month of months) {
		const range = { ...toMonthRange(month), timeZone: "UTC" };
		const report = siteReport.parse(await get(stage, admin, "admin.usage.report", range));
		site.costNanoUsd += report.costNanoUsd;
		site.houseNanoUsd += report.houseNanoUsd;
	}
	return site;
}

async function get(stage: Stage, person: StagePerson, path: string, input: object): Promise<unknown> {
	const { data, code } = await query(stage.balancer.url, { path, input, headers: person.headers });
	if (code !== null) throw new Error(`${path} was answered "${code}" for ${person.email}.`);
	return data;
}

/** The amounts of an exported file; the cells before them hold neither commas nor quotes. */
function readCsvAmounts(text: string): bigint[] {
	const [heading = "", ...rows] = text.split("\r\n");
	const column = heading.split(",").indexOf("amountNanoUsd");
	return rows.filter((row) => row !== "").map((row) => BigInt(row.split(",")[column] ?? ""));
}

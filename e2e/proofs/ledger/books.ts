import * as z from "zod";
import { toMonthRange } from "../../../server/usage/index.ts";
import { query } from "../chaos/sender.ts";
import type { Stage, StagePerson } from "../chaos/stage.ts";

/** What the provider asks for one request. */
export interface InvoiceRow {
	readonly requestId: string;
	/** Our name for the request. */
	readonly clientRequestId: string | null;
	readonly costNanoUsd: bigint;
}

export interface CallRow {
	readonly id: string;
	/** Our name for the request: turn and attempt. */
	readonly name: string;
	readonly providerRequestId: string | null;
	readonly userId: string;
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

export interface BucketRow {
	readonly key: string;
	readonly usedNanoUsd: bigint;
	readonly reservedNanoUsd: bigint;
}

/** What one person is told, each figure by another way. */
export interface PersonReport {
	readonly userId: string;
	readonly totalNanoUsd: bigint;
	/** Sums of the same report's parts. */
	readonly daysNanoUsd: bigint;
	readonly modelsNanoUsd: bigint;
	readonly calls: number;
	/** Sums of the files' lines. */
	readonly csvNanoUsd: bigint;
	readonly jsonNanoUsd: bigint;
}

/** Everything that says what a run cost, as it is told in each place. */
export interface Books {
	readonly invoice: readonly InvoiceRow[];
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
const invoiceRows = z.array(
	z.object({ requestId: z.string(), clientRequestId: z.string().nullable(), costNanoUsd: nano }),
);

/** Reads every book, each from where people or operators have it. @throws when one cannot be read. */
export async function readBooks(stage: Stage, admin: StagePerson): Promise<Books> {
	const months = await readMonths(stage);
	const people: PersonReport[] = [];
	for (const person of stage.people) people.push(await readPerson(stage, person, months));
	return {
		invoice: invoiceRows.parse(JSON.parse(await readInvoiceText(stage))),
		...(await readTables(stage)),
		people,
		site: await readSite(stage, admin, months),
	};
}

/** The provider's own invoice, as a file of its would hold it. */
export async function readInvoiceText({ upstreamUrl }: Stage): Promise<string> {
	return await (await fetch(`${upstreamUrl}/sim/invoice`)).text();
}

/** A run may pass the end of a month. */
async function readMonths({ sql }: Stage): Promise<string[]> {
	const rows = await sql<{ month: string }[]>`
		select distinct to_char(created_at at time zone 'UTC', 'YYYY-MM') as month from ledger order by 1`;
	return rows.map(({ month }) => month);
}

type Stored<Row> = { [Name in keyof Row]: Row[Name] extends bigint ? string : Row[Name] };

async function readTables({ sql }: Stage): Promise<Pick<Books, "calls" | "lines" | "buckets">> {
	const calls = await sql<Stored<CallRow>[]>`
		select id, turn_id || '-' || attempt as name, provider_request_id as "providerRequestId", user_id as "userId",
			usage_source as "usageSource", outcome, cost_nano_usd::text as "costNanoUsd" from model_calls order by id`;
	const lines = await sql<Stored<LineRow>[]>`
		select account, kind, user_id as "userId", model_call_id as "callId", amount_nano_usd::text as "amountNanoUsd"
		from ledger order by id`;
	const buckets = await sql<Stored<BucketRow>[]>`
		select key, used_nano_usd::text as "usedNanoUsd", reserved_nano_usd::text as "reservedNanoUsd"
		from quota_buckets order by key`;
	return {
		calls: calls.map((row) => ({ ...row, costNanoUsd: BigInt(row.costNanoUsd) })),
		lines: lines.map((row) => ({ ...row, amountNanoUsd: BigInt(row.amountNanoUsd) })),
		buckets: buckets.map((row) => ({
			...{ key: row.key, usedNanoUsd: BigInt(row.usedNanoUsd) },
			reservedNanoUsd: BigInt(row.reservedNanoUsd),
		})),
	};
}

const spent = z.object({ chargedNanoUsd: nano });
const summary = z.object({
	total: spent.extend({ calls: z.number() }),
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
	const told = {
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
		told.totalNanoUsd += total.chargedNanoUsd;
		told.calls += total.calls;
		told.daysNanoUsd += sum(days.map(({ chargedNanoUsd }) => chargedNanoUsd));
		told.modelsNanoUsd += sum(models.map(({ chargedNanoUsd }) => chargedNanoUsd));
		const wanted = { month, timeZone: "UTC" };
		const csv = file.parse(await get(stage, person, "usage.export", { ...wanted, format: "csv" }));
		told.csvNanoUsd += sum(readCsvAmounts(csv.text));
		const json = file.parse(await get(stage, person, "usage.export", { ...wanted, format: "json" }));
		const { totalNanoUsd, lines } = jsonFile.parse(JSON.parse(json.text));
		if (totalNanoUsd !== sum(lines.map(({ amountNanoUsd }) => amountNanoUsd)))
			throw new Error(`The export of ${person.email} does not add up to its own total.`);
		told.jsonNanoUsd += totalNanoUsd;
	}
	return { userId: person.userId, ...told };
}

async function readSite(stage: Stage, admin: StagePerson, months: readonly string[]): Promise<Books["site"]> {
	const told = { costNanoUsd: 0n, houseNanoUsd: 0n };
	for (const month of months) {
		const range = { ...toMonthRange(month), timeZone: "UTC" };
		const report = siteReport.parse(await get(stage, admin, "admin.usage.report", range));
		told.costNanoUsd += report.costNanoUsd;
		told.houseNanoUsd += report.houseNanoUsd;
	}
	return told;
}

async function get(stage: Stage, person: StagePerson, path: string, input: object): Promise<unknown> {
	const { data, code } = await query(stage.front.url, { path, input, headers: person.headers });
	if (code !== null) throw new Error(`${path} was answered "${code}" for ${person.email}.`);
	return data;
}

/** The amounts of an exported file; the cells before them hold neither commas nor quotes. */
function readCsvAmounts(text: string): bigint[] {
	const [heading = "", ...rows] = text.split("\r\n");
	const column = heading.split(",").indexOf("amountNanoUsd");
	return rows.filter((row) => row !== "").map((row) => BigInt(row.split(",")[column] ?? ""));
}

export const sum = (amounts: readonly bigint[]): bigint =>
	amounts.reduce((total, amount) => total + amount, 0n);

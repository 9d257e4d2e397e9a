/** Hand-written SQL: pages of lines with their calls, in an order that is exact to the microsecond. */
import type { Sql } from "postgres";
import * as z from "zod";
import { AppError } from "../../contract/errors.ts";
import { type Range, readRange, type WantedRange } from "./range.ts";

/** A line of a person's account. Money in nano-dollars, a decimal string; a credit is negative. */
export interface StatementLine {
	readonly id: string;
	/** ISO 8601. */
	readonly createdAt: string;
	readonly kind: string;
	readonly amountNanoUsd: string;
	readonly modelId: string | null;
	readonly turnId: string | null;
	readonly attempt: number | null;
	readonly outcome: string | null;
	readonly inputTokens: number | null;
	readonly cachedInputTokens: number | null;
	readonly cacheWriteTokens: number | null;
	readonly cacheWrite1hTokens: number | null;
	readonly outputTokens: number | null;
	readonly reasoningTokens: number | null;
	readonly usageSource: string | null;
	readonly priceId: string | null;
	readonly reason: string | null;
}

export interface Statement extends Range {
	readonly userId: string;
	/** The sum of the lines, nano-dollars. */
	readonly totalNanoUsd: string;
	/** Oldest first. */
	readonly lines: readonly StatementLine[];
}

/** A file to keep. */
export const statementFile = z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() });

/** More than any spreadsheet likes, and about 30 MB. */
const linesMax = 100_000;
/** Read in some 20 ms. */
const pageLines = 2_000;

/**
 * Every line on a person's account in a range.
 *
 * @throws AppError `invalid_request` as `readRange`; `payload_too_large` above 100,000 lines.
 */
export async function readStatement(sql: Sql, userId: string, wanted: WantedRange): Promise<Statement> {
	const range = await readRange(sql, wanted, userId);
	const lines: StatementLine[] = [];
	let after: PlaceRow = { at: "-infinity", id: "00000000-0000-0000-0000-000000000000" };
	for (;;) {
		const page = await readPage(sql, { userId, range, after });
		lines.push(
			...page.map(({ at: _, createdAt, ...line }) => ({ ...line, createdAt: createdAt.toISOString() })),
		);
		const last = page.at(-1);
		if (!last || page.length < pageLines) break;
		if (lines.length > linesMax)
			throw new AppError("payload_too_large", `There are more than ${linesMax} lines: ask for fewer days.`);
		after = last;
	}
	const total = lines.reduce((sum, { amountNanoUsd }) => sum + BigInt(amountNanoUsd), 0n);
	return { userId, ...range, totalNanoUsd: total.toString(), lines };
}

/** `at` is exact, as text: a JavaScript date would cut its microseconds. */
interface PlaceRow {
	at: string;
	id: string;
}

type PageRow = Omit<StatementLine, "createdAt"> & PlaceRow & { createdAt: Date };

async function readPage(
	sql: Sql,
	{ userId, range, after }: { userId: string; range: Range; after: PlaceRow },
): Promise<PageRow[]> {
	return await sql<PageRow[]>`
		select ledger.id, ledger.created_at as "createdAt", ledger.created_at::text as at, ledger.kind,
			ledger.amount_nano_usd::text as "amountNanoUsd", ledger.model_id as "modelId", ledger.turn_id as "turnId",
			calls.attempt, calls.outcome, calls.input_tokens as "inputTokens", calls.cached_input_tokens as "cachedInputTokens",
			calls.cache_write_tokens as "cacheWriteTokens",
			case when calls.id is not null then coalesce(calls.cache_write_1h_tokens, 0) end as "cacheWrite1hTokens",
			calls.output_tokens as "outputTokens", calls.reasoning_tokens as "reasoningTokens",
			calls.usage_source as "usageSource", ledger.price_id as "priceId", ledger.reason
		from ledger left join model_calls as calls on ledger.kind = 'call' and calls.id = ledger.model_call_id
		where ledger.user_id = ${userId} and ledger.account = 'user'
			and ledger.created_at >= ${range.from}::timestamptz and ledger.created_at < ${range.to}::timestamptz
			and (ledger.created_at, ledger.id) > (${after.at}::text::timestamptz, ${after.id}::uuid)
		order by ledger.created_at, ledger.id limit ${pageLines}`;
}

const columns = [
	"id",
	"createdAt",
	"kind",
	"amountNanoUsd",
	"modelId",
	"turnId",
	"attempt",
	"outcome",
	"inputTokens",
	"cachedInputTokens",
	"cacheWriteTokens",
	"cacheWrite1hTokens",
	"outputTokens",
	"reasoningTokens",
	"usageSource",
	"priceId",
	"reason",
] as const satisfies readonly (keyof StatementLine)[];

/** RFC 4180; amounts also in US dollars. What a spreadsheet would run as a formula is text. */
export function toCsv({ lines }: Pick<Statement, "lines">): string {
	const rows = lines.map((line) => [
		...columns.map((name) => toCell(line[name])),
		toUsd(BigInt(line.amountNanoUsd)),
	]);
	return [[...columns, "amountUsd"], ...rows].map((cells) => `${cells.join(",")}\r\n`).join("");
}

/** The statement as a file of either kind. */
export function toStatementFile(
	statement: Statement,
	{ month, format }: { readonly month: string; readonly format: "csv" | "json" },
): z.infer<typeof statementFile> {
	const fileName = `parley-usage-${month}.${format}`;
	return format === "csv"
		? { fileName, mediaType: "text/csv; charset=utf-8", text: toCsv(statement) }
		: { fileName, mediaType: "application/json", text: `${JSON.stringify(statement, null, "\t")}\n` };
}

/** Where a cell begins as some spreadsheet reads it: in many countries cells end at a semicolon, and a quote within a line is a letter. */
const formulas = /(^|[;\t\n]|\r(?!\n))(?=[\s"\u00a0\ufeff]*[=+\-@＝＋－＠])/g;

/** Numbers are ours and stay numbers; any text that begins like a formula gets an apostrophe before it, wherever a cell may begin. */
function toCell(value: string | number | null): string {
	if (value === null) return "";
	const text = String(value);
	if (/^-?\d+$/.test(text)) return text;
	const safe = text.replace(formulas, "$1'").replace(/^(?=[\t\r])/, "'");
	return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Exact, nine places. */
export function toUsd(nanoUsd: bigint): string {
	const [sign, size] = nanoUsd < 0n ? ["-", -nanoUsd] : ["", nanoUsd];
	return `${sign}${size / 1_000_000_000n}.${(size % 1_000_000_000n).toString().padStart(9, "0")}`;
}

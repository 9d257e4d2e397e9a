import * as z from "zod";

/** One request on a provider's invoice, by the provider's name for it, by ours, or both. */
export interface InvoiceRow {
	/** Its place in the file, counted from 1; the heading of a CSV file is row 1. */
	readonly row: number;
	readonly requestId: string | null;
	/** What we called the request towards the provider: `toCallName`. */
	readonly clientRequestId: string | null;
	readonly costNanoUsd: bigint;
}

/** What a file holds, and everything that is wrong with it. */
export interface InvoiceFile {
	readonly rows: readonly InvoiceRow[];
	readonly mistakes: readonly string[];
}

const rowsMax = 500_000;
/** A million dollars for one request is a mistake of the file. */
const costMax = 1_000_000_000_000_000n;

const name = z
	.string()
	.max(200)
	.nullish()
	.transform((text) => text?.trim() || null);
const nanoUsd = z.string().regex(/^\d{1,16}$/, "must be whole nano-dollars, 0 or more, in quotes");
const usd = z.string().regex(/^\d{1,7}(\.\d{1,9})?$/, "must be US dollars, 0 or more, at most 9 places");

/** Columns and fields that are not named here are ignored. */
const invoiceRow = z
	.object({ requestId: name, clientRequestId: name, costNanoUsd: nanoUsd.nullish(), costUsd: usd.nullish() })
	.refine(({ requestId, clientRequestId }) => requestId || clientRequestId, "names no request")
	.refine(({ costNanoUsd, costUsd }) => (costNanoUsd == null) !== (costUsd == null), {
		message: "needs one of costNanoUsd and costUsd",
	})
	.transform(({ costNanoUsd, costUsd, ...ids }) => ({
		...ids,
		costNanoUsd: costNanoUsd == null ? toNanoUsd(costUsd ?? "0") : BigInt(costNanoUsd),
	}))
	.refine(({ costNanoUsd }) => costNanoUsd <= costMax, "costs more than a million dollars");

function toNanoUsd(text: string): bigint {
	const [whole = "0", fraction = ""] = text.split(".");
	return BigInt(whole + fraction.padEnd(9, "0"));
}

/**
 * Reads an invoice: a JSON array of objects, or CSV (RFC 4180) with a heading. Each row has `requestId` or
 * `clientRequestId`, and `costNanoUsd` or `costUsd`; a request may stand in it once.
 */
export function parseInvoice(text: string): InvoiceFile {
	const given = text.replace(/^\ufeff/, "").trim();
	const file = given.startsWith("[") || given.startsWith("{") ? readJson(given) : readCsv(given);
	if (typeof file === "string") return { rows: [], mistakes: [file] };
	if (file.length > rowsMax) return { rows: [], mistakes: [`has more than ${rowsMax} rows: split it`] };
	if (file.length === 0) return { rows: [], mistakes: ["has no rows"] };
	const mistakes: string[] = [];
	const rows = file.flatMap(({ row, value }): InvoiceRow[] => {
		const parsed = invoiceRow.safeParse(value);
		if (parsed.success) return [{ row, ...parsed.data }];
		mistakes.push(...parsed.error.issues.map((issue) => `row ${row}: ${toWords(issue)}`));
		return [];
	});
	return { rows, mistakes: [...mistakes, ...findRepeated(rows)] };
}

const toWords = ({ path, message }: z.core.$ZodIssue) => [path.join("."), message].filter(Boolean).join(" ");

function findRepeated(rows: readonly InvoiceRow[]): string[] {
	const first = new Map<string, number>();
	return rows.flatMap(({ row, requestId, clientRequestId }) => {
		const names = [requestId && `request ${requestId}`, clientRequestId && `our request ${clientRequestId}`];
		const repeated = names.find((one) => one && first.has(one));
		for (const one of names) if (one && !first.has(one)) first.set(one, row);
		return repeated ? [`row ${row}: ${repeated} is in row ${first.get(repeated)} already`] : [];
	});
}

interface GivenRow {
	readonly row: number;
	readonly value: unknown;
}

function readJson(text: string): GivenRow[] | string {
	try {
		const value: unknown = JSON.parse(text);
		if (Array.isArray(value)) return value.map((one, index) => ({ row: index + 1, value: one }));
		return "is JSON, but no array of rows";
	} catch {
		return "is neither a JSON array nor CSV";
	}
}

function readCsv(text: string): GivenRow[] | string {
	const split = splitCsv(text);
	if (!split) return "is no CSV: there is a quote within a cell";
	const [heads = [], ...records] = split;
	if (!heads.some((head) => head === "requestId" || head === "clientRequestId"))
		return "has no column requestId or clientRequestId";
	return records.flatMap((cells, index) => {
		if (cells.every((cell) => cell === "")) return [];
		const pairs = heads.map((head, column) => [head, cells[column] === "" ? null : (cells[column] ?? null)]);
		return [{ row: index + 2, value: Object.fromEntries(pairs) }];
	});
}

const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** A quoted cell may hold anything, with quotes doubled. Null when there is a quote where none may be. */
function splitCsv(text: string): string[][] | null {
	const records: string[][] = [[]];
	for (cell.lastIndex = 0; ; ) {
		const match = cell.exec(text);
		if (!match) return null;
		const [, quoted, plain = "", end] = match;
		records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain.trim());
		if (end === "") return records;
		if (end !== ",") records.push([]);
	}
}

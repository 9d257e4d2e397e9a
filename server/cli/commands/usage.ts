import { readFile } from "node:fs/promises";
import { getUserId } from "../../auth/index.ts";
import { AppError } from "../../contract/errors.ts";
import type {
	InvoiceComparison,
	InvoiceRow,
	PeopleReport,
	Recomputation,
	Summary,
} from "../../usage/index.ts";
import {
	type Command,
	findOption,
	findReason,
	type Options,
	requireOption,
	requireReason,
	UsageError,
} from "../command.ts";
import { parseUsd } from "../key-values.ts";

import { toShortUsd, toTable } from "../print.ts";

const rangeOptions = { from: { type: "string" }, to: { type: "string" }, zone: { type: "string" } } as const;
const toRange = (options: Options) => ({
	from: findOption(options, "from"),
	to: findOption(options, "to"),
	timeZone: findOption(options, "zone"),
});

export const usageCommands: Command[] = [
	{
		name: "usage report",
		about:
			"what one user (email or id), or every user, spent; --to is exclusive, --csv prints each ledger line",
		usage: "[--user U] [--from DAY] [--to DAY] [--zone Z] [--csv]",
		options: { ...rangeOptions, user: { type: "string" }, csv: { type: "boolean" } },
		run: async (context, options) => {
			const usage = await import("../../usage/index.ts");
			const range = await checkRange(toRange(options));
			const db = await context.openDatabase();
			const user = findOption(options, "user");
			if (user === undefined) {
				if (options.csv) throw new UsageError("--csv prints the account of one person: --user is required");
				const report = await usage.readPeopleReport(db.sql, range);
				return { json: report, text: toPeopleText(report) };
			}
			const userId = await getUserId(db, user);
			if (options.csv) {
				const statement = await usage.readStatement(db.sql, userId, range);
				return { json: statement, text: usage.toCsv(statement).trimEnd() };
			}
			const summary = await usage.readSummary(db.sql, userId, range);
			return { json: { userId, ...summary }, text: toSummaryText(summary) };
		},
	},
	{
		name: "usage adjust",
		about:
			"posts an amount in US dollars to an account: a negative amount credits it, a positive one charges it",
		usage: "--user U --usd=AMOUNT --reason R [--grant]",
		options: {
			user: { type: "string" },
			usd: { type: "string" },
			reason: { type: "string" },
			grant: { type: "boolean" },
		},
		run: async (context, options) => {
			const { adjustment, postAdjustment } = await import("../../usage/index.ts");
			const amountNanoUsd = parseUsd(requireOption(options, "usd"), "--usd");
			const user = requireOption(options, "user");
			const kind = options.grant ? "grant" : "adjustment";
			const reason = await requireReason(options);
			const db = await context.openDatabase();
			const parsed = adjustment.safeParse({
				userId: await getUserId(db, user),
				kind,
				amountNanoUsd,
				reason,
			});
			if (!parsed.success)
				throw new AppError("invalid_request", parsed.error.issues.map(({ message }) => message).join("; "));
			const line = await postAdjustment(db, parsed.data, { by: null, requestKey: null });
			return { json: line, text: `Posted ${toShortUsd(amountNanoUsd)} USD (${kind}) for ${user}` };
		},
	},
	{
		name: "usage recompute",
		about:
			"prices past calls with the current price rows and reports the differences; --post books them as paid by the server and credits what people overpaid",
		usage: "[--from DAY] [--to DAY] [--zone Z] [--post] [--reason R]",
		options: { ...rangeOptions, post: { type: "boolean" }, reason: { type: "string" } },
		run: async (context, options) => {
			const { recompute } = await import("../../usage/index.ts");
			const reason = await findReason(options);
			const range = await checkRange(toRange(options));
			const db = await context.openDatabase();
			const wanted = { ...range, isPosted: options.post === true, reason };
			const found = await recompute(db, wanted, null);
			return { json: found, text: toRecomputeText(found) };
		},
	},
	{
		name: "usage import-invoice",
		about:
			"compares a provider's invoice (CSV or JSON) with the ledger; --post books the differences as paid by the server",
		usage:
			"FILE [--provider P] [--from DAY] [--to DAY] [--zone Z] [--complete] [--skip-unknown] [--post --reason R]",
		takesWords: true,
		options: {
			...rangeOptions,
			provider: { type: "string" },
			reason: { type: "string" },
			complete: { type: "boolean" },
			"skip-unknown": { type: "boolean" },
			post: { type: "boolean" },
		},
		run: async (context, options, words) => {
			const [file, ...more] = words;
			if (!file || more.length > 0) throw new UsageError("one FILE is required");
			const isPosted = options.post === true;
			const reason = await (isPosted ? requireReason : findReason)(options);
			const range = await checkRange(toRange(options));
			const rows = await readInvoice(file);
			const { importInvoice } = await import("../../usage/index.ts");
			const db = await context.openDatabase();
			const wanted = {
				...range,
				rows,
				isPosted,
				reason,
				providerId: findOption(options, "provider"),
				isComplete: options.complete === true,
				skipsUnknown: options["skip-unknown"] === true,
			};
			const found = await importInvoice(db, wanted, null);
			return { json: found, text: toInvoiceText(found) };
		},
	},
];

/** @throws {UsageError} for a file that cannot be read; AppError with every mistake in it. */
async function readInvoice(file: string): Promise<readonly InvoiceRow[]> {
	const { parseInvoice, toInvoiceMistake } = await import("../../usage/index.ts");
	const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
		throw new UsageError(`${file} cannot be read (${error.code ?? error.message})`);
	});
	const { rows, mistakes } = parseInvoice(text);
	if (mistakes.length > 0) throw toInvoiceMistake(mistakes);
	return rows;
}

/** Accepts what the API accepts. @throws {UsageError} */
async function checkRange(range: ReturnType<typeof toRange>): Promise<typeof range> {
	const { reportBound, reportZone } = await import("../../usage/index.ts");
	for (const [name, schema, value] of [
		["--from", reportBound, range.from],
		["--to", reportBound, range.to],
		["--zone", reportZone, range.timeZone],
	] as const) {
		const checked = value === undefined ? null : schema.safeParse(value);
		if (checked?.error)
			throw new UsageError(`${name} ${checked.error.issues[0]?.message ?? "is not understood"}`);
	}
	return range;
}

const toSpan = ({ from, to, timeZone }: { from: string; to: string; timeZone: string }) =>
	`${from} to ${to} (${timeZone})`;

function toSummaryText(summary: Summary): string {
	const toCells = (name: string, row: Summary["total"]) => [
		name,
		toShortUsd(row.chargedNanoUsd),
		toShortUsd(row.adjustedNanoUsd),
		String(row.calls),
		...[row.inputTokens, row.cachedInputTokens, row.cacheWriteTokens + row.cacheWrite1hTokens].map(String),
		...[row.outputTokens, row.reasoningTokens].map(String),
	];
	const classes = ["input", "cached", "written", "output", "reasoning"];
	const heads = ["charged USD", "adjusted USD", "calls", ...classes];
	const days = toTable(
		["day", ...heads],
		summary.days.map((row) => toCells(row.day, row)),
	);
	const models = summary.models.map((row) => toCells(row.modelId, row));
	const byModel = toTable(["model", ...heads], [...models, toCells("total", summary.total)]);
	return [toSpan(summary), days, byModel].join("\n\n");
}

function toPeopleText(report: PeopleReport): string {
	const rows = report.people.map(({ userId, email, chargedNanoUsd, houseNanoUsd, calls }) => [
		email ?? userId,
		toShortUsd(chargedNanoUsd),
		toShortUsd(houseNanoUsd),
		String(calls),
	]);
	const heads = ["account", "charged USD", "paid by the server USD", "calls"];
	const sums = `all: ${toShortUsd(report.costNanoUsd)} USD, of which the server paid ${toShortUsd(report.houseNanoUsd)}`;
	return [toSpan(report), toTable(heads, rows), sums].join("\n\n");
}

function toRecomputeText(found: Recomputation): string {
	const rows = found.models.map(({ modelId, changedCalls, bookedNanoUsd, recomputedNanoUsd }) => [
		modelId,
		String(changedCalls),
		toShortUsd(bookedNanoUsd),
		toShortUsd(recomputedNanoUsd),
	]);
	const table = toTable(["model", "calls", "booked USD", "recomputed USD"], rows);
	const sum = `${found.changedCalls} of ${found.calls} calls differ, by ${toShortUsd(found.differenceNanoUsd)} USD`;
	const credits = `people overpaid ${toShortUsd(found.creditedNanoUsd)} USD`;
	const end = found.isPosted
		? `${credits}, which was credited to them; the rest is posted as paid by the server`
		: `${credits}; nothing was posted (--post does)`;
	return [toSpan(found), table, `${sum}; ${end}`].join("\n\n");
}

function toInvoiceText(found: InvoiceComparison): string {
	const rows = found.sources.map((source) => [
		source.usageSource,
		String(source.calls),
		String(source.changedCalls),
		toShortUsd(source.bookedNanoUsd),
		toShortUsd(source.invoicedNanoUsd),
		toShortUsd(source.creditedNanoUsd),
	]);
	const heads = ["tokens by", "calls", "differ", "ledger USD", "invoice USD", "credited USD"];
	const table = toTable(heads, rows);
	const unknown =
		found.unknownRows > 0 ? `; ${found.unknownRows} rows name no known call and were skipped` : "";
	const sum = `${found.rows} rows, difference ${toShortUsd(found.differenceNanoUsd)} USD${unknown}`;
	const posted = `posted; ${toShortUsd(found.creditedNanoUsd)} USD credited to people`;
	const end = found.isPosted ? posted : "nothing was posted (--post does)";
	return [toSpan(found), table, `${sum}; ${end}`].join("\n\n");
}

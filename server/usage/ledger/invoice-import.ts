import type { Sql } from "postgres";
import * as z from "zod";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { AppError } from "../../contract/errors.ts";
import { createId } from "../../contract/ids.ts";
import { toCallName } from "../../contract/turn.ts";
import { type Range, readRange, toFirstId, type WantedRange } from "../reports/range.ts";
import type { InvoiceRow } from "./invoice-rows.ts";

/** Corrections with this reason are those by an invoice, also of nothing: a recompute leaves their calls alone. */
export const invoiceReason = "invoice";

const compared = z.object({
	calls: z.number(),
	/** Calls whose booked sum is not what the provider asks. */
	changedCalls: z.number(),
	bookedNanoUsd: z.string(),
	invoicedNanoUsd: z.string(),
});

/** An invoice beside the ledger. Money in nano-dollars, decimal strings. */
export const invoiceComparison = z.object({
	from: z.string(),
	to: z.string(),
	timeZone: z.string(),
	/** Rows of the file, and those that name no call of the range. */
	rows: z.number(),
	unknownRows: z.number(),
	/** What the provider asks for the calls that are known, less what is booked for them. */
	differenceNanoUsd: z.string(),
	/** Calls by where their tokens come from: `provider_final`, `provider_partial`, `tokenizer`, `estimate`. */
	sources: z.array(compared.extend({ usageSource: z.string() })),
	isPosted: z.boolean(),
});
export type InvoiceComparison = z.infer<typeof invoiceComparison>;

export interface WantedImport extends WantedRange {
	readonly rows: readonly InvoiceRow[];
	/** Whose invoice it is: calls of other providers are left alone. Absent: of all. */
	readonly providerId?: string | undefined;
	/** Whether the invoice is all of the range: a call that it does not name then costs nothing. */
	readonly isComplete: boolean;
	/** Whether rows that name no call (of another program with the same key) are passed over. */
	readonly skipsUnknown: boolean;
	/** Whether the differences are posted, as corrections on the house's account. */
	readonly isPosted: boolean;
	readonly reason?: string | undefined;
}

interface CallRow {
	id: string;
	turnId: string;
	attempt: number;
	userId: string;
	modelId: string;
	priceId: string | null;
	providerRequestId: string | null;
	usageSource: string;
	bookedNanoUsd: string;
	/** An invoice was posted that knows it. */
	isSettled: boolean;
}

/** A call with what its provider asks for it. */
interface Settled extends CallRow {
	readonly invoicedNanoUsd: bigint;
}

const pageCalls = 2_000;
const issuesMax = 20;

/**
 * Compares a provider's invoice with what is booked for the calls that began in a range, request by request: by the provider's id
 * for a request, else by ours. With `isPosted`, the differences become signed corrections on the house's account, after
 * which the ledger says what the invoice says; people are never charged after the fact. The same invoice again has no
 * differences, and posts nothing.
 *
 * @throws AppError `invalid_request` as `readRange`, and with `details.issues` when rows name no call of the range, or one call
 * twice: nothing is posted then.
 */
export async function importInvoice(sql: Sql, wanted: WantedImport, by: Actor): Promise<InvoiceComparison> {
	const range = await readRange(sql, wanted, null);
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		if (wanted.isPosted) await tx`select pg_advisory_xact_lock(hashtext('parley.corrections'))`;
		const match = createMatcher(wanted);
		const settled: Settled[] = [];
		for (let page = await readPage(tx, { range, ...wanted }, null); page.length > 0; ) {
			settled.push(...page.flatMap(match.take));
			page = page.length < pageCalls ? [] : await readPage(tx, { range, ...wanted }, page.at(-1)?.id ?? null);
		}
		const unknown = match.end();
		const sums = toSums(settled);
		const answer = {
			...{ ...range, rows: wanted.rows.length, unknownRows: unknown, isPosted: wanted.isPosted },
			...sums,
		};
		if (wanted.isPosted) await post(tx, { settled, answer, wanted, by });
		return answer;
	});
}

/** Finds each call's row. `end` tells how many rows found no call. @throws AppError `invalid_request` */
function createMatcher({ rows, isComplete, skipsUnknown }: WantedImport) {
	const byRequest = new Map(rows.map((row) => [row.requestId ?? "", row]));
	const byName = new Map(rows.map((row) => [row.clientRequestId ?? "", row]));
	const taken = new Map<InvoiceRow, CallRow>();
	const issues: string[] = [];
	return {
		take(call: CallRow): Settled[] {
			const row =
				byRequest.get(call.providerRequestId ?? "\0") ?? byName.get(toCallName(call.turnId, call.attempt));
			if (!row) return isComplete ? [{ ...call, invoicedNanoUsd: 0n }] : [];
			const twin = taken.get(row);
			if (twin)
				issues.push(
					`row ${row.row}: is two calls, of the turns ${twin.turnId} and ${call.turnId}: name the provider`,
				);
			taken.set(row, call);
			return [{ ...call, invoicedNanoUsd: row.costNanoUsd }];
		},
		end(): number {
			const unknown = rows.filter((row) => !taken.has(row));
			if (!skipsUnknown)
				issues.push(
					...unknown.map(
						({ row, requestId, clientRequestId }) =>
							`row ${row}: request ${requestId ?? clientRequestId} is no call of the range`,
					),
				);
			if (issues.length > 0) throw toMistake(issues);
			return unknown.length;
		},
	};
}

/** Every mistake is counted, the first ones are told. */
export function toMistake(issues: readonly string[]): AppError {
	const told = issues.slice(0, issuesMax);
	const more = issues.length > told.length ? [`and ${issues.length - told.length} more`] : [];
	return new AppError("invalid_request", ["The invoice cannot be imported:", ...told, ...more].join("\n  "), {
		details: { issues: [...told, ...more] },
	});
}

type PageInput = Pick<WantedImport, "providerId"> & { readonly range: Range };

async function readPage(
	tx: Sql,
	{ range: { from, to }, providerId }: PageInput,
	afterId: string | null,
): Promise<CallRow[]> {
	return await tx<CallRow[]>`
		select calls.id, turn_id as "turnId", attempt, user_id as "userId", model_id as "modelId", price_id as "priceId",
			provider_request_id as "providerRequestId", usage_source as "usageSource",
			(select coalesce(sum(amount_nano_usd), 0)::text from ledger where model_call_id = calls.id) as "bookedNanoUsd",
			exists (select from ledger where model_call_id = calls.id
				and kind = 'correction' and reason = ${invoiceReason}) as "isSettled"
		from model_calls as calls
		where calls.id > ${afterId ?? toFirstId(from)}::uuid
			and started_at >= ${from}::timestamptz and started_at < ${to}::timestamptz
			and provider_id = coalesce(${providerId ?? null}, provider_id)
		order by calls.id limit ${pageCalls}`;
}

const toDifference = ({ bookedNanoUsd, invoicedNanoUsd }: Settled) => invoicedNanoUsd - BigInt(bookedNanoUsd);

function toSums(settled: readonly Settled[]) {
	const sources = [...Map.groupBy(settled, ({ usageSource }) => usageSource)].map(([usageSource, own]) => ({
		usageSource,
		calls: own.length,
		changedCalls: own.filter((call) => toDifference(call) !== 0n).length,
		bookedNanoUsd: own.reduce((sum, { bookedNanoUsd }) => sum + BigInt(bookedNanoUsd), 0n).toString(),
		invoicedNanoUsd: own.reduce((sum, { invoicedNanoUsd }) => sum + invoicedNanoUsd, 0n).toString(),
	}));
	const difference = settled.reduce((sum, call) => sum + toDifference(call), 0n);
	return { sources, differenceNanoUsd: difference.toString() };
}

interface Posting {
	readonly settled: readonly Settled[];
	readonly answer: InvoiceComparison;
	readonly wanted: WantedImport;
	readonly by: Actor;
}

async function post(tx: Sql, { settled, answer, wanted, by }: Posting): Promise<void> {
	const changed = settled.filter((call) => toDifference(call) !== 0n);
	// A call that the invoice finds right gets a line of 0 once: it too is no recompute's from now on.
	const corrected = settled.filter((call) => toDifference(call) !== 0n || !call.isSettled);
	for (let at = 0; at < corrected.length; at += pageCalls)
		await postCorrections(tx, corrected.slice(at, at + pageCalls), by);
	const { from, to, rows, unknownRows, differenceNanoUsd } = answer;
	await tx`select post_to_site(${differenceNanoUsd}::text::bigint)`;
	const { providerId = null, isComplete, reason = null } = wanted;
	const details = { from, to, providerId, isComplete, rows, unknownRows, differenceNanoUsd, reason };
	await writeAudit(tx, {
		...{ actorId: by, action: "usage.import-invoice", subject: "house" },
		details: { ...details, changedCalls: changed.length },
	});
}

async function postCorrections(tx: Sql, corrected: readonly Settled[], by: Actor): Promise<void> {
	const lines = corrected.map((call) => ({
		...{ id: createId<string>(), account: "house", user_id: call.userId, turn_id: call.turnId },
		...{ model_call_id: call.id, model_id: call.modelId, kind: "correction", price_id: call.priceId },
		...{ reason: invoiceReason, created_by: by, amount_nano_usd: toDifference(call).toString() },
		created_at: "now",
	}));
	await tx`insert into ledger select * from json_populate_recordset(null::ledger, ${JSON.stringify(lines)}::text::json)`;
}

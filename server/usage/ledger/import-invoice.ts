/** Hand-written SQL: pages of calls with the sums of their lines, in an order that is exact to the microsecond. */
import type { Sql } from "postgres";
import * as z from "zod";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import { type Range, readRange, type WantedRange } from "../reports/range.ts";
import { type CallPlace, isInPage, pageCalls } from "./call-pages.ts";
import { countCredits, postCorrections } from "./corrections.ts";
import { type CallRow, createMatcher, type MatchInput, type SettledCall } from "./match-invoice.ts";

/** The reason of corrections by an invoice, also of those of 0: a recompute leaves their calls as they are. */
export const invoiceReason = "invoice";
const reasons = { reason: invoiceReason, creditReason: "the provider charged less" };

const compared = z.object({
	calls: z.number(),
	/** Calls whose sum in the ledger is not what the provider charges. */
	changedCalls: z.number(),
	bookedNanoUsd: z.string(),
	invoicedNanoUsd: z.string(),
	/** What people paid for these calls above what the provider charges, and are credited. */
	creditedNanoUsd: z.string(),
});

/** An invoice beside the ledger. Money in nano-dollars, decimal strings. */
export const invoiceComparison = z.object({
	from: z.string(),
	to: z.string(),
	timeZone: z.string(),
	/** Rows of the file, and those that name no call of the range. */
	rows: z.number(),
	unknownRows: z.number(),
	/** What the provider charges for the calls that are known, less their sum in the ledger. */
	differenceNanoUsd: z.string(),
	creditedNanoUsd: z.string(),
	/** Calls by where their tokens come from: `provider_final`, `estimate`. */
	sources: z.array(compared.extend({ usageSource: z.string() })),
	isPosted: z.boolean(),
});
export type InvoiceComparison = z.infer<typeof invoiceComparison>;

export interface WantedImport extends WantedRange, MatchInput {
	/** The provider of the invoice: calls of other providers stay as they are. Absent: all providers. */
	readonly providerId?: string | undefined;
	/** Whether the differences and the credits are posted. */
	readonly isPosted: boolean;
	readonly reason?: string | undefined;
}

/**
 * Compares a provider's invoice with the ledger for the calls that began in a range, request by request: by the provider's id
 * of a request, else by ours. With `isPosted`, the differences become signed corrections on the server's account, after
 * which the ledger says what the invoice says. People who paid more than that for a call (an estimate was too high, a price was
 * wrong) are credited the rest; people are never charged after the fact. The same invoice again has no differences, and posts
 * nothing.
 *
 * @throws AppError `invalid_request` as `readRange`, and with `details.issues` when rows name no call of the range, or one call
 * twice: nothing is posted then.
 */
export async function importInvoice(
	db: DatabaseOrTransaction,
	wanted: WantedImport,
	by: Actor,
): Promise<InvoiceComparison> {
	const range = await readRange(db.sql, wanted, null);
	return await inTransaction(db, async (tx) => {
		if (wanted.isPosted) await tx.sql`select pg_advisory_xact_lock(hashtext('parley.corrections'))`;
		const match = createMatcher(wanted);
		const settled: SettledCall[] = [];
		for (let page = await readPage(tx.sql, { range, ...wanted }, null); page.length > 0; ) {
			settled.push(...page.flatMap(match.take));
			const last = page.at(-1) ?? null;
			page = page.length < pageCalls ? [] : await readPage(tx.sql, { range, ...wanted }, last);
		}
		const answer = {
			...range,
			rows: wanted.rows.length,
			unknownRows: match.end(),
			isPosted: wanted.isPosted,
			...toSums(settled),
		};
		if (wanted.isPosted) await post(tx, { settled, answer, wanted, by });
		return answer;
	});
}

type PageInput = Pick<WantedImport, "providerId"> & { readonly range: Range };

/** One statement a page: thousands of calls, each with the sums of its lines. */
async function readPage(
	tx: Sql,
	{ range, providerId }: PageInput,
	after: CallPlace | null,
): Promise<CallRow[]> {
	return await tx<CallRow[]>`
		select calls.id, started_at::text as at, turn_id as "turnId", attempt, calls.user_id as "userId", model_id as "modelId",
			price_id as "priceId", provider_request_id as "providerRequestId", usage_source as "usageSource",
			lines.booked::text as "bookedNanoUsd", lines.is_settled as "isSettled",
			(case when users.id is null then 0 else lines.paid end)::text as "paidNanoUsd"
		from model_calls as calls left join users on users.id = calls.user_id, lateral (
			select coalesce(sum(amount_nano_usd), 0) as booked,
				coalesce(sum(amount_nano_usd) filter (where account = 'user'), 0) as paid,
				coalesce(bool_or(kind = 'correction' and reason = ${invoiceReason}), false) as is_settled
			from ledger where model_call_id = calls.id
		) as lines
		where ${isInPage(tx, range, after)} and provider_id = coalesce(${providerId ?? null}, provider_id)
		order by started_at, calls.id limit ${pageCalls}`;
}

const sumOf = (
	settled: readonly SettledCall[],
	name: "bookedNanoUsd" | "invoicedNanoUsd" | "creditNanoUsd" | "differenceNanoUsd",
) => settled.reduce((sum, call) => sum + call[name], 0n).toString();

const isChanged = ({ differenceNanoUsd }: SettledCall) => differenceNanoUsd !== 0n;

function toSums(settled: readonly SettledCall[]) {
	const sources = [...Map.groupBy(settled, ({ usageSource }) => usageSource)].map(([usageSource, own]) => ({
		usageSource,
		calls: own.length,
		changedCalls: own.filter(isChanged).length,
		bookedNanoUsd: sumOf(own, "bookedNanoUsd"),
		invoicedNanoUsd: sumOf(own, "invoicedNanoUsd"),
		creditedNanoUsd: sumOf(own, "creditNanoUsd"),
	}));
	return {
		sources,
		differenceNanoUsd: sumOf(settled, "differenceNanoUsd"),
		creditedNanoUsd: sumOf(settled, "creditNanoUsd"),
	};
}

interface Posting {
	readonly settled: readonly SettledCall[];
	readonly answer: InvoiceComparison;
	readonly wanted: WantedImport;
	readonly by: Actor;
}

async function post(tx: DatabaseOrTransaction, { settled, answer, wanted, by }: Posting): Promise<void> {
	// A call that the invoice confirms gets one line of 0, so that no recompute changes it later.
	const corrected = settled.filter((call) => isChanged(call) || call.creditNanoUsd > 0n || !call.isSettled);
	for (let at = 0; at < corrected.length; at += pageCalls)
		await postCorrections(tx.sql, corrected.slice(at, at + pageCalls), { ...reasons, by });
	await countCredits(tx.sql, corrected);
	const { from, to, rows, unknownRows, differenceNanoUsd, creditedNanoUsd } = answer;
	await tx.sql`select post_to_site(${differenceNanoUsd}::text::bigint)`;
	const { providerId = null, isComplete, reason = null } = wanted;
	await writeAudit(tx, {
		actorId: by,
		action: "usage.import-invoice",
		subject: "house",
		details: {
			from,
			to,
			providerId,
			isComplete,
			rows,
			unknownRows,
			differenceNanoUsd,
			creditedNanoUsd,
			reason,
			changedCalls: settled.filter(isChanged).length,
		},
	});
}

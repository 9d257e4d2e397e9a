import { examine, type Finding } from "../finding.ts";
import { isFinal, toAmounts } from "./money-checks.ts";
import type { MoneyRecords } from "./money-records.ts";
import { pairCalls } from "./pair-calls.ts";
import { sum } from "./usd.ts";

/** Calls without a final usage, of one kind: what was booked for them and what the provider charges. */
export interface EstimateRow {
	/** Where the tokens come from, and how the call ended. */
	readonly kind: string;
	readonly calls: number;
	readonly bookedNanoUsd: bigint;
	readonly invoicedNanoUsd: bigint;
	/** The sum of every call's own error, whatever its sign. */
	readonly absoluteNanoUsd: bigint;
}

export function toEstimates(records: MoneyRecords): EstimateRow[] {
	const { toInvoiced } = pairCalls(records);
	const groups = Map.groupBy(
		records.calls.filter((call) => !isFinal(call)),
		({ usageSource, outcome }) => `${usageSource}, ${outcome}`,
	);
	const rows = Array.from(groups, ([kind, calls]) => ({
		kind,
		calls: calls.length,
		bookedNanoUsd: sum(calls.map(({ costNanoUsd }) => costNanoUsd)),
		invoicedNanoUsd: sum(calls.map(toInvoiced)),
		absoluteNanoUsd: sum(calls.map((call) => toSize(call.costNanoUsd - toInvoiced(call)))),
	}));
	return rows.toSorted((one, other) => other.calls - one.calls);
}

const toSize = (amount: bigint) => (amount < 0n ? -amount : amount);

/** Fewer calls of one kind are not judged by themselves: a single odd one would decide. */
const judgedCallsMin = 10;

/** That the ledger as a whole, before any invoice corrects it, is close to what the provider charges. */
export function checkLedgerSum(
	{ invoice, lines }: MoneyRecords,
	id: string,
	{ percent }: { readonly percent: number },
): Finding {
	const charged = sum(invoice.map(({ costNanoUsd }) => costNanoUsd));
	const promise = `the ledger is within ${percent} % of the invoice`;
	// Of an empty invoice nothing can be said.
	const ledgers = charged === 0n ? [] : [sum(toAmounts(lines))];
	return examine([id, promise], ledgers, (booked) => complain("the ledger", { booked, charged, percent }));
}

/** That the estimates of each kind together are close to what the provider charges for these calls. */
export function checkEstimates(
	records: MoneyRecords,
	id: string,
	{ percent }: { readonly percent: number },
): Finding {
	// Calls that failed before their first word are judged with the ledger alone: only the provider knows what it did for them.
	const rows = toEstimates(records).filter(
		({ kind, calls }) => calls >= judgedCallsMin && !kind.endsWith(", failed"),
	);
	const promise = `estimates are within ${percent} % of the invoice, by kind`;
	return examine([id, promise], rows, ({ kind, bookedNanoUsd, invoicedNanoUsd }) =>
		complain(kind, { booked: bookedNanoUsd, charged: invoicedNanoUsd, percent }),
	);
}

function complain(
	what: string,
	{ booked, charged, percent }: { booked: bigint; charged: bigint; percent: number },
): string | null {
	const isWithin = toSize(booked - charged) * 100n <= charged * BigInt(percent);
	return isWithin ? null : `${what}: ${booked} for ${charged} nano-dollars`;
}

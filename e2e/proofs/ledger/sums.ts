import { isFinal, isOwn, toAmounts, toBooked } from "../kit/money/money-checks.ts";
import type { MoneyRecords } from "../kit/money/money-records.ts";
import { pairCalls } from "../kit/money/pair-calls.ts";
import { sum } from "../kit/money/usd.ts";

/** A sum of one record, beside the sum of another that it must equal. */
export interface SumRow {
	readonly what: string;
	readonly nanoUsd: bigint;
	/** What it must be; null for a figure without a counterpart. */
	readonly expectedNanoUsd: bigint | null;
}

const row = (what: string, nanoUsd: bigint, expectedNanoUsd: bigint | null = null): SumRow => ({
	what,
	nanoUsd,
	expectedNanoUsd,
});

/** The sums of all records, side by side. */
export function toSumRows(records: MoneyRecords): SumRow[] {
	const { invoice, calls, lines, buckets, people, site } = records;
	const { toInvoiced } = pairCalls(records);
	const final = calls.filter(isFinal);
	const invoicedFinal = sum(final.map(toInvoiced));
	const all = sum(toAmounts(lines));
	const own = calls.filter(isOwn);
	const booked = toBooked(records);
	const ofPeople = sum(toAmounts(lines.filter(({ account }) => account === "user")));
	const used = (pattern: RegExp) =>
		sum(buckets.flatMap(({ key, usedNanoUsd }) => (pattern.test(key) ? [usedNanoUsd] : [])));
	return [
		row(`invoice, ${invoice.length} requests`, sum(invoice.map(({ costNanoUsd }) => costNanoUsd))),
		row(`invoice, the ${final.length} calls with a final usage`, invoicedFinal),
		row("model calls with a final usage", sum(final.map(({ costNanoUsd }) => costNanoUsd)), invoicedFinal),
		row(`the server's own calls, ${own.length}`, sum(own.map(booked))),
		row(`ledger, ${lines.length} lines`, all),
		row("ledger, people", ofPeople),
		row("ledger, house", all - ofPeople),
		row("buckets of people, days", used(/^user:.*:day:/), ofPeople),
		row("buckets of people, months", used(/^user:.*:month:/), ofPeople),
		row("buckets of the site", used(/^site:/), all),
		row("usage.summary, people", sum(people.map(({ totalNanoUsd }) => totalNanoUsd)), ofPeople),
		row("usage.summary, days", sum(people.map(({ daysNanoUsd }) => daysNanoUsd)), ofPeople),
		row("usage.summary, models", sum(people.map(({ modelsNanoUsd }) => modelsNanoUsd)), ofPeople),
		row("usage.export, CSV", sum(people.map(({ csvNanoUsd }) => csvNanoUsd)), ofPeople),
		row("usage.export, JSON", sum(people.map(({ jsonNanoUsd }) => jsonNanoUsd)), ofPeople),
		row("admin.usage.report, cost", site.costNanoUsd, all),
		row("admin.usage.report, house", site.houseNanoUsd, all - ofPeople),
	];
}

import { examine, type Finding } from "../kit/finding.ts";
import { compareFigures, isFinal, toAmounts, toBooked } from "../kit/money/money-checks.ts";
import type { MoneyRecords } from "../kit/money/money-records.ts";
import { pairCalls } from "../kit/money/pair-calls.ts";
import { type PriceSheet, recomputePrice } from "../kit/money/recompute-price.ts";
import { sum } from "../kit/money/usd.ts";

const id = "after";

/** What the import of the invoice reported, first and when the same file was imported again. */
export interface ImportReports {
	readonly firstNanoUsd: bigint;
	readonly secondNanoUsd: bigint;
}

/**
 * What the import must have done. It makes every call cost what the invoice says, so that the equality alone would prove nothing:
 * calls whose usage was final must not have needed a correction, and the sums are compared with the provider's tokens and prices,
 * which the import never sees.
 */
export function checkImport(
	{ before, after }: { readonly before: MoneyRecords; readonly after: MoneyRecords },
	sheet: PriceSheet,
	reports: ImportReports,
): Finding[] {
	const { toInvoiced } = pairCalls(after);
	const toBookedAfter = toBooked(after);
	const added = sum(toAmounts(after.lines)) - sum(toAmounts(before.lines));
	return [
		compareFigures(
			[id, "every call costs what the invoice says"],
			after.calls.map((call) => ({
				name: call.name,
				actual: toBookedAfter(call),
				expected: toInvoiced(call),
			})),
		),
		checkCorrections(before, after),
		...checkSums(after, sheet),
		compareFigures(
			[id, "the import reports what it added, and the same file adds nothing"],
			[
				{ name: "first import", actual: added, expected: reports.firstNanoUsd },
				{ name: "second import", actual: reports.secondNanoUsd, expected: 0n },
			],
		),
	];
}

/** A correction is the difference between the invoice and the estimate of one call; people's corrections only give back. */
function checkCorrections(before: MoneyRecords, after: MoneyRecords): Finding {
	const { toInvoiced } = pairCalls(after);
	const toBookedBefore = toBooked(before);
	const corrections = Map.groupBy(
		after.lines.filter(({ kind }) => kind === "correction"),
		({ callId }) => callId ?? "",
	);
	return examine([id, "only estimates are corrected, by what they were off"], after.calls, (call) => {
		const lines = corrections.get(call.id) ?? [];
		const difference = toInvoiced(call) - toBookedBefore(call);
		const corrected = sum(toAmounts(lines));
		if (isFinal(call) && corrected !== 0n) return `${call.name} had a final usage, corrected by ${corrected}`;
		if (corrected !== difference) return `${call.name} is corrected by ${corrected}, not ${difference}`;
		const raised = lines.find(({ account, amountNanoUsd }) => account === "user" && amountNanoUsd > 0n);
		return raised ? `${call.name}: a person is charged ${raised.amountNanoUsd} more` : null;
	});
}

/** The invoice and the ledger against the provider's own tokens and prices, by the proof's own arithmetic. */
function checkSums({ invoice, lines }: MoneyRecords, sheet: PriceSheet): Finding[] {
	const recomputed = invoice.map((row) => ({
		name: row.requestId,
		actual: row.costNanoUsd,
		expected: recomputePrice(row, findPrices(row.model, sheet)),
	}));
	return [
		compareFigures([id, "the invoice is its tokens times the provider's prices"], recomputed),
		compareFigures(
			[id, "the ledger is the sum of the provider's tokens times its prices"],
			[
				{
					name: "ledger",
					actual: sum(toAmounts(lines)),
					expected: sum(recomputed.map(({ expected }) => expected)),
				},
			],
		),
	];
}

function findPrices(model: string, sheet: PriceSheet): PriceSheet[string] {
	const prices = sheet[model];
	if (!prices) throw new Error(`The provider has no price for ${model}.`);
	return prices;
}

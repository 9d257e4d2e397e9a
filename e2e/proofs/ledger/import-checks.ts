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
		checkCredits(before, after),
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

/** The server bears the difference between the invoice and the estimate of a call; people are only given back, from its account. */
function checkCorrections(before: MoneyRecords, after: MoneyRecords): Finding {
	const { toInvoiced } = pairCalls(after);
	const toBookedBefore = toBooked(before);
	const added = Map.groupBy(
		after.lines.filter(({ kind }) => kind === "correction" || kind === "adjustment"),
		({ callId }) => callId ?? "",
	);
	return examine([id, "only estimates are corrected, by what they were off"], after.calls, (call) => {
		const lines = added.get(call.id) ?? [];
		const corrected = sum(toAmounts(lines.filter(({ kind }) => kind === "correction")));
		const adjusted = sum(toAmounts(lines.filter(({ kind }) => kind === "adjustment")));
		const difference = toInvoiced(call) - toBookedBefore(call);
		if (isFinal(call) && lines.some(({ amountNanoUsd }) => amountNanoUsd !== 0n))
			return `${call.name} had a final usage, and was corrected`;
		if (corrected !== difference) return `${call.name} is corrected by ${corrected}, not ${difference}`;
		return adjusted === 0n ? null : `${call.name}: credits and their opposites differ by ${adjusted}`;
	});
}

/** After the import no person has paid more for a call than the provider charges, or more than before. */
function checkCredits(before: MoneyRecords, after: MoneyRecords): Finding {
	const { toInvoiced } = pairCalls(after);
	const [toPaidBefore, toPaid] = [toPaidByPerson(before), toPaidByPerson(after)];
	return examine(
		[id, "people pay at most what the invoice says, and never more than before"],
		after.calls,
		(call) => {
			const [paidBefore, paid, invoiced] = [toPaidBefore(call.id), toPaid(call.id), toInvoiced(call)];
			if (paid > paidBefore) return `${call.name}: the person paid ${paidBefore}, now ${paid}`;
			return paid > invoiced ? `${call.name}: the person paid ${paid}, the invoice says ${invoiced}` : null;
		},
	);
}

function toPaidByPerson({ lines }: MoneyRecords): (callId: string) => bigint {
	const own = Map.groupBy(
		lines.filter(({ account }) => account === "user"),
		({ callId }) => callId ?? "",
	);
	return (callId) => sum(toAmounts(own.get(callId) ?? []));
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

import { describe, expect, it } from "vitest";
import { type Finding, toBroken } from "../kit/finding.ts";
import { checkStrayLines } from "../kit/money/line-checks.ts";
import { checkMoney } from "../kit/money/money-checks.ts";
import type { LineRow, MoneyRecords } from "../kit/money/money-records.ts";
import { checkImport } from "./import-checks.ts";
import { after, before, credited, line, reports, row, sheet } from "./sample-records.ts";

const judgeAfter = (changed: Partial<MoneyRecords> = {}, imported = reports): Finding[] => {
	const records = { ...after, ...changed };
	return [
		...checkMoney(records, "after"),
		checkStrayLines(records, "after", { isImported: true }),
		...checkImport({ before, after: records }, sheet, imported),
	];
};
describe("the checks of an import", () => {
	it("find nothing in records that agree, and examine something for every promise", () => {
		expect(toBroken(judgeAfter())).toEqual([]);
		expect(judgeAfter().filter(({ checked }) => checked === 0)).toEqual([]);
	});

	const lines = (...more: LineRow[]) => ({ lines: [...before.lines, ...more] });
	const [correction, credit, opposite] = credited;
	if (!correction || !credit || !opposite) throw new Error("The sample has no credit.");
	const correct = (callId: string, amount: bigint) =>
		line(callId, amount, { kind: "correction", account: "house" });
	/** Money that the import wrote wrongly, and the promises of the import that are broken by it. */
	const sabotages: readonly (readonly [
		what: string,
		changed: Partial<MoneyRecords>,
		broken: readonly string[],
	])[] = [
		[
			"an estimate that was left as it was",
			lines(),
			[
				"every call costs what the invoice says",
				"only estimates are corrected, by what they were off",
				"people pay at most what the invoice says, and never more than before",
				"the ledger is the sum of the provider's tokens times its prices",
				"the import reports what it added, and the same file adds nothing",
			],
		],
		[
			"a final usage that needed a correction, which hides that it was wrong",
			lines(...credited, correct("a", -1n), correct("b", 1n)),
			["every call costs what the invoice says", "only estimates are corrected, by what they were off"],
		],
		[
			"a final usage whose costs were moved between the accounts",
			lines(
				...credited,
				line("b", 1n, { kind: "adjustment" }),
				line("b", -1n, { kind: "adjustment", account: "house" }),
			),
			[
				"only estimates are corrected, by what they were off",
				"people pay at most what the invoice says, and never more than before",
			],
		],
		[
			"a person who is not given back what the estimate was too high",
			lines(correction),
			["people pay at most what the invoice says, and never more than before"],
		],
		[
			"a credit that nobody pays",
			lines(correct("c", -1n), credit, line("c", 1n, { kind: "adjustment", account: "house" })),
			["only estimates are corrected, by what they were off"],
		],
		[
			"an invoice that is not its own tokens times prices",
			{
				invoice: before.invoice.map((one) =>
					one.requestId === "req-c" ? { ...row("c", [20, 14]), inputTokens: 21 } : one,
				),
			},
			[
				"the invoice is its tokens times the provider's prices",
				"the ledger is the sum of the provider's tokens times its prices",
			],
		],
	];

	it.each(sabotages)("find %s", (_, changed, broken) => {
		const findings = checkImport({ before, after: { ...after, ...changed } }, sheet, reports);
		expect(toBroken(findings)).toEqual(broken);
	});

	it("find a difference that the command did not report, and a second import that adds something", () => {
		const broken = ["the import reports what it added, and the same file adds nothing"];
		expect(toBroken(judgeAfter({}, { firstNanoUsd: -3n, secondNanoUsd: 0n }))).toEqual(broken);
		expect(toBroken(judgeAfter({}, { firstNanoUsd: -2n, secondNanoUsd: -2n }))).toEqual(broken);
	});

	it("have a sabotage for every promise of the import", () => {
		const found = new Set(sabotages.flatMap(([, , broken]) => broken));
		const promises = checkImport({ before, after }, sheet, reports).map(({ promise }) => promise);
		expect(promises.filter((promise) => !found.has(promise))).toEqual([]);
	});
});

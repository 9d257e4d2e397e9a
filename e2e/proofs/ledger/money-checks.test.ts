import { describe, expect, it } from "vitest";
import { type Finding, toBroken } from "../kit/finding.ts";
import { checkEstimates, checkLedgerSum, toEstimates } from "../kit/money/estimates.ts";
import { checkCallLines, checkOwnCalls, checkPurposes, checkStrayLines } from "../kit/money/line-checks.ts";
import { checkMoney } from "../kit/money/money-checks.ts";
import type { CallRow, MoneyRecords } from "../kit/money/money-records.ts";
import { ann, before, call, line, row } from "./sample-records.ts";
import { toSumRows } from "./sums.ts";

const judgeBefore = (changed: Partial<MoneyRecords> = {}): Finding[] => {
	const records = { ...before, ...changed };
	return [
		...checkMoney(records, "before"),
		checkCallLines(records, "before"),
		checkStrayLines(records, "before"),
		checkOwnCalls(records, "before"),
	];
};
const callsBut = (id: string, more: Partial<CallRow>) =>
	before.calls.map((one) => (one.id === id ? { ...one, ...more } : one));
const bucketsBut = (index: number, more: Partial<MoneyRecords["buckets"][number]>) =>
	before.buckets.map((one, at) => (at === index ? { ...one, ...more } : one));

describe("the checks of money records", () => {
	it("find nothing in records that agree, and examine something for every promise", () => {
		expect(toBroken(judgeBefore())).toEqual([]);
		expect(judgeBefore().filter(({ checked }) => checked === 0)).toEqual([]);
	});

	/** What is wrong with the records, and the promises that are broken by it. */
	const sabotages: readonly (readonly [
		what: string,
		changed: Partial<MoneyRecords>,
		broken: readonly string[],
	])[] = [
		[
			"a charge that is no call",
			{ invoice: [...before.invoice, { ...row("x", [0, 0]), clientRequestId: null }] },
			["every row of the invoice is one call"],
		],
		[
			"a call that is charged twice",
			{ invoice: [...before.invoice, row("b", [10, 10])] },
			["every row of the invoice is one call"],
		],
		[
			"a usage that the provider reported and nobody read",
			{ calls: callsBut("a", { usageSource: "estimate" }) },
			["the usage of a complete answer is the provider's own"],
		],
		[
			"a token in the wrong class",
			{ calls: callsBut("a", { cachedInputTokens: 1 }) },
			[
				"a final usage has the tokens of the invoice, by class",
				"usage.summary counts the tokens of the person's calls, by class",
			],
		],
		[
			"a cache write that was not read",
			{ invoice: [{ ...row("a", [40, 30]), cacheWriteTokens: 5 }, ...before.invoice.slice(1)] },
			["a final usage has the tokens of the invoice, by class"],
		],
		[
			"a final usage at a wrong price",
			{ invoice: [{ ...row("a", [40, 30]), costNanoUsd: 99n }, ...before.invoice.slice(1)] },
			["a final usage costs what the invoice says"],
		],
		[
			"a cost that differs from its lines",
			{ calls: callsBut("c", { costNanoUsd: 49n }) },
			["a call's lines add up to its cost"],
		],
		[
			"a call without a line",
			{
				calls: [...before.calls, call("d", { turnId: "turn-c", outcome: "failed", usageSource: "estimate" })],
			},
			["usage.summary counts the person's calls", "a call is on its person's account once"],
		],
		[
			"a call with two lines",
			{ lines: [...before.lines, line("a", 0n)] },
			["a call is on its person's account once"],
		],
		[
			"a call of the server's own on a person's account",
			{
				lines: before.lines.map((one) => (one.callId === "own" ? { ...one, account: "user" } : one)),
				buckets: bucketsBut(1, { usedNanoUsd: 77n }).map((one, at) =>
					at === 2 ? { ...one, usedNanoUsd: 177n } : one,
				),
				people: [
					{
						...ann,
						totalNanoUsd: 177n,
						daysNanoUsd: 177n,
						modelsNanoUsd: 177n,
						csvNanoUsd: 177n,
						jsonNanoUsd: 177n,
					},
				],
				site: { costNanoUsd: 187n, houseNanoUsd: 10n },
			},
			["a call is on its person's account once", "a call of the server's own is on its account once"],
		],
		[
			"a call of the server's own that is booked twice",
			{
				lines: [...before.lines, line("own", 0n, { account: "house" })],
			},
			["a call of the server's own is on its account once"],
		],
		[
			"a line of no call",
			{ lines: [...before.lines, line("x", 0n)] },
			["a call is on its person's account once"],
		],
		[
			"a correction before any import",
			{ lines: [...before.lines, line("c", 0n, { kind: "correction" })] },
			["a call is on its person's account once"],
		],
		[
			"a day's money",
			{ buckets: bucketsBut(0, { usedNanoUsd: 101n }) },
			["days and months are the person's lines"],
		],
		[
			"a day's tokens",
			{ buckets: bucketsBut(0, { usedTokens: 70 }) },
			["used tokens and requests are those of the person's turns"],
		],
		[
			"a month's tokens",
			{ buckets: bucketsBut(2, { usedTokens: 0 }) },
			["used tokens and requests are those of the person's turns"],
		],
		[
			"a day's requests",
			{ buckets: bucketsBut(1, { usedRequests: 1 }) },
			["used tokens and requests are those of the person's turns"],
		],
		[
			"the site's budget",
			{ buckets: bucketsBut(3, { usedNanoUsd: 186n }) },
			["the site's budget is all lines"],
		],
		[
			"money still reserved",
			{ buckets: bucketsBut(2, { reservedNanoUsd: 1n }) },
			["nothing is reserved any more"],
		],
		[
			"tokens still reserved",
			{ buckets: bucketsBut(2, { reservedTokens: 1 }) },
			["nothing is reserved any more"],
		],
		[
			"a request still reserved",
			{ buckets: bucketsBut(0, { reservedRequests: 1 }) },
			["nothing is reserved any more"],
		],
		[
			"the administrators' cost",
			{ site: { costNanoUsd: 188n, houseNanoUsd: 17n } },
			["admin.usage.report is all lines, and those of the house"],
		],
		[
			"the administrators' own costs",
			{ site: { costNanoUsd: 187n, houseNanoUsd: 18n } },
			["admin.usage.report is all lines, and those of the house"],
		],
		[
			"the tokens of a summary",
			{ people: [{ ...ann, tokens: { ...ann.tokens, cacheWrite1hTokens: 1 } }] },
			["usage.summary counts the tokens of the person's calls, by class"],
		],
		["the number of calls", { people: [{ ...ann, calls: 2 }] }, ["usage.summary counts the person's calls"]],
		...(["totalNanoUsd", "daysNanoUsd", "modelsNanoUsd"] as const).map(
			(name) =>
				[
					`a summary: ${name}`,
					{ people: [{ ...ann, [name]: 171n }] },
					["usage.summary is the person's lines: total, days, models"],
				] as const,
		),
		...(["csvNanoUsd", "jsonNanoUsd"] as const).map(
			(name) =>
				[
					`an export: ${name}`,
					{ people: [{ ...ann, [name]: 171n }] },
					["usage.export is the person's lines: CSV, JSON"],
				] as const,
		),
	];

	it.each(sabotages)("find %s", (_, changed, broken) => {
		expect(toBroken(judgeBefore(changed))).toEqual(broken);
	});

	it("have a sabotage above for every promise", () => {
		const found = new Set(sabotages.flatMap(([, , broken]) => broken));
		expect(judgeBefore().flatMap(({ promise }) => (found.has(promise) ? [] : [promise]))).toEqual([]);
	});
});

describe("checkPurposes", () => {
	const purposes = ["answer", "title", "draft", "judge", "shadow"];
	const withCalls = (names: readonly string[]): MoneyRecords => ({
		...before,
		calls: names.map((purpose) => call(purpose, { purpose })),
	});

	it("names what the run has paid nothing for", () => {
		expect(checkPurposes(withCalls(purposes), "before").violations).toEqual([]);
		const { violations } = checkPurposes(withCalls(purposes.slice(0, -1)), "before");
		expect(violations).toEqual(["no call was made for: shadow"]);
	});
});

describe("estimates", () => {
	const many = Array.from({ length: 12 }, (_, index) => index);
	const stopped = (booked: bigint): MoneyRecords => ({
		...before,
		invoice: many.map((index) => row(`${index}`, [40, 30])),
		calls: many.map((index) =>
			call(`${index}`, { usageSource: "estimate", outcome: "stopped", costNanoUsd: booked }),
		),
		lines: many.map((index) => line(`${index}`, booked)),
	});
	const judge = (records: MoneyRecords) =>
		toBroken([
			checkLedgerSum(records, "before", { percent: 5 }),
			checkEstimates(records, "before", { percent: 10 }),
		]);

	it("may be off by their bound, as a whole and by kind", () => {
		expect(judge(stopped(105n))).toEqual([]);
		expect(judge(stopped(94n))).toEqual(["the ledger is within 5 % of the invoice"]);
		expect(judge(stopped(111n))).toEqual([
			"the ledger is within 5 % of the invoice",
			"estimates are within 10 % of the invoice, by kind",
		]);
	});

	it("are red when the ledger is empty although the provider charged something", () => {
		expect(judge({ ...before, lines: [] })).toEqual(["the ledger is within 5 % of the invoice"]);
	});

	it("are listed by kind with what they are off by", () => {
		expect(toEstimates(before)).toEqual([
			{
				kind: "estimate, stopped",
				calls: 1,
				bookedNanoUsd: 50n,
				invoicedNanoUsd: 48n,
				absoluteNanoUsd: 2n,
			},
		]);
	});
});

describe("toSumRows", () => {
	it("puts the sums side by side with what they must be", () => {
		const off = toSumRows(before).filter(
			({ nanoUsd, expectedNanoUsd }) => expectedNanoUsd !== null && nanoUsd !== expectedNanoUsd,
		);
		expect(off).toEqual([]);
	});
});

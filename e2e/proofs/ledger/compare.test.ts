import { describe, expect, it } from "vitest";
import type { CallRow, LineRow, MoneyRecords, PersonReport } from "../kit/money/money-records.ts";
import { compareRecords, toEstimates, toRows } from "./compare.ts";

const call = (id: string, more: Partial<CallRow> = {}): CallRow => ({
	id,
	name: `turn-${id}`,
	providerRequestId: `req-${id}`,
	userId: "ann",
	usageSource: "provider_final",
	outcome: "complete",
	costNanoUsd: 10n,
	...more,
});
const line = (callId: string, amountNanoUsd: bigint, more: Partial<LineRow> = {}): LineRow => ({
	account: "user",
	kind: "call",
	userId: "ann",
	callId,
	amountNanoUsd,
	...more,
});
const ann: PersonReport = {
	userId: "ann",
	calls: 3,
	totalNanoUsd: 17n,
	daysNanoUsd: 17n,
	modelsNanoUsd: 17n,
	csvNanoUsd: 17n,
	jsonNanoUsd: 17n,
};
const bucket = (key: string, usedNanoUsd: bigint, reservedNanoUsd = 0n) => ({
	key,
	usedNanoUsd,
	reservedNanoUsd,
});

/** A final usage, one whose rest the house bears, and a stopped call whose process was killed. */
const before: MoneyRecords = {
	invoice: [
		{ requestId: "req-a", clientRequestId: "turn-a", costNanoUsd: 10n },
		{ requestId: "req-b", clientRequestId: "turn-b", costNanoUsd: 3n },
		{ requestId: "req-c", clientRequestId: "turn-c", costNanoUsd: 4n },
	],
	calls: [
		call("a"),
		call("b", { costNanoUsd: 3n }),
		call("c", { providerRequestId: null, usageSource: "estimate", outcome: "stopped", costNanoUsd: 5n }),
	],
	lines: [line("a", 10n), line("b", 2n), line("b", 1n, { account: "house", kind: "overrun" }), line("c", 5n)],
	buckets: [
		bucket("user:ann:day:2026-11-23", 10n),
		bucket("user:ann:day:2026-11-24", 7n),
		bucket("user:ann:month:2026-11", 17n),
		bucket("site:month:2026-11:00", 18n),
	],
	people: [ann],
	site: { costNanoUsd: 18n, houseNanoUsd: 1n },
};
const correction = line("c", -1n, { account: "house", kind: "correction" });
const after: MoneyRecords = {
	...before,
	// A call that the invoice finds right is marked by a line of 0.
	lines: [...before.lines, correction, line("a", 0n, { account: "house", kind: "correction" })],
	buckets: [...before.buckets.slice(0, 3), bucket("site:month:2026-11:00", 17n)],
	site: { costNanoUsd: 17n, houseNanoUsd: 0n },
};

const broken = (money: MoneyRecords, moment: Parameters<typeof compareRecords>[1] = "before the import") =>
	compareRecords(money, moment).flatMap(({ promise, violations }) =>
		violations.length > 0 ? [promise] : [],
	);

describe("compareRecords", () => {
	it("finds nothing in money that agree, before and after the import, and has looked at everything", () => {
		expect(broken(before)).toEqual([]);
		expect(broken(after, "after the import")).toEqual([]);
		expect(compareRecords(before, "before the import").every(({ checked }) => checked > 0)).toBe(true);
	});

	it("finds a nano-dollar that is off between the invoice and a final usage", () => {
		const invoice = before.invoice.map((row, index) => (index === 0 ? { ...row, costNanoUsd: 9n } : row));
		expect(broken({ ...before, invoice })).toEqual(["a final usage costs what the invoice says"]);
	});

	it("finds a request that is no call, and one that is a call twice", () => {
		const [first, ...rest] = before.invoice;
		if (!first) throw new Error("There is a first row.");
		const unknown = { ...first, requestId: "req-x", clientRequestId: "turn-x" };
		const promise = "every row of the invoice is one call";
		expect(broken({ ...before, invoice: [...before.invoice, unknown] })).toEqual([promise]);
		expect(broken({ ...before, invoice: [first, first, ...rest] })).toEqual([promise]);
	});

	it("finds a call that is charged twice, or not at all, and corrections on a person's account", () => {
		const promise = "a call is on its person's account once";
		expect(broken({ ...before, lines: [...before.lines, line("a", 0n)] })).toEqual([promise]);
		expect(broken({ ...before, lines: [...before.lines, line("x", 0n)] })).toEqual([promise]);
		expect(broken({ ...before, calls: [...before.calls, call("d", { costNanoUsd: 0n })] })).toContain(
			promise,
		);
		const moved = [...before.lines, { ...correction, account: "user" as const }];
		expect(broken({ ...after, lines: moved }, "after the import")).toContain(promise);
	});

	it("finds an estimate that the import left as it was", () => {
		expect(broken(before, "after the import")).toEqual(["every call costs what the invoice says"]);
	});

	it.each([
		...["totalNanoUsd", "daysNanoUsd", "modelsNanoUsd"].map((name) => [name, /^usage\.summary/] as const),
		...["csvNanoUsd", "jsonNanoUsd"].map((name) => [name, /^usage\.export/] as const),
	])("finds a report that is off: %s", (name, promise) => {
		expect(broken({ ...before, people: [{ ...ann, [name]: 18n }] })).toEqual([
			expect.stringMatching(promise),
		]);
	});

	it("finds a bucket or the administrators' report that is off, and what is still held", () => {
		const swap = (index: number, used: bigint, held = 0n) =>
			before.buckets.map((one, at) => (at === index ? bucket(one.key, used, held) : one));
		expect(broken({ ...before, buckets: swap(0, 11n) })).toEqual(["days and months are the person's lines"]);
		expect(broken({ ...before, buckets: swap(3, 17n) })).toEqual(["the site's budget is all lines"]);
		expect(broken({ ...before, buckets: swap(2, 17n, 1n) })).toEqual(["nothing is held any more"]);
		expect(broken({ ...before, site: { costNanoUsd: 18n, houseNanoUsd: 2n } })).toEqual([
			"admin.usage.report is all lines, and those of the house",
		]);
	});
});

describe("toRows and toEstimates", () => {
	it("put the sums side by side, and tell what the estimates were off by", () => {
		const off = toRows(before).filter(
			({ nanoUsd, expectedNanoUsd }) => expectedNanoUsd !== null && nanoUsd !== expectedNanoUsd,
		);
		expect(off).toEqual([]);
		expect(toEstimates(before)).toEqual([
			{ kind: "estimate, stopped", calls: 1, bookedNanoUsd: 5n, invoicedNanoUsd: 4n, absoluteNanoUsd: 1n },
		]);
	});
});

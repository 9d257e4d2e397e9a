import type { Finding } from "../kit/finding.ts";
import type { CallRow, LineRow, MoneyRecords } from "../kit/money/money-records.ts";
import type { InvoiceRow } from "../kit/money/provider-records.ts";
import { sum } from "../kit/money/usd.ts";

/** A sum in one of the money, beside the same sum in the book that it must equal. */
export interface Row {
	readonly what: string;
	readonly nanoUsd: bigint;
	/** What it must be; null for a figure that stands alone. */
	readonly expectedNanoUsd: bigint | null;
}

/** What estimates of one kind were off by, before the invoice settles them. */
export interface EstimateRow {
	/** Where the tokens come from, and how the call ended. */
	readonly kind: string;
	readonly calls: number;
	readonly bookedNanoUsd: bigint;
	readonly invoicedNanoUsd: bigint;
	/** The sum of every call's own error, whatever its sign. */
	readonly absoluteNanoUsd: bigint;
}

/** Once the provider's invoice is imported, every call must cost what it says; before, those with a final usage. */
export type Moment = "before the import" | "after the import";

/** Each invoice row with the call that it is, found as an accountant would: by the provider's id, else by our name. */
function pair({ invoice, calls }: MoneyRecords) {
	const byId = new Map(calls.map((call) => [call.providerRequestId, call]));
	const byName = new Map(calls.map((call) => [call.name, call]));
	const rows = new Map<string, InvoiceRow>();
	const violations: string[] = [];
	for (const row of invoice) {
		const call = byId.get(row.requestId) ?? byName.get(row.clientRequestId ?? "");
		if (!call) violations.push(`${row.requestId} (${row.clientRequestId}) of ${row.costNanoUsd} is no call`);
		else if (rows.has(call.id)) violations.push(`${row.requestId} is the call ${call.name} again`);
		else rows.set(call.id, row);
	}
	const toInvoiced = (call: CallRow) => rows.get(call.id)?.costNanoUsd ?? 0n;
	return { toInvoiced, violations };
}

const isFinal = ({ usageSource }: CallRow) => usageSource === "provider_final";

/** Holds every book against the others, to the nano-dollar. */
export function compareRecords(money: MoneyRecords, moment: Moment): Finding[] {
	const { invoice, calls, lines, buckets, people, site } = money;
	const isImported = moment === "after the import";
	const { toInvoiced, violations } = pair(money);
	const byCall = Map.groupBy(lines, ({ callId }) => callId ?? "");
	const byUser = Map.groupBy(
		lines.filter(({ account }) => account === "user"),
		({ userId }) => userId,
	);
	const owed = (userId: string) => sum(toAmounts(byUser.get(userId) ?? []));
	const check = (promise: string, items: readonly Difference[]): Finding => ({
		id: isImported ? "after" : "before",
		promise,
		checked: items.length,
		violations: items.flatMap(({ name, nanoUsd, expected }) =>
			nanoUsd === expected ? [] : [`${name}: ${nanoUsd}, not ${expected} nano-dollars`],
		),
	});
	const booked = (call: CallRow) => sum(toAmounts(byCall.get(call.id) ?? []));
	const invoiced = isImported ? calls : calls.filter(isFinal);
	const toDifferences = (
		list: readonly CallRow[],
		nanoUsd: (call: CallRow) => bigint,
		expected: typeof nanoUsd,
	) => list.map((call) => ({ name: call.name, nanoUsd: nanoUsd(call), expected: expected(call) }));
	const ofPeople = (read: (person: MoneyRecords["people"][number]) => bigint) =>
		people.map((person) => ({ name: person.userId, nanoUsd: read(person), expected: owed(person.userId) }));
	const ofBuckets = (period: string) =>
		people.map(({ userId }) => ({
			name: `${period} of ${userId}`,
			expected: owed(userId),
			nanoUsd: sum(buckets.filter(({ key }) => key.startsWith(`user:${userId}:${period}:`)).map(toUsed)),
		}));
	const house = lines.filter(({ account }) => account === "house");
	return [
		{ ...check("every row of the invoice is one call", []), checked: invoice.length, violations },
		check(
			isImported ? "every call costs what the invoice says" : "a final usage costs what the invoice says",
			toDifferences(invoiced, booked, toInvoiced),
		),
		...(isImported
			? []
			: [
					check(
						"a call's lines add up to its cost",
						toDifferences(calls, booked, ({ costNanoUsd }) => costNanoUsd),
					),
				]),
		findStray(money, isImported),
		check("days and months are the person's lines", [...ofBuckets("day"), ...ofBuckets("month")]),
		check("the site's budget is all lines", [
			{
				name: "site",
				expected: sum(toAmounts(lines)),
				nanoUsd: sum(buckets.filter(({ key }) => key.startsWith("site:")).map(toUsed)),
			},
		]),
		check(
			"nothing is held any more",
			buckets.map(({ key, reservedNanoUsd }) => ({ name: key, nanoUsd: reservedNanoUsd, expected: 0n })),
		),
		check("usage.summary is the person's lines: total, days, models", [
			...ofPeople(({ totalNanoUsd }) => totalNanoUsd),
			...ofPeople(({ daysNanoUsd }) => daysNanoUsd),
			...ofPeople(({ modelsNanoUsd }) => modelsNanoUsd),
		]),
		check("usage.export is the person's lines: CSV, JSON", [
			...ofPeople(({ csvNanoUsd }) => csvNanoUsd),
			...ofPeople(({ jsonNanoUsd }) => jsonNanoUsd),
		]),
		check("admin.usage.report is all lines, and those of the house", [
			{ name: "cost", nanoUsd: site.costNanoUsd, expected: sum(toAmounts(lines)) },
			{ name: "house", nanoUsd: site.houseNanoUsd, expected: sum(toAmounts(house)) },
		]),
	];
}

interface Difference {
	readonly name: string;
	readonly nanoUsd: bigint;
	readonly expected: bigint;
}

const toAmounts = (lines: readonly LineRow[]) => lines.map(({ amountNanoUsd }) => amountNanoUsd);
const toUsed = ({ usedNanoUsd }: MoneyRecords["buckets"][number]) => usedNanoUsd;

/** A call is on the person's account once; nothing but calls is, and corrections are the house's. */
function findStray({ calls, lines }: MoneyRecords, isImported: boolean): Finding {
	const known = new Set(calls.map(({ id }) => id));
	const seen = new Set<string>();
	const violations = lines.flatMap(({ account, kind, callId, amountNanoUsd }) => {
		const words = `a line "${kind}" of ${amountNanoUsd} on the ${account}'s account`;
		if (callId === null || !known.has(callId)) return [`${words} is of no call`];
		if (kind === "correction" && (account === "user" || !isImported)) return [words];
		if (account === "house" || kind !== "call") return account === "user" ? [words] : [];
		if (seen.has(callId)) return [`${words} is there twice`];
		seen.add(callId);
		return [];
	});
	const missing = calls.filter(({ id }) => !seen.has(id)).map(({ name }) => `${name} has no line`);
	return {
		id: isImported ? "after" : "before",
		promise: "a call is on its person's account once",
		checked: lines.length,
		violations: [...violations, ...missing],
	};
}

/** The sums of all money, side by side. */
export function toRows(money: MoneyRecords): Row[] {
	const { invoice, calls, lines, buckets, people, site } = money;
	const { toInvoiced } = pair(money);
	const final = calls.filter(isFinal);
	const cost = (list: readonly CallRow[]) => sum(list.map(({ costNanoUsd }) => costNanoUsd));
	const all = sum(toAmounts(lines));
	const ours = sum(toAmounts(lines.filter(({ account }) => account === "user")));
	const used = (pattern: RegExp) => sum(buckets.filter(({ key }) => pattern.test(key)).map(toUsed));
	const told = (read: (person: MoneyRecords["people"][number]) => bigint) => sum(people.map(read));
	const row = (what: string, nanoUsd: bigint, expectedNanoUsd: bigint | null) => ({
		what,
		nanoUsd,
		expectedNanoUsd,
	});
	return [
		row(`invoice, ${invoice.length} requests`, sum(invoice.map(({ costNanoUsd }) => costNanoUsd)), null),
		row(`invoice, the ${final.length} calls with a final usage`, sum(final.map(toInvoiced)), null),
		row("model calls with a final usage", cost(final), sum(final.map(toInvoiced))),
		row(`ledger, ${lines.length} lines`, all, null),
		row("ledger, people", ours, null),
		row("ledger, house", all - ours, null),
		row("buckets of people, days", used(/^user:.*:day:/), ours),
		row("buckets of people, months", used(/^user:.*:month:/), ours),
		row("buckets of the site", used(/^site:/), all),
		row(
			"usage.summary, people",
			told(({ totalNanoUsd }) => totalNanoUsd),
			ours,
		),
		row(
			"usage.summary, days",
			told(({ daysNanoUsd }) => daysNanoUsd),
			ours,
		),
		row(
			"usage.summary, models",
			told(({ modelsNanoUsd }) => modelsNanoUsd),
			ours,
		),
		row(
			"usage.export, CSV",
			told(({ csvNanoUsd }) => csvNanoUsd),
			ours,
		),
		row(
			"usage.export, JSON",
			told(({ jsonNanoUsd }) => jsonNanoUsd),
			ours,
		),
		row("admin.usage.report, cost", site.costNanoUsd, all),
		row("admin.usage.report, house", site.houseNanoUsd, all - ours),
	];
}

/** Calls without a final usage, by kind: what was booked for them, and what the provider asks. */
export function toEstimates(money: MoneyRecords): EstimateRow[] {
	const { toInvoiced } = pair(money);
	const groups = Map.groupBy(
		money.calls.filter((call) => !isFinal(call)),
		({ usageSource, outcome }) => `${usageSource}, ${outcome}`,
	);
	return Array.from(groups, ([kind, calls]) => ({
		kind,
		calls: calls.length,
		bookedNanoUsd: sum(calls.map(({ costNanoUsd }) => costNanoUsd)),
		invoicedNanoUsd: sum(calls.map(toInvoiced)),
		absoluteNanoUsd: sum(
			calls.map((call) => {
				const error = call.costNanoUsd - toInvoiced(call);
				return error < 0n ? -error : error;
			}),
		),
	})).toSorted((one, other) => other.calls - one.calls);
}

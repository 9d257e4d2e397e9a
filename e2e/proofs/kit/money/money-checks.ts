import { examine, type Finding } from "../finding.ts";
import {
	addTokens,
	type CallRow,
	type LineRow,
	type MoneyRecords,
	noTokens,
	type PersonReport,
	type TokenCounts,
	tokenClasses,
} from "./money-records.ts";
import { pairCalls } from "./pair-calls.ts";
import { sum } from "./usd.ts";

/** A figure and what it must be. */
export interface Figure {
	readonly name: string;
	readonly actual: bigint;
	readonly expected: bigint;
}

/** Holds every figure against what it must be, to the last unit. */
export const compareFigures = (
	[id, promise]: readonly [id: string, promise: string],
	figures: readonly Figure[],
): Finding =>
	examine([id, promise], figures, ({ name, actual, expected }) =>
		actual === expected ? null : `${name}: ${actual}, not ${expected}`,
	);

export const toAmounts = (lines: readonly LineRow[]): bigint[] =>
	lines.map(({ amountNanoUsd }) => amountNanoUsd);

export const isFinal = ({ usageSource }: CallRow): boolean => usageSource === "provider_final";

/** Whether the server made the call for itself, such as for a title. */
export const isOwn = ({ turnId }: CallRow): boolean => turnId === null;

/** A lookup of what the ledger holds of each call. */
export function toBooked({ lines }: MoneyRecords): (call: CallRow) => bigint {
	const byCall = Map.groupBy(lines, ({ callId }) => callId ?? "");
	return (call) => sum(toAmounts(byCall.get(call.id) ?? []));
}

/** What must hold of all money records at any moment when no turn runs: before the invoice is imported and after. */
export function checkMoney(records: MoneyRecords, id: string): Finding[] {
	return [
		...checkUsage(records, id),
		checkSpentBuckets(records, id),
		checkCountedBuckets(records, id),
		checkSiteBuckets(records, id),
		checkReserved(records, id),
		...checkReports(records, id),
	];
}

/** That the provider's own counts were read, of every answer that came to its end. */
function checkUsage(records: MoneyRecords, id: string): Finding[] {
	const { calls, invoice } = records;
	const { violations, findRow, findRequest, toInvoiced } = pairCalls(records);
	const booked = toBooked(records);
	const complete = calls.filter((call) => call.outcome === "complete" && findRequest(call)?.reported);
	return [
		{ id, promise: "every row of the invoice is one call", checked: invoice.length, violations },
		examine([id, "the usage of a complete answer is the provider's own"], complete, (call) =>
			isFinal(call) ? null : `${call.name} has its tokens by ${call.usageSource}`,
		),
		examine([id, "a final usage has the tokens of the invoice, by class"], calls.filter(isFinal), (call) => {
			const expected = toTokens(findRow(call));
			return toTokens(call) === expected ? null : `${call.name}: ${toTokens(call)}, not ${expected}`;
		}),
		compareFigures(
			[id, "a final usage costs what the invoice says"],
			calls.filter(isFinal).map((call) => ({
				name: call.name,
				actual: booked(call),
				expected: toInvoiced(call),
			})),
		),
	];
}

const toTokens = (counts: TokenCounts | undefined): string =>
	tokenClasses.map((name) => `${counts?.[name] ?? 0} ${name}`).join(", ");

/** A person's spending is the sum of their lines, in the buckets of days and in those of months. */
function checkSpentBuckets(records: MoneyRecords, id: string): Finding {
	const toOwed = groupOwed(records);
	const figures = ofPeriods(records).map(({ userId, period, buckets }) => ({
		name: `${period} of ${userId}`,
		actual: sum(buckets.map(({ usedNanoUsd }) => usedNanoUsd)),
		expected: toOwed(userId),
	}));
	return compareFigures([id, "days and months are the person's lines"], figures);
}

/** Limits of tokens and requests count what was called and accepted: of a turn at most the tokens that were reserved. */
function checkCountedBuckets(records: MoneyRecords, id: string): Finding {
	const callsByTurn = Map.groupBy(records.calls, ({ turnId }) => turnId);
	const turnsByUser = Map.groupBy(records.turns, ({ userId }) => userId);
	const toUsed = ({ turnId, reservedTokens }: MoneyRecords["turns"][number]) => {
		const calls = callsByTurn.get(turnId) ?? [];
		const tokens = calls.reduce((total, call) => total + call.inputTokens + call.outputTokens, 0);
		return Math.min(tokens, reservedTokens);
	};
	const figures = ofPeriods(records).flatMap(({ userId, period, buckets }) => {
		const turns = turnsByUser.get(userId) ?? [];
		const total = (pick: "usedTokens" | "usedRequests") =>
			BigInt(buckets.reduce((counted, bucket) => counted + bucket[pick], 0));
		const tokens = {
			name: `tokens, ${period} of ${userId}`,
			actual: total("usedTokens"),
			expected: BigInt(turns.reduce((used, turn) => used + toUsed(turn), 0)),
		};
		const requests = {
			name: `requests, ${period} of ${userId}`,
			actual: total("usedRequests"),
			expected: BigInt(turns.length),
		};
		// Plans limit requests by the day only.
		return period === "day" ? [tokens, requests] : [tokens];
	});
	return compareFigures([id, "used tokens and requests are those of the person's turns"], figures);
}

function checkSiteBuckets({ buckets, lines }: MoneyRecords, id: string): Finding {
	const slices = buckets.filter(({ key }) => key.startsWith("site:"));
	return compareFigures(
		[id, "the site's budget is all lines"],
		[
			{
				name: "site",
				actual: sum(slices.map(({ usedNanoUsd }) => usedNanoUsd)),
				expected: sum(toAmounts(lines)),
			},
		],
	);
}

function checkReserved({ buckets }: MoneyRecords, id: string): Finding {
	return examine([id, "nothing is reserved any more"], buckets, (bucket) => {
		const { key, reservedNanoUsd, reservedTokens, reservedRequests } = bucket;
		if (reservedNanoUsd === 0n && reservedTokens === 0 && reservedRequests === 0) return null;
		return `${key}: ${reservedNanoUsd} nano-dollars, ${reservedTokens} tokens, ${reservedRequests} requests`;
	});
}

/** What people and administrators are shown is what the ledger holds. */
function checkReports(records: MoneyRecords, id: string): Finding[] {
	const { people, site, lines, calls } = records;
	const callsByUser = Map.groupBy(
		calls.filter((call) => !isOwn(call)),
		({ userId }) => userId,
	);
	const toOwed = groupOwed(records);
	const of = (what: string, read: (person: PersonReport) => bigint): Figure[] =>
		people.map((person) => ({
			name: `${what} of ${person.userId}`,
			actual: read(person),
			expected: toOwed(person.userId),
		}));
	const house = lines.filter(({ account }) => account === "house");
	return [
		compareFigures(
			[id, "usage.summary is the person's lines: total, days, models"],
			[
				...of("total", ({ totalNanoUsd }) => totalNanoUsd),
				...of("days", ({ daysNanoUsd }) => daysNanoUsd),
				...people.map(({ userId, modelsNanoUsd }) => ({
					name: `models of ${userId}`,
					actual: modelsNanoUsd,
					expected: sum(
						toAmounts(
							lines.filter((line) => isCharge(line) && line.account === "user" && line.userId === userId),
						),
					),
				})),
			],
		),
		examine([id, "usage.summary counts the tokens of the person's calls, by class"], people, (person) => {
			const counted = (callsByUser.get(person.userId) ?? []).reduce(addTokens, noTokens);
			return toTokens(person.tokens) === toTokens(counted)
				? null
				: `${person.userId}: ${toTokens(person.tokens)}, not ${toTokens(counted)}`;
		}),
		compareFigures(
			[id, "usage.summary counts the person's calls"],
			people.map((person) => ({
				name: person.userId,
				actual: BigInt(person.calls),
				expected: BigInt(callsByUser.get(person.userId)?.length ?? 0),
			})),
		),
		compareFigures(
			[id, "usage.export is the person's lines: CSV, JSON"],
			[...of("CSV", ({ csvNanoUsd }) => csvNanoUsd), ...of("JSON", ({ jsonNanoUsd }) => jsonNanoUsd)],
		),
		compareFigures(
			[id, "admin.usage.report is all lines, and those of the house"],
			[
				{ name: "cost", actual: site.costNanoUsd, expected: sum(toAmounts(lines)) },
				{ name: "house", actual: site.houseNanoUsd, expected: sum(toAmounts(house)) },
			],
		),
	];
}

/** Adjustments belong to no model. */
const isCharge = ({ kind }: LineRow) => kind !== "adjustment" && kind !== "grant";

function groupOwed({ lines }: MoneyRecords): (userId: string) => bigint {
	const byUser = Map.groupBy(
		lines.filter(({ account }) => account === "user"),
		({ userId }) => userId,
	);
	return (userId) => sum(toAmounts(byUser.get(userId) ?? []));
}

/** The buckets of each person, of all days and of all months of the run. */
function ofPeriods({ people, buckets }: MoneyRecords) {
	return people.flatMap(({ userId }) =>
		(["day", "month"] as const).map((period) => ({
			userId,
			period,
			buckets: buckets.filter(({ key }) => key.startsWith(`user:${userId}:${period}:`)),
		})),
	);
}

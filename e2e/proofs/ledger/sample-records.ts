/** Money records of a small run, before and after an import, for the tests of their checks. */
import {
	type CallRow,
	type LineRow,
	type MoneyRecords,
	noTokens,
	type PersonReport,
} from "../kit/money/money-records.ts";

/** At these prices a token costs a nano-dollar in, and two out. */
export const sheet = { m: { inputUsdPerMTok: "0.001", outputUsdPerMTok: "0.002" } };

export const call = (id: string, more: Partial<CallRow>): CallRow => ({
	id,
	turnId: `turn-${id}`,
	name: `turn-${id}-1`,
	providerRequestId: `req-${id}`,
	userId: "ann",
	purpose: "answer",
	usageSource: "provider_final",
	outcome: "complete",
	inputTokens: 0,
	cachedInputTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	outputTokens: 0,
	reasoningTokens: 0,
	costNanoUsd: 0n,
	...more,
});
export const line = (callId: string, amountNanoUsd: bigint, more: Partial<LineRow> = {}): LineRow => ({
	account: "user",
	kind: "call",
	userId: "ann",
	callId,
	amountNanoUsd,
	...more,
});
export const row = (id: string, [inputTokens, outputTokens]: readonly [number, number]) => ({
	requestId: `req-${id}`,
	clientRequestId: `turn-${id}-1`,
	model: "m",
	inputTokens,
	cachedInputTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	outputTokens,
	reasoningTokens: 0,
	costNanoUsd: BigInt(inputTokens + 2 * outputTokens),
});
const request = (id: string, [promptTokens, completionTokens]: readonly [number, number]) => ({
	id: `req-${id}`,
	name: `turn-${id}-1`,
	model: "m",
	outcome: "completed",
	receivedAtMs: 0,
	endedAtMs: 1,
	reported: {
		promptTokens,
		cachedTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		completionTokens,
		reasoningTokens: 0,
	},
	messages: null,
});
export const ann: PersonReport = {
	userId: "ann",
	calls: 3,
	tokens: { ...noTokens, inputTokens: 70, outputTokens: 55 },
	totalNanoUsd: 170n,
	daysNanoUsd: 170n,
	modelsNanoUsd: 170n,
	csvNanoUsd: 170n,
	jsonNanoUsd: 170n,
};
const bucket = (key: string, used: readonly [nanoUsd: bigint, tokens: number, requests: number]) => ({
	key,
	usedNanoUsd: used[0],
	usedTokens: used[1],
	usedRequests: used[2],
	reservedNanoUsd: 0n,
	reservedTokens: 0,
	reservedRequests: 0,
});

/** The same of a call that the server made for itself, which its own id names. */
const own = {
	row: { ...row("own", [5, 1]), clientRequestId: "own" },
	request: { ...request("own", [5, 1]), name: "own" },
};

/** A final usage, one of which the server pays a part, a stopped call whose process was killed, and a call of the server's own. */
export const before: MoneyRecords = {
	invoice: [row("a", [40, 30]), row("b", [10, 10]), row("c", [20, 14]), own.row],
	requests: [
		request("a", [40, 30]),
		request("b", [10, 10]),
		{ ...request("c", [20, 14]), outcome: "aborted_by_client", reported: null },
		own.request,
	],
	turns: ["a", "b", "c"].map((id) => ({ turnId: `turn-${id}`, userId: "ann", reservedTokens: 60 })),
	calls: [
		call("a", { inputTokens: 40, outputTokens: 30, costNanoUsd: 100n }),
		call("b", { inputTokens: 10, outputTokens: 10, costNanoUsd: 30n }),
		call("c", {
			providerRequestId: null,
			usageSource: "estimate",
			outcome: "stopped",
			inputTokens: 20,
			outputTokens: 15,
			costNanoUsd: 50n,
		}),
		call("own", { turnId: null, name: "own", inputTokens: 5, outputTokens: 1, costNanoUsd: 7n }),
	],
	lines: [
		line("a", 100n),
		line("b", 20n),
		line("b", 10n, { account: "house", kind: "overrun" }),
		line("c", 50n),
		line("own", 7n, { account: "house" }),
	],
	// The tokens of the first turn count as the 60 that were reserved.
	buckets: [
		bucket("user:ann:day:2026-11-23", [100n, 60, 1]),
		bucket("user:ann:day:2026-11-24", [70n, 55, 2]),
		bucket("user:ann:month:2026-11", [170n, 115, 0]),
		bucket("site:month:2026-11:00", [187n, 0, 0]),
	],
	people: [ann],
	site: { costNanoUsd: 187n, houseNanoUsd: 17n },
};

/** The server's correction, and the person's credit with its opposite. */
export const credited = [
	line("c", -2n, { kind: "correction", account: "house" }),
	line("c", -2n, { kind: "adjustment" }),
	line("c", 2n, { kind: "adjustment", account: "house" }),
];

/** The invoice charges 2 nano-dollars less for the stopped call; the person is given them back. */
export const after: MoneyRecords = {
	...before,
	lines: [...before.lines, ...credited],
	buckets: [
		...before.buckets.slice(0, 1),
		bucket("user:ann:day:2026-11-24", [68n, 55, 2]),
		bucket("user:ann:month:2026-11", [168n, 115, 0]),
		bucket("site:month:2026-11:00", [185n, 0, 0]),
	],
	people: [
		{
			...ann,
			totalNanoUsd: 168n,
			daysNanoUsd: 168n,
			csvNanoUsd: 168n,
			jsonNanoUsd: 168n,
		},
	],
	site: { costNanoUsd: 185n, houseNanoUsd: 17n },
};
export const reports = { firstNanoUsd: -2n, secondNanoUsd: 0n };

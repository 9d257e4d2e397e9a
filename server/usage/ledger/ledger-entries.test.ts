import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UsageSource } from "../../contract/turn.ts";
import { usageSources } from "../../contract/turn.ts";
import type { Prices } from "../prices/prices.ts";
import { type CallRecord, toLedgerEntries } from "./ledger-entries.ts";

const prices: Prices = {
	inputUsdPerMTok: "1",
	cachedInputUsdPerMTok: "0.1",
	cacheWriteUsdPerMTok: "1.25",
	cacheWrite1hUsdPerMTok: "2",
	outputUsdPerMTok: "5",
	reasoningUsdPerMTok: null,
	longContext: null,
};
const turn = { turnId: "t", userId: "u" };
const enough = { reservedNanoUsd: 10n ** 12n, reservedTokens: 1_000_000 };

/** 1,000 tokens in at 1,000 nano-dollars each, 100 out at 5,000: 1.5 million nano-dollars. */
const call = (more: Partial<CallRecord> = {}): CallRecord => ({
	attempt: 1,
	purpose: "answer",
	modelId: "small",
	providerId: "p",
	providerModelId: "m",
	providerRequestId: null,
	otherModelId: null,
	outcome: "complete",
	finishReason: "stop",
	usage: {
		inputTokens: 1_000,
		cachedInputTokens: 0,
		cacheWriteTokens: 0,
		cacheWrite1hTokens: 0,
		outputTokens: 100,
		reasoningTokens: 0,
		source: "provider_final",
	},
	reportedCostNanoUsd: null,
	price: { id: "price", prices },
	isDelivered: true,
	sentContext: null,
	startedAtMs: 0,
	firstTokenMs: 1,
	durationMs: 2,
	...more,
});
const byEstimate = (source: UsageSource): CallRecord["usage"] => ({ ...call().usage, source });
const cost = 1_500_000n;

const toAmounts = (calls: readonly CallRecord[], held = enough) => {
	const entries = toLedgerEntries(calls, turn, held);
	const lines = entries.lines.map(({ account, kind, amount_nano_usd }) => [
		account,
		kind,
		BigInt(amount_nano_usd),
	]);
	return { ...entries, lines };
};

describe("who pays for a call", () => {
	it.each([
		["a complete answer", call(), cost],
		["a stopped answer, of which something was read", call({ outcome: "stopped" }), cost],
		["an answer that broke off", call({ outcome: "failed" }), cost],
		["a failure before the first word", call({ outcome: "failed", isDelivered: false }), 0n],
		["an interrupted answer", call({ outcome: "interrupted", isDelivered: false }), cost],
		[
			"a refused message that the provider counted",
			call({ outcome: "filtered_request", isDelivered: false }),
			cost,
		],
		[
			"a refused message that was only estimated",
			call({ outcome: "filtered_request", usage: byEstimate("estimate") }),
			0n,
		],
		[
			"a cut answer that the provider counted",
			call({ outcome: "filtered_response", usage: byEstimate("provider_final") }),
			cost,
		],
		[
			"a cut answer that was only estimated",
			call({ outcome: "filtered_response", usage: byEstimate("estimate") }),
			0n,
		],
	])("of %s: the person what they owe, the server the rest", (_, given, charged) => {
		const { lines, costNanoUsd, chargedNanoUsd } = toAmounts([given]);
		expect([costNanoUsd, chargedNanoUsd]).toEqual([cost, charged]);
		const rest = charged < cost ? [["house", "call", cost - charged]] : [];
		expect(lines).toEqual([["user", "call", charged], ...rest]);
	});

	it("never the person more than was held: in order, the rest is the server's overrun", () => {
		const held = { ...enough, reservedNanoUsd: 2_000_000n };
		const calls = [
			call({ outcome: "failed", isDelivered: false }),
			call({ attempt: 2 }),
			call({ attempt: 3 }),
		];
		expect(toAmounts(calls, held)).toMatchObject({
			costNanoUsd: 3n * cost,
			chargedNanoUsd: 2_000_000n,
			lines: [
				["user", "call", 0n],
				["house", "call", cost],
				["user", "call", cost],
				["user", "call", 500_000n],
				["house", "overrun", 1_000_000n],
			],
		});
	});

	it("by what the provider says that it cost, when it says so", () => {
		expect(toAmounts([call({ reportedCostNanoUsd: 7n })])).toMatchObject({
			costNanoUsd: 7n,
			chargedNanoUsd: 7n,
		});
	});
});

describe("the entries of a turn", () => {
	it("keep every class of tokens, and count as used no more tokens than were held", () => {
		const usage = { ...call().usage, cachedInputTokens: 300, cacheWriteTokens: 200, cacheWrite1hTokens: 100 };
		const entries = toLedgerEntries([call({ usage }), call()], turn, { ...enough, reservedTokens: 1_500 });
		expect(entries.calls[0]).toMatchObject({
			input_tokens: 1_000,
			cached_input_tokens: 300,
			cache_write_tokens: 200,
			cache_write_1h_tokens: 100,
			output_tokens: 100,
			cost_nano_usd: (400n * 1_000n + 300n * 100n + 200n * 1_250n + 100n * 2_000n + 500_000n).toString(),
		});
		expect(entries.usedTokens).toBe(1_500);
		expect(toLedgerEntries([call()], turn, enough).usedTokens).toBe(1_100);
	});

	it("add up for any calls: the lines to the cost, the person's to what is charged, which was held", () => {
		const anyCall = fc
			.record({
				outcome: fc.constantFrom(
					"complete",
					"stopped",
					"failed",
					"interrupted",
					"filtered_request",
					"filtered_response",
				),
				isDelivered: fc.boolean(),
				source: fc.constantFrom(...usageSources),
				inputTokens: fc.nat(100_000),
				outputTokens: fc.nat(10_000),
			})
			.map(({ source, inputTokens, outputTokens, ...rest }) =>
				call({ ...rest, usage: { ...byEstimate(source as UsageSource), inputTokens, outputTokens } }),
			);
		const held = fc.bigInt({ min: 0n, max: 400_000_000n });
		fc.assert(
			fc.property(
				fc.array(anyCall, { maxLength: 4 }),
				held,
				fc.nat(200_000),
				(calls, reservedNanoUsd, reservedTokens) => {
					const entries = toLedgerEntries(calls, turn, { reservedNanoUsd, reservedTokens });
					const sum = (account: string) =>
						entries.lines
							.filter((line) => line.account === account)
							.reduce((total, line) => total + BigInt(line.amount_nano_usd), 0n);
					expect(sum("user") + sum("house")).toBe(entries.costNanoUsd);
					expect(sum("user")).toBe(entries.chargedNanoUsd);
					expect(entries.chargedNanoUsd <= reservedNanoUsd).toBe(true);
					expect(entries.usedTokens).toBeLessThanOrEqual(reservedTokens);
					expect(entries.lines.every((line) => !line.amount_nano_usd.startsWith("-"))).toBe(true);
					expect(entries.lines.filter((line) => line.account === "user")).toHaveLength(calls.length);
				},
			),
		);
	});
});

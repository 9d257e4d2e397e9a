import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { type Expected, peerText, row, toBeginning, toMessage } from "../rows/row.ts";
import { judge } from "./judge.ts";
import type { RecordedCall, TurnRecord, UpstreamCall } from "./turn-record.ts";

const prices = {
	inputUsdPerMTok: "1",
	cachedInputUsdPerMTok: null,
	cacheWriteUsdPerMTok: null,
	outputUsdPerMTok: "1",
	reasoningUsdPerMTok: null,
	longContext: null,
};
const answer = toMessage({ name: "some row" });
const call = (attempt: number, to: UpstreamCall["to"] = "own", invoicedNanoUsd = 0n): UpstreamCall => ({
	to,
	invoicedNanoUsd,
	name: `turn-${attempt}`,
	atMs: attempt * 1_000,
});
const record = (attempt: number, more: Partial<RecordedCall> = {}): RecordedCall => ({
	name: `turn-${attempt}`,
	modelId: "row-0",
	outcome: "complete",
	source: "provider_final",
	prices,
	costNanoUsd: 0n,
	...more,
});
/** A turn as it should be: one call, the whole answer, the invoice paid. */
const good: TurnRecord = {
	problem: null,
	status: "complete",
	code: null,
	words: "",
	receiptModelId: "row-0",
	answer,
	shownText: answer,
	storedText: answer,
	storedStatus: "complete",
	ends: 1,
	firstMs: 100,
	totalMs: 200,
	inputTokens: 50,
	upstream: [call(1, "own", 700n)],
	recorded: [record(1, { costNanoUsd: 700n })],
	personNanoUsd: 700n,
	houseNanoUsd: 0n,
	reservedNanoUsd: 9_000n,
};
const whole: Expected = { status: "complete", text: "whole", charge: "invoice", calls: 1 };
const verdict = (expected: Partial<Expected>, seen: Partial<TurnRecord> = {}) =>
	judge(row({ name: "some row", sim: "", expected: { ...whole, ...expected } }), { ...good, ...seen });

describe("a turn as its row expects it", () => {
	it("has no complaints", () => expect(verdict({})).toEqual([]));
});

describe("a turn is complained of", () => {
	const wrong: [what: string, seen: Partial<TurnRecord>, complaint: RegExp][] = [
		["another end", { status: "failed", storedStatus: "failed" }, /ended failed/],
		["a code", { code: "timeout" }, /code is timeout/],
		["two ends", { ends: 2 }, /ended 2 times/],
		["an end that is not stored", { storedStatus: "running" }, /running is stored/],
		["text that is not what was shown", { shownText: "other" }, /not what was shown/],
		["lost text", { shownText: "w1", storedText: "w1" }, /the text is/],
		["the receipt of another model", { receiptModelId: "peer" }, /receipt names peer/],
		["an empty answer without words", { shownText: "", storedText: "" }, /no words about it/],
		["a further request", { upstream: [call(1, "own", 700n), call(2)] }, /2 requests to the model/],
		[
			"an unexpected call of the stand-in",
			{ upstream: [call(1, "own", 700n), call(2, "peer")] },
			/its stand-in/,
		],
		["an unrecorded request", { recorded: [] }, /turn-1 is not recorded/],
		["a late first word", { firstMs: 46_001 }, /after 46001 ms/],
		["a charge beside the invoice", { personNanoUsd: 701n }, /charged 701, by invoice it is 700/],
		["a cost of the house", { houseNanoUsd: 1n }, /house bears 1/],
		["a ledger beside its calls", { recorded: [record(1, { costNanoUsd: 699n })] }, /the ledger has 700/],
		["a reader without an end", { problem: "no end in sight" }, /no end in sight/],
	];
	it.each(wrong)("for %s", (_, seen, complaint) => {
		expect(verdict({}, seen).join("\n")).toMatch(complaint);
	});

	it("when it ends too early or too late", () => {
		expect(verdict({ totalMs: [200, 200] })).toEqual([]);
		expect(verdict({ totalMs: [201, 300] }).join()).toMatch(/ended after 200 ms/);
	});

	it("when the provider's wait was not honoured", () => {
		const upstream = [call(1), call(2, "own", 700n)];
		const recorded = [record(1, { outcome: "failed" }), record(2, { costNanoUsd: 700n })];
		expect(verdict({ calls: 2, waitMs: 1_000 }, { upstream, recorded })).toEqual([]);
		expect(verdict({ calls: 2, waitMs: 1_100 }, { upstream, recorded }).join()).toMatch(/after 1000 ms/);
	});
});

describe("text", () => {
	const shown = (text: string) => ({ shownText: text, storedText: text });
	it("is a beginning of the answer, exactly so many tokens of it, or nothing", () => {
		const part = toBeginning(answer, 20);
		expect(verdict({ text: 20 }, shown(part))).toEqual([]);
		expect(verdict({ text: 21 }, shown(part))).toHaveLength(1);
		expect(verdict({ text: "part" }, shown(part))).toEqual([]);
		expect(verdict({ text: "part" }, shown("other"))).toHaveLength(1);
		expect(verdict({ text: "none" }, shown(part))).toHaveLength(1);
	});

	it("that another went on with repeats nothing", () => {
		const part = toBeginning(answer, 5);
		const by = { receiptModelId: "peer" };
		expect(verdict({ text: "continued" }, { ...shown(part + peerText), ...by })).toEqual([]);
		expect(verdict({ text: "continued" }, { ...shown(part + part + peerText), ...by })).toHaveLength(1);
		expect(verdict({ text: "continued" }, { ...shown(peerText), ...by })).toHaveLength(1);
	});
});

describe("charges", () => {
	const estimated = BigInt(50 + countTokens(answer)) * 1_000n;
	const broken = record(1, { outcome: "interrupted", source: "estimate", costNanoUsd: estimated });

	it("of what was delivered are the input and the text, to the nano-dollar", () => {
		const paid = { recorded: [broken], personNanoUsd: estimated };
		expect(verdict({ charge: "delivered" }, paid)).toEqual([]);
		expect(verdict({ charge: "delivered" }, { ...paid, inputTokens: 49 })).toHaveLength(1);
	});

	it("never exceed what was held, and the house bears the rest", () => {
		const recorded = [record(1, { costNanoUsd: 9_001n })];
		const upstream = [call(1, "own", 9_001n)];
		const paid = { recorded, upstream, personNanoUsd: 9_000n, houseNanoUsd: 1n };
		expect(verdict({ charge: "held" }, paid)).toEqual([]);
		expect(verdict({ charge: "held" }, { ...paid, personNanoUsd: 9_001n, houseNanoUsd: 0n })).not.toEqual([]);
	});

	it("of silence are the house's, those of its stand-in the person's", () => {
		const input = 50_000n;
		const recorded = [
			record(1, { outcome: "failed", source: "estimate", costNanoUsd: input }),
			record(2, { modelId: "peer", costNanoUsd: 30n }),
		];
		const upstream = [call(1), call(2, "peer", 30n)];
		const paid = { recorded, upstream, personNanoUsd: 30n, houseNanoUsd: input };
		expect(verdict({ charge: "silence", peerCalls: 1 }, { ...paid, receiptModelId: "row-0" })).toEqual([]);
		const unfair = { ...paid, personNanoUsd: 30n + input, houseNanoUsd: 0n };
		expect(verdict({ charge: "silence", peerCalls: 1 }, unfair)).toHaveLength(2);
	});

	it("of answers without a word are the house's", () => {
		const recorded = [1, 2, 3].map((n) => record(n, { outcome: "failed", costNanoUsd: 10n }));
		const upstream = [1, 2, 3].map((n) => call(n, "own", 10n));
		const seen = { recorded, upstream, personNanoUsd: 0n, houseNanoUsd: 30n };
		expect(verdict({ charge: "house", calls: 3 }, seen)).toEqual([]);
		expect(verdict({ charge: "nothing", calls: 3 }, seen)).toHaveLength(1);
	});
});

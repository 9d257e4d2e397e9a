import { describe, expect, it } from "vitest";
import { countOutcomes } from "../../kit/report.ts";
import { createHistory } from "../clients/history.ts";
import type { Evidence } from "../evidence.ts";
import { toFigures } from "../figures.ts";
import { judge } from "./index.ts";
import { faultKinds, good } from "./sample-evidence.ts";

const count = (evidence: Evidence, planned = [...faultKinds]) =>
	countOutcomes({
		title: "",
		findings: judge(evidence, planned),
		figures: { goals: [], notes: [] },
		warnings: [],
	});

describe("the judgement of a run", () => {
	it("is green when every promise was kept, money included", () => {
		const findings = judge(good, [...faultKinds]);
		expect(findings.flatMap(({ violations }) => violations)).toEqual([]);
		expect(findings.filter(({ checked }) => checked === 0)).toEqual([]);
	});

	it("is red when no message was ever accepted, however quiet everything was", () => {
		const nothing: Evidence = {
			...good,
			history: createHistory(),
			turns: [],
			messages: new Map(),
			logs: new Map(),
			compacted: new Set(),
			calls: [],
			money: { ...good.money, invoice: [], requests: [], turns: [], calls: [], lines: [], buckets: [] },
		};
		const { failed } = count(nothing);
		expect(failed).toBeGreaterThan(20);
		expect(toFigures(nothing, ["kill"]).goals.filter(({ isReached }) => !isReached)).toHaveLength(4);
	});

	it("is red when a planned fault was not injected", () => {
		const history = { ...good.history, faults: [] };
		expect(count({ ...good, history }).failed).toBe(count(good).failed + faultKinds.length);
	});

	it("is red when money is off by a nano-dollar", () => {
		const [first, ...rest] = good.money.lines;
		if (!first) throw new Error("The sample has no line.");
		const lines = [{ ...first, amountNanoUsd: first.amountNanoUsd + 1n }, ...rest];
		expect(count({ ...good, money: { ...good.money, lines } }).failed).toBeGreaterThan(
			count(good).failed + 3,
		);
	});
});

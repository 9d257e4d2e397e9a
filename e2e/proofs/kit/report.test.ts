import { describe, expect, it } from "vitest";
import { toGoal } from "../../../bench/goal.ts";
import { countOutcomes, type Report, toJson, toText } from "./report.ts";

const kept = { id: "I1", promise: "kept", checked: 3, violations: [] };
const report = (changed: Partial<Report>): Report => ({
	title: "a run",
	findings: [kept],
	figures: { goals: [], notes: [] },
	warnings: [],
	...changed,
});
const goal = { goal: 10, unit: " ms", detail: "" };

describe("the outcome of a run", () => {
	it("is a failure when a promise was broken, and when nothing was checked for one", () => {
		expect(countOutcomes(report({}))).toEqual({ passed: 1, failed: 0 });
		const broken = { ...kept, violations: ["it was not"] };
		expect(countOutcomes(report({ findings: [kept, broken] }))).toEqual({ passed: 1, failed: 1 });
		const unchecked = { ...kept, promise: "never tried", checked: 0 };
		const unproven = report({ findings: [kept, unchecked] });
		expect(countOutcomes(unproven)).toEqual({ passed: 1, failed: 1 });
		expect(toText(unproven)).toContain('I1: nothing was checked for "never tried"');
		expect(JSON.parse(toJson(unproven)).failed).toBe(1);
	});

	it("is a failure when a goal was missed, and when it has no value", () => {
		const goals = [toGoal("in time", 10, goal), toGoal("too late", 11, goal)];
		const unmeasured = [toGoal("unknown", null, goal), toGoal("no number", Number.NaN, goal)];
		const figures = { goals: [...goals, ...unmeasured], notes: [] };
		expect(countOutcomes(report({ figures }))).toEqual({ passed: 2, failed: 3 });
		expect(toText(report({ figures }))).toContain("not reached  unknown: no value (goal <= 10 ms; )");
	});
});

import { describe, expect, it } from "vitest";
import { findModelSpec, mergeSelections, parseSimSpec, SimSpecError, takeDirective } from "./options.ts";

describe("selections", () => {
	it("reads every kind of value", () => {
		expect(
			parseSimSpec(
				"ttft=20, tps=50,tokens=3,text=md,say=All of it.,fault=stall@20,times=2,p=0.5,key=a,retry=1.5",
			),
		).toEqual({
			ttftMs: 20,
			gapMs: 20,
			tokens: 3,
			text: "md",
			say: "All of it.",
			fault: { name: "stall", argument: 20 },
			times: 2,
			p: 0.5,
			key: "a",
			retrySeconds: 1.5,
		});
	});

	it.each([
		["fault=reset@last", { name: "reset", argument: "last" }],
		["fault=context_length", { name: "context-length", argument: null }],
		["fault=cut@3", { name: "reset", argument: 3 }],
		["fault=none", null],
	])("%s names a fault", (spec, fault) => {
		expect(parseSimSpec(spec)).toEqual({ fault });
	});

	it.each([
		"colour=red",
		"ttft=soon",
		"tokens=-1",
		"p=2",
		"text=poem",
		"fault=reset@soon",
		"tps=0",
		"constructor=1",
	])("%s is refused and not overlooked", (spec) => {
		expect(() => parseSimSpec(spec)).toThrow(SimSpecError);
	});

	it("merges key by key, the later one wins", () => {
		expect(mergeSelections(["ttft=1,tokens=1", null, "ttft=2", "key=x"])).toEqual({
			ttftMs: 2,
			tokens: 1,
			key: "x",
		});
	});

	it("finds a selection anywhere in a model's name", () => {
		expect(findModelSpec("gateway/sim:ttft=1")).toBe("ttft=1");
		expect(findModelSpec("sim-small")).toBeNull();
	});

	it("takes directives out of a message", () => {
		expect(takeDirective("Hello [[sim fault=hang]] you")).toEqual({ spec: "fault=hang", text: "Hello you" });
		expect(takeDirective("[[sim ttft=1]][[sim itl=2]]\nHi")).toEqual({ spec: "ttft=1,itl=2", text: "Hi" });
		expect(takeDirective("[[other]]")).toEqual({ spec: null, text: "[[other]]" });
	});
});

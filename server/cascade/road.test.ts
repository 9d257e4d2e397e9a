import { expect, it } from "vitest";
import { chooseRoad, isAccepted, toBar } from "./road.ts";

const toThreshold = (strongShare: number) => 1 - strongShare;

it.each([
	[0, [0, 0.5, 1], ["small", "small", "small"]],
	[5, [0.44, 0.46, 0.5, 0.9], ["small", "draft", "strong", "strong"]],
	[10, [0, 0.5, 1], ["strong", "strong", "strong"]],
	[-1, [1], ["small"]],
	[11, [0], ["strong"]],
])("at dial %d the scores %j go the roads %j", (dial, scores, roads) => {
	const bar = toBar(dial, toThreshold);
	expect(scores.map((score) => chooseRoad(score, bar))).toEqual(roads);
});

it("a draft is shown only below the bar", () => {
	const bar = toBar(5, toThreshold);
	expect([0.46, 0.5, 0.9].map((score) => isAccepted(score, bar))).toEqual([true, false, false]);
});

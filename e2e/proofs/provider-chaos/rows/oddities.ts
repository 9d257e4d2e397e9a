import { type Expected, type Row, row } from "./row.ts";

const whole: Pick<Expected, "status" | "text" | "calls"> = { status: "complete", text: "whole", calls: 1 };
const filtered: Pick<Expected, "status" | "code" | "charge" | "calls" | "peerCalls"> = {
	status: "filtered_response",
	code: "content_filtered",
	charge: "invoice",
	calls: 1,
	peerCalls: 0,
};

/** Complete answers with something wrong about them; the charge tells whether the report could be believed. */
const oddities: readonly (readonly [fault: string, charge: Expected["charge"]])[] = [
	["none", "invoice"],
	["empty-choices", "invoice"],
	["double-done", "invoice"],
	["no-done", "invoice"],
	["no-finish", "invoice"],
	["wrong-model", "invoice"],
	["filter-outage", "invoice"],
	["usage-zero", "nothing"],
	["usage-over@3", "invoice"],
	["usage-over@200", "held"],
	["usage-cache-over", "invoice"],
	["usage-missing", "delivered"],
	["usage-null", "delivered"],
	["usage-negative", "delivered"],
	["usage-huge", "delivered"],
];

/** Answers that are odd, filtered or empty. */
export const oddityRows: readonly Row[] = [
	...oddities.map(([fault, charge]) =>
		row({
			name: fault === "none" ? "no fault" : fault,
			sim: `fault=${fault}`,
			expected: { ...whole, charge },
		}),
	),
	...[1, 20].map((tokens) =>
		row({
			name: `filter-response@${tokens}`,
			sim: `fault=filter-response@${tokens}`,
			fallbacks: ["peer"],
			expected: { ...filtered, text: tokens },
		}),
	),
	row({
		name: "filter-response@0",
		sim: "fault=filter-response@0",
		fallbacks: ["peer"],
		expected: { ...filtered, text: "none" },
	}),
	row({
		name: "empty",
		sim: "fault=empty",
		expected: { status: "failed", code: "provider_unavailable", text: "none", charge: "house", calls: 1 },
	}),
	row({
		name: "empty + fallback",
		sim: "fault=empty",
		fallbacks: ["peer"],
		expected: {
			status: "failed",
			code: "provider_unavailable",
			text: "none",
			charge: "house",
			calls: 1,
			peerCalls: 0,
		},
	}),
];

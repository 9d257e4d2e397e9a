import { type Expected, type Row, row } from "./row.ts";

const answered: Pick<Expected, "status" | "text" | "charge"> = {
	status: "complete",
	text: "whole",
	charge: "invoice",
};
const standIn: Pick<Expected, "status" | "text" | "charge" | "peerCalls"> = {
	status: "complete",
	text: "peer",
	charge: "invoice",
	peerCalls: 1,
};
const refused: Pick<Expected, "status" | "code" | "text" | "charge"> = {
	status: "failed",
	code: "provider_unavailable",
	text: "none",
	charge: "nothing",
};

/** Every form in which a provider says when to come back, with the least that its wait comes to in milliseconds. */
const retryForms: readonly (readonly [form: string, waitMs: number])[] = [
	["429", 1_000],
	// A date has whole seconds, and ours may be read against a Date header that was rounded down.
	["429-date", 1_000],
	["429-ms", 1_000],
	["429-reset", 1_000],
	["429-reset-epoch", 0],
	["429-reset-instant", 0],
	["503-retry", 1_000],
	// Nothing that can be understood: the backoff decides.
	["429-past", 0],
	["429-negative", 0],
	["429-garbage", 0],
	["429-none", 0],
	["529", 0],
];

const throttled: Row[] = [
	...retryForms.map(([form, waitMs]) =>
		row({
			name: `${form} once`,
			sim: `fault=${form},times=1`,
			expected: { ...answered, calls: 2, waitMs, firstMs: [waitMs, 6_000] },
		}),
	),
	...retryForms.map(([form]) =>
		row({
			name: `${form} for ever + fallback`,
			sim: `fault=${form}`,
			fallbacks: ["peer"],
			expected: { ...standIn, calls: [1, 2], firstMs: [0, 8_000] },
		}),
	),
	row({
		name: "429 for ever",
		sim: "fault=429",
		expected: { ...refused, calls: [2, 3], firstMs: [0, 10_000] },
	}),
	row({
		name: "429-absurd",
		sim: "fault=429-absurd",
		expected: { ...refused, calls: 1, firstMs: [0, 3_000] },
	}),
	...(["429-date", "429-ms", "429-reset"] as const).map((form) =>
		row({
			name: `${form} absurd`,
			sim: `fault=${form},retry=315360000`,
			fallbacks: ["peer"],
			expected: { ...standIn, calls: 1, firstMs: [0, 3_000] },
		}),
	),
	row({
		name: "429-absurd + fallback",
		sim: "fault=429-absurd",
		fallbacks: ["peer"],
		expected: { ...standIn, calls: 1, firstMs: [0, 3_000] },
	}),
	row({ name: "429-quota", sim: "fault=429-quota", expected: { ...refused, calls: 1 } }),
	row({
		name: "429-quota + fallback",
		sim: "fault=429-quota",
		fallbacks: ["peer"],
		expected: { ...standIn, calls: 1, firstMs: [0, 3_000] },
	}),
];

/** Refusals that are tried again: three calls alone; with a fallback two, then the other model. */
const passing = ["500", "503", "html-502", "html-200", "json-error-200", "reset-before-headers"] as const;
/** Refusals that no retry helps, but another model at another provider may. */
const lasting = ["401", "403", "404", "redirect"] as const;
/** Requests that are wrong everywhere: never sent to another. */
const final = [
	["400", "failed", "provider_unavailable"],
	["413", "failed", "context_too_long"],
	["context-length", "failed", "context_too_long"],
	["filter-request", "filtered_request", "content_filtered"],
] as const;

const statuses: Row[] = [
	row({ name: "500 twice then ok", sim: "fault=500-twice", expected: { ...answered, calls: 3 } }),
	...passing.flatMap((fault) => [
		row({ name: `${fault} for ever`, sim: `fault=${fault}`, expected: { ...refused, calls: 3 } }),
		row({
			name: `${fault} for ever + fallback`,
			sim: `fault=${fault}`,
			fallbacks: ["peer"],
			expected: { ...standIn, calls: 2, firstMs: [0, 3_000] },
		}),
	]),
	...lasting.flatMap((fault) => [
		row({ name: fault, sim: `fault=${fault}`, expected: { ...refused, calls: 1 } }),
		row({
			name: `${fault} + fallback`,
			sim: `fault=${fault}`,
			fallbacks: ["peer"],
			expected: { ...standIn, calls: 1, firstMs: [0, 3_000] },
		}),
	]),
	...final.flatMap(([fault, status, code]) => {
		const expected = { ...refused, status, code, calls: 1, peerCalls: 0 };
		return [
			row({ name: fault, sim: `fault=${fault}`, expected }),
			row({ name: `${fault} + fallback`, sim: `fault=${fault}`, fallbacks: ["peer"], expected }),
		];
	}),
	row({
		name: "context-length + larger model",
		sim: "fault=context-length",
		fallbacks: ["peer", "wide"],
		expected: { ...standIn, calls: 1 },
	}),
	row({
		name: "filter-outage-error",
		sim: "fault=filter-outage-error",
		fallbacks: ["peer"],
		expected: { ...refused, calls: 2, peerCalls: 0 },
	}),
	row({ name: "refused connection", sim: null, expected: { ...refused, calls: 0, firstMs: [0, 4_000] } }),
	row({
		name: "refused connection + fallback",
		sim: null,
		fallbacks: ["peer"],
		expected: { ...standIn, calls: 0, firstMs: [0, 2_500] },
	}),
	row({
		name: "fallbacks in a ring and all dead",
		sim: "fault=500",
		fallbacks: ["twin"],
		expected: { ...refused, calls: 2, twinCalls: 1 },
	}),
	row({
		name: "50 % flapping + fallback",
		sim: "fault=flapping",
		fallbacks: ["peer"],
		turns: 20,
		expected: { ...answered, text: { characters: 1 }, calls: [0, 2], peerCalls: [0, 1], firstMs: [0, 4_000] },
	}),
];

/** Providers that refuse, or that cannot be reached. */
export const refusalRows: readonly Row[] = [...throttled, ...statuses];

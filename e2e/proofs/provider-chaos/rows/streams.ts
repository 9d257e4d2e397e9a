import { type Expected, type Row, row } from "./row.ts";

const failed: Pick<Expected, "status" | "code" | "text" | "charge"> = {
	status: "failed",
	code: "provider_unavailable",
	text: "none",
	charge: "nothing",
};
const standIn: Pick<Expected, "status" | "text" | "charge" | "peerCalls"> = {
	status: "complete",
	text: "peer",
	charge: "invoice",
	peerCalls: 1,
};
const broken: Pick<Expected, "status" | "code" | "charge" | "calls"> = {
	status: "interrupted",
	code: "stream_interrupted",
	charge: "delivered",
	calls: 1,
};
const goesOn: Pick<Expected, "status" | "text" | "charge" | "calls" | "peerCalls"> = {
	status: "complete",
	text: "continued",
	charge: "parts",
	calls: 1,
	peerCalls: 1,
};

/** Streams that break before the first word are tried again, then taken over in silence. */
const beforeContent: Row[] = [
	"error-first",
	"reset@0",
	"eof@0",
	"error@0",
	"bad-json@0",
	"no-choices",
	"gzip-bomb@256",
	"error-first-throttled",
	"error-first-overloaded",
].flatMap((fault) => [
	row({
		name: fault,
		sim: `fault=${fault}`,
		isHeavy: fault.startsWith("gzip"),
		expected: { ...failed, calls: 3 },
	}),
	row({
		isHeavy: fault.startsWith("gzip"),
		name: `${fault} + fallback`,
		sim: `fault=${fault}`,
		fallbacks: ["peer"],
		expected: { ...standIn, calls: 2, firstMs: [0, 10_000] },
	}),
]);

/** What arrived before the break, and how exactly it is known: a reset may overtake what was sent just before it. */
const breaks: readonly (readonly [fault: string, text: Expected["text"]])[] = [
	["reset@1", "part"],
	["reset@2", "part"],
	["reset@50", "part"],
	["reset@last", "part"],
	["eof@1", 1],
	["eof@20", 20],
	["eof@last", "whole"],
	["eof-half-event@20", 20],
	["error@20", 20],
	["bad-json@20", 20],
];

const midstream: Row[] = breaks.flatMap(([fault, text]) => [
	row({ name: fault, sim: `fault=${fault}`, expected: { ...broken, text } }),
	row({ name: `${fault} + fallback`, sim: `fault=${fault}`, fallbacks: ["peer"], expected: goesOn }),
]);

const timedOut: Pick<Expected, "status" | "code" | "text" | "charge"> = {
	status: "failed",
	code: "timeout",
	text: "none",
	charge: "silence",
};

/** What keeps silent, and from when to when its caller gives it up. */
const silences: readonly (readonly [name: string, sim: string, untilMs: readonly [number, number]])[] = [
	["accepts but no headers", "fault=hang", [14_900, 19_500]],
	["headers and pings but no token", "fault=pings", [19_900, 24_500]],
	["headers but no token", "fault=stall@0", [19_900, 24_500]],
	["first token after the deadline", "fault=late@25000", [19_900, 24_500]],
];

/** Silence: without a stand-in the model is asked once more, within the person's deadline. */
const silent: Row[] = silences.flatMap(([name, sim, [min, max]]) => [
	row({ name, sim, isSlow: true, expected: { ...timedOut, calls: 2, firstMs: [2 * min, 2 * max] } }),
	row({
		name: `${name} + fallback`,
		sim,
		isSlow: true,
		fallbacks: ["peer"],
		expected: { ...standIn, charge: "silence", calls: 1, firstMs: [min, max] },
	}),
]);

const whole: Pick<Expected, "status" | "text" | "charge" | "calls"> = {
	status: "complete",
	text: "whole",
	charge: "invoice",
	calls: 1,
};

const speeds: Row[] = [
	row({ name: "stall@20", sim: "fault=stall@20", isSlow: true, expected: { ...broken, text: 20 } }),
	row({
		name: "stall@20 + fallback",
		sim: "fault=stall@20",
		isSlow: true,
		fallbacks: ["peer"],
		expected: goesOn,
	}),
	row({ name: "slow drip", sim: "fault=drip@100", expected: whole }),
	row({
		name: "slow drip for longer than any deadline",
		sim: "fault=drip@400",
		isSlow: true,
		expected: whole,
	}),
	row({
		name: "a drip slower than the deadline between two tokens",
		sim: "fault=drip@21000",
		isSlow: true,
		expected: { ...broken, text: 1 },
	}),
	row({
		name: "endless stream",
		sim: "fault=endless,itl=0",
		isHeavy: true,
		expected: { ...broken, text: { characters: 1_000_000 }, charge: "held" },
	}),
	row({
		name: "an answer that is not done after five minutes",
		sim: "fault=drip@700,tokens=600",
		isSlow: true,
		expected: { ...broken, text: { characters: 1_000 }, totalMs: [297_500, 303_000] },
	}),
	row({ name: "UTF-8 split at every byte", sim: "fault=split-bytes", isHeavy: true, expected: whole }),
	row({
		name: "1 MB delta",
		sim: "fault=big-delta",
		isHeavy: true,
		expected: { ...broken, text: { characters: 1_048_576 }, charge: "held" },
	}),
	row({
		name: "50000 one-byte deltas",
		sim: "fault=tiny-deltas",
		isHeavy: true,
		expected: { ...whole, text: { characters: 50_000 }, charge: "held" },
	}),
	row({ name: "pieces that halve signs", sim: "pieces=unit", expected: whole }),
];

/** Streams that break, fall silent or never end. */
export const streamRows: readonly Row[] = [...beforeContent, ...midstream, ...silent, ...speeds];

import { createDeck, type Random } from "../kit/random.ts";
import { autoQuestions } from "./publish-policy.ts";

/** What the person does with the answer. */
export type ReadMode = "read" | "leave" | "ignore" | "stop-early" | "stop-late";

/** One request that is to be made. */
export interface PlannedRequest {
	/** `regenerate` and `continue` become a `send` where there is no answer to start from. */
	readonly kind: "send" | "regenerate" | "continue";
	readonly mode: ReadMode;
	readonly model: string;
	/** The simulator's options, without the brackets. */
	readonly sim: string;
	/** What decides how Auto answers; empty where a model is named. */
	readonly question: string;
	/** Words of the question beside that and its id. */
	readonly words: number;
	/** How often the same request is posted again. */
	readonly repeats: number;
}

/** Refusals and failures before content: retried, answered by another model, or reported. */
const refusals = [
	"429,retry=0.05",
	"429-ms,retry=0.05",
	"429-date",
	"429-past",
	"429-reset,retry=0.05",
	"429-garbage",
	"429-negative",
	"429-absurd",
	"429-none",
	"500",
	"500-twice",
	"503",
	"503-retry,retry=0.05",
	"529",
	"flapping",
	"400",
	"404",
	"413",
	"context-length",
	"filter-request",
	"html-502",
	"html-200",
	"json-error-200",
	"redirect",
	"reset-before-headers",
	"error-first",
	"error-first-throttled",
	"error-first-overloaded",
	"filter-outage-error",
	"no-choices",
	"empty",
	"gzip-bomb@1",
	"429-reset-epoch",
	"429-reset-instant",
];
/** Refusals of the key, which stay with one model. */
const keyRefusals = ["401", "403", "429-quota"];
/** Streams that break, or go on strangely, after some content. */
const cuts = [
	"reset@1",
	"reset@2",
	"reset@17",
	"reset@last",
	"eof@1",
	"eof@9",
	"eof@last",
	"eof-half-event@5",
	"error@3",
	"error@last",
	"bad-json@4",
	"filter-response@6",
	"filter-response@0",
];
/** Answers that are complete, and reports of usage of every kind. */
const oddities = [
	"usage-missing",
	"usage-null",
	"usage-zero",
	"usage-negative",
	"usage-huge",
	"usage-over",
	"usage-over@40",
	"usage-cache-over",
	"split-bytes",
	"no-finish",
	"empty-choices",
	"double-done",
	"no-done",
	"filter-outage",
	"wrong-model",
];
/** Faults that last for seconds or keep a core busy. */
const heavy = ["stall@5", "hang", "pings", "late@6000", "refuse@300", "big-delta", "tiny-deltas", "endless"];

export const faultNames = [...refusals, ...keyRefusals, ...cuts, ...oddities, ...heavy].map(toName);

function toName(fault: string): string {
	return fault.split(/[@,]/, 1)[0] ?? "";
}

/** How many of a hundred requests are of each kind. */
const shares = {
	plain: 37,
	left: 6,
	stoppedEarly: 6,
	stoppedLate: 6,
	refused: 17,
	cut: 12,
	odd: 9,
	regenerate: 4,
	continue: 3,
} as const;
/** One in so many meets a heavy fault; none in a short run. */
const heavyEvery = 125;
/** One in so many is posted again. */
const repeatEvery = 7;

/** So many requests, of every kind in its share, in an order that depends on the seed alone. */
export function planRequests(count: number, random: Random, isShort: boolean): PlannedRequest[] {
	const decks: Decks = {
		refusals: createDeck(refusals, random),
		cuts: createDeck(cuts, random),
		oddities: createDeck(oddities, random),
		keys: createDeck(keyRefusals, random),
	};
	const heavyFault = createDeck(heavy, random);
	const kind = createDeck(
		Object.entries(makers).flatMap(([name, make]) =>
			// The makers are named as their shares.
			Array.from({ length: shares[name as keyof typeof shares] }, () => make),
		),
		random,
	);
	return Array.from({ length: count }, (_, index) => {
		const isHeavy = !isShort && index % heavyEvery === 1;
		const request = isHeavy ? toBroken(heavyFault(), random) : kind()(random, decks);
		const repeats = index % repeatEvery === 0 ? random.between(1, 2) : 0;
		return { ...request, repeats };
	});
}

interface Decks {
	refusals(): string;
	cuts(): string;
	oddities(): string;
	keys(): string;
}

type RequestPlan = Omit<PlannedRequest, "repeats">;

const makers: Record<keyof typeof shares, (random: Random, decks: Decks) => RequestPlan> = {
	plain: (random) => withCaches(toRequest(random, {}), random),
	left: (random) => withCaches(toRequest(random, { mode: random.chance(0.5) ? "leave" : "ignore" }), random),
	stoppedEarly: (random) => toRequest(random, { mode: "stop-early", sim: "tokens=80,itl=25,ttft=120" }),
	stoppedLate: (random) => toRequest(random, { mode: "stop-late", sim: "tokens=24,itl=25,ttft=20" }),
	refused(random, decks) {
		const isKey = random.chance(0.06);
		const request = toBroken(isKey ? decks.keys() : decks.refusals(), random);
		return isKey ? { ...request, model: "frail", question: "" } : request;
	},
	cut: (random, decks) => toBroken(decks.cuts(), random),
	odd: (random, decks) => toBroken(decks.oddities(), random),
	regenerate: (random) => ({ ...withCaches(toRequest(random, {}), random), kind: "regenerate" }),
	continue: (random) => ({ ...withCaches(toRequest(random, {}), random), kind: "continue" }),
};

/** Half of the faults pass after the first call, so that a retry or another model answers; the others stay. */
function toBroken(fault: string, random: Random): RequestPlan {
	const times = random.chance(0.5) ? ",times=1" : "";
	const request = toRequest(random, {});
	return { ...request, sim: `${request.sim},fault=${fault}${times},key=${random.between(1, 2 ** 40)}` };
}

function toRequest(random: Random, more: Partial<RequestPlan>): RequestPlan {
	const named = random.pick(["odd", "odd", "thinker", "thinker", "long", "long", "spare"]);
	const model = random.chance(0.4) ? "auto" : named;
	const question = model === "auto" ? random.pick(autoQuestions) : "";
	const reasoning = model === "thinker" ? random.between(0, 40) : 0;
	const sim = more.sim ?? `tokens=${random.between(1, 90)}`;
	const words = random.chance(0.1) ? random.between(600, 1_200) : random.between(0, 60);
	return {
		kind: "send",
		mode: "read",
		model,
		question,
		words,
		...more,
		sim: `${sim},reasoning=${reasoning},text=words`,
	};
}

/**
 * Reads from a cache and writes to one, for the standard time and for an hour. Only for requests whose usage is reported: of any other
 * the provider alone knows what it found in a cache, and no estimate can be right.
 */
function withCaches(request: RequestPlan, random: Random): RequestPlan {
	const written = random.chance(0.5) ? random.between(1, 30) : 0;
	const forAnHour = random.chance(0.5) ? random.between(0, written) : 0;
	const caches = `cached=${random.between(0, 30)},written=${written},written1h=${forAnHour}`;
	return { ...request, sim: `${request.sim},${caches}` };
}

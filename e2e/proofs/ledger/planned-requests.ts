import type { Random } from "../kit/random.ts";

/** What somebody does with an answer. */
export type ReadMode = "read" | "leave" | "ignore" | "stop-early" | "stop-late";

/** One request that is to be made. */
export interface PlannedRequest {
	/** `regenerate` and `continue` become a `send` where there is nothing to go on from. */
	readonly kind: "send" | "regenerate" | "continue";
	readonly mode: ReadMode;
	readonly model: string;
	/** What the simulator is asked to do, without the brackets. */
	readonly sim: string;
	/** Words of the question beside its name. */
	readonly words: number;
	/** How often the same request is posted again. */
	readonly repeats: number;
}

/** Refusals and failures before content: tried again, taken over by another model, or told. */
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
/** Faults that last for seconds or cost the machine something. */
const heavy = ["stall@5", "hang", "pings", "late@6000", "refuse@300", "big-delta", "tiny-deltas", "endless"];

export const faultNames = [...refusals, ...keyRefusals, ...cuts, ...oddities, ...heavy].map(toName);

function toName(fault: string): string {
	return fault.split(/[@,]/, 1)[0] ?? "";
}

/** Of a hundred requests. */
const shares: readonly (readonly [what: keyof typeof makers, share: number])[] = [
	...([["plain", 37] as const, ["left", 6] as const, ["early", 6] as const, ["late", 6] as const] as const),
	...([["refused", 17] as const, ["cut", 12] as const, ["odd", 9] as const] as const),
	...([["regenerate", 4] as const, ["continue", 3] as const] as const),
];
/** One in so many meets a heavy fault; none in a short run. */
const heavyEvery = 125;
/** One in so many is posted again. */
const repeatEvery = 7;

/** So many planned, of every kind in its share, in an order that depends on the seed alone. */
export function planRequests(count: number, random: Random, isShort: boolean): PlannedRequest[] {
	const round = shares.flatMap(([what, share]) => Array.from({ length: share }, () => what));
	const decks = {
		refusals: deal(refusals, random),
		cuts: deal(cuts, random),
		oddities: deal(oddities, random),
		heavy: deal(heavy, random),
		keys: deal(keyRefusals, random),
	};
	let kinds: (keyof typeof makers)[] = [];
	return Array.from({ length: count }, (_, index) => {
		if (kinds.length === 0) kinds = random.shuffle(round);
		const kind = kinds.pop() ?? "plain";
		const isHeavy = !isShort && index % heavyEvery === 1;
		const planned = isHeavy ? toBroken(decks.heavy(), random) : makers[kind](random, decks);
		const repeats = index % repeatEvery === 0 ? random.between(1, 2) : 0;
		return { ...planned, repeats };
	});
}

interface Decks {
	refusals(): string;
	cuts(): string;
	oddities(): string;
	keys(): string;
}

type Bare = Omit<PlannedRequest, "repeats">;

const makers = {
	plain: (random: Random): Bare => toPlanned(random, {}),
	left: (random: Random): Bare => toPlanned(random, { mode: random.chance(0.5) ? "leave" : "ignore" }),
	early: (random: Random): Bare =>
		toPlanned(random, { mode: "stop-early", sim: "tokens=80,itl=25,ttft=120" }),
	late: (random: Random): Bare => toPlanned(random, { mode: "stop-late", sim: "tokens=24,itl=25,ttft=20" }),
	refused(random: Random, decks: Decks): Bare {
		const isKey = random.chance(0.06);
		const planned = toBroken(isKey ? decks.keys() : decks.refusals(), random);
		return isKey ? { ...planned, model: "frail" } : planned;
	},
	cut: (random: Random, decks: Decks): Bare => toBroken(decks.cuts(), random),
	odd: (random: Random, decks: Decks): Bare => toBroken(decks.oddities(), random),
	regenerate: (random: Random): Bare => ({ ...toPlanned(random, {}), kind: "regenerate" }),
	continue: (random: Random): Bare => ({ ...toPlanned(random, {}), kind: "continue" }),
};

/** Half of the faults pass after the first call, so that a retry or another model answers; the others stay. */
function toBroken(fault: string, random: Random): Bare {
	const times = random.chance(0.5) ? ",times=1" : "";
	const planned = toPlanned(random, {});
	return { ...planned, sim: `${planned.sim},fault=${fault}${times},key=${random.between(1, 2 ** 40)}` };
}

function toPlanned(random: Random, more: Partial<Bare>): Bare {
	const model = random.pick(["odd", "odd", "thinker", "thinker", "long", "long", "spare", "auto"]);
	const reasoning = model === "thinker" ? random.between(0, 40) : 0;
	const sim = more.sim ?? `tokens=${random.between(1, 90)}`;
	const words = random.chance(0.1) ? random.between(600, 1_200) : random.between(0, 60);
	return {
		kind: "send",
		mode: "read",
		model,
		words,
		...more,
		sim: `${sim},cached=${random.between(0, 30)},reasoning=${reasoning},text=words`,
	};
}

/** Deals a list again and again, so that each of it comes before any comes twice. */
function deal(list: readonly string[], random: Random): () => string {
	let rest: string[] = [];
	return () => {
		if (rest.length === 0) rest = random.shuffle(list);
		return rest.pop() ?? "";
	};
}

import type { Row, SetName } from "./rows.ts";

export interface Judged extends Row {
	readonly score: number;
}

export interface Outcome {
	readonly set: SetName;
	/** Pairs: share of those with one answer that are served. Streams: share of all requests that are served. */
	readonly hits: number;
	/** Pairs: share of those with two answers that are served. Streams: share of all requests that are served a wrong answer. */
	readonly falseHits: number;
}

/** False hits that a set may have where the threshold is set: a little less than what is wanted on rows that were never seen. */
const budgets: Readonly<Record<SetName, number>> = {
	qqp: 0.0095,
	guard: 0.0045,
	clinc150: 0.0049,
	banking77: 0.009,
};

const isServed = ({ decided, score }: Judged, threshold: number) =>
	decided === null ? score >= threshold : decided === "serve";

function measurePairs(rows: readonly Judged[], set: SetName, threshold: number): Outcome {
	const served = (label: number) => {
		const all = rows.filter((row) => row.label === label);
		return all.filter((row) => isServed(row, threshold)).length / (all.length || 1);
	};
	return { set, hits: served(1), falseHits: served(0) };
}

/** Plays a stream: what is not served is stored, and may be served later. */
function measureStream(rows: readonly Judged[], set: SetName, threshold: number): Outcome {
	const candidates = Map.groupBy(rows, ({ places }) => places?.[1] ?? 0);
	const count = Math.max(0, ...rows.map(({ places }) => places?.[1] ?? 0)) + 1;
	const served = new Set<number>();
	let wrong = 0;
	for (let place = 0; place < count; place++) {
		const found = (candidates.get(place) ?? [])
			.filter((row) => !served.has(row.places?.[0] ?? -1) && isServed(row, threshold))
			.sort((one, other) => toRank(other) - toRank(one))[0];
		if (!found) continue;
		served.add(place);
		if (found.label === 0) wrong++;
	}
	return { set, hits: served.size / count, falseHits: wrong / count };
}
const toRank = ({ decided, score }: Judged) => (decided === "serve" ? 1 : score);

export function measure(rows: readonly Judged[], threshold: number): Outcome[] {
	return [...Map.groupBy(rows, ({ set }) => set)].map(([set, own]) =>
		own[0]?.places ? measureStream(own, set, threshold) : measurePairs(own, set, threshold),
	);
}

/** The lowest threshold that keeps all sets within their budgets of false hits. */
export function chooseThreshold(rows: readonly Judged[]): number {
	for (let thousandths = 500; thousandths < 1000; thousandths++) {
		const threshold = thousandths / 1000;
		if (measure(rows, threshold).every(({ set, falseHits }) => falseHits <= budgets[set])) return threshold;
	}
	throw new Error("No threshold keeps within the budgets of false hits.");
}

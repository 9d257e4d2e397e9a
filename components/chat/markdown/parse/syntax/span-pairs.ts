/** Which marks of emphasis belong to each other: runs in, pairs on them out. */
import type { Token } from "micromark-util-types";

export interface Flanks {
	readonly canOpen: boolean;
	readonly canClose: boolean;
}

export interface Run extends Flanks {
	/** Its place among the events. */
	readonly at: number;
	readonly marker: string;
	readonly size: number;
	/** Marks without a partner so far. */
	left: number;
	/** Pairs that begin with its marks, the innermost first, and that end with its marks, likewise. */
	readonly opens: Pair[];
	readonly closes: Pair[];
	previous: Run | null;
	next: Run | null;
}

export interface Pair {
	readonly size: number;
	readonly kind: "emphasis" | "strong" | "strikethrough";
	readonly tokens: { group: Token; text: Token } | Record<string, never>;
}

/** CommonMark's procedure with its floors: below the floor of a kind of closing run there is no opening one for it. */
export function pairRuns(runs: readonly Run[]): void {
	const floors = new Map<string, Run | null>();
	for (let closer: Run | null = runs[0] ?? null; closer; ) {
		if (!closer.canClose || closer.left === 0) {
			closer = closer.next;
			continue;
		}
		const kind = `${closer.marker}${closer.canOpen}${closer.size % 3}`;
		const floor = floors.get(kind) ?? null;
		let opener = closer.previous;
		while (opener && opener !== floor && !fits(opener, closer)) opener = opener.previous;
		if (!opener || opener === floor) {
			floors.set(kind, closer.previous);
			if (!closer.canOpen) remove(closer);
			closer = closer.next;
			continue;
		}
		const size: number = closer.marker === "~" || (opener.left > 1 && closer.left > 1) ? 2 : 1;
		const name = closer.marker === "~" ? "strikethrough" : size === 2 ? "strong" : "emphasis";
		const found: Pair = { size, kind: name, tokens: {} };
		opener.opens.push(found);
		closer.closes.push(found);
		opener.left -= size;
		closer.left -= size;
		// What lies between them has lost its chance.
		opener.next = closer;
		closer.previous = opener;
		if (opener.left === 0) remove(opener);
	}
}

function fits(opener: Run, closer: Run): boolean {
	if (!opener.canOpen || opener.left === 0 || opener.marker !== closer.marker) return false;
	if (closer.marker === "~" || (!opener.canClose && !closer.canOpen)) return true;
	return (opener.size + closer.size) % 3 !== 0 || closer.size % 3 === 0;
}

function remove(run: Run): void {
	if (run.previous) run.previous.next = run.next;
	if (run.next) run.next.previous = run.previous;
}

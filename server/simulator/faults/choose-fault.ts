import type { FaultCall, SimOptions } from "../requests/options.ts";
import { type Fault, getFault } from "./faults.ts";

export interface ChosenFault {
	readonly call: FaultCall;
	readonly fault: Fault;
}

/** Decides to which requests a fault is applied; counts them by the name of their counter. */
export interface FaultPicker {
	/** Null: this request is answered. @throws SimSpecError for an unknown fault. */
	choose(input: {
		readonly options: SimOptions;
		readonly selected: Partial<SimOptions>;
		readonly counter: string;
	}): ChosenFault | null;
	reset(): void;
}

const countersMax = 100_000;

/** Mulberry32: a small generator of random numbers; the same seed gives the same numbers. */
function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export function createFaultPicker(seed: number): FaultPicker {
	const served = new Map<string, number>();
	let random = createRandom(seed);
	return {
		choose({ options, selected, counter }) {
			const call = options.fault;
			if (call === null) return null;
			const fault = getFault(call);
			const times = selected.times ?? fault.implies?.times ?? options.times;
			const p = selected.p ?? fault.implies?.p ?? options.p;
			const before = served.get(counter) ?? 0;
			if (before >= times || (p < 1 && random() >= p)) return null;
			if (served.size >= countersMax) served.clear();
			served.set(counter, before + 1);
			return { call, fault };
		},
		reset() {
			served.clear();
			random = createRandom(seed);
		},
	};
}

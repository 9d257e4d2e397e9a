import type { RequestRecord, Upstream } from "../index.ts";
import { type ProbeInput, probe, type ReadAnswer, readAnswer, type SeenResponse } from "./probe.ts";

/** What the client and the simulator saw of one fault. */
export interface FaultTrial {
	readonly seen: SeenResponse;
	readonly answer: ReadAnswer;
	readonly record: RequestRecord;
}

type TrialInput = Partial<ProbeInput> & {
	/** More of the selection than the fault. */
	readonly sim?: string;
	/** Fields of the body that differ from a streamed greeting. */
	readonly ask?: object;
};

/** Tries faults one after the other and keeps their names, so that a test can list those that were left out. */
export function createFaultTrials(upstream: () => Upstream) {
	const tried = new Set<string>();
	async function tryFault(
		fault: string,
		{ sim = "", ask = {}, ...input }: TrialInput = {},
	): Promise<FaultTrial> {
		tried.add(fault.split("@")[0] ?? "");
		const body = {
			model: "sim-small",
			messages: [{ role: "user", content: "Hello!" }],
			stream: true,
			stream_options: { include_usage: true },
			...ask,
		};
		const headers = { "x-sim": `fault=${fault},${sim}` };
		const seen = await probe({ url: upstream().url, body, headers, ...input });
		const record = upstream().requests().at(-1);
		if (record === undefined) throw new Error("the simulator has no record of the request");
		return { seen, answer: readAnswer(seen.text), record };
	}
	return { tryFault, tried };
}

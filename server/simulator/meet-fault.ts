import type { RequestRecord, Upstream } from "./index.ts";
import { type ProbeInput, probe, type ReadAnswer, readAnswer, type Sighting } from "./probe.ts";

/** What a fault looked like to its client, and to the simulator. */
export interface FaultMeeting {
	readonly seen: Sighting;
	readonly answer: ReadAnswer;
	readonly record: RequestRecord;
}

type MeetingInput = Partial<ProbeInput> & {
	/** More of the selection than the fault. */
	readonly sim?: string;
	/** Fields of the body that differ from a streamed greeting. */
	readonly ask?: object;
};

/** Meets faults one after the other and remembers their names, so that a test can tell which were left out. */
export function createFaultMeeter(upstream: () => Upstream) {
	const tried = new Set<string>();
	async function meet(
		fault: string,
		{ sim = "", ask = {}, ...input }: MeetingInput = {},
	): Promise<FaultMeeting> {
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
	return { meet, tried };
}

import type { Fault, History } from "../clients/history.ts";

/** Notes a fault that begins now. */
export function addFault(
	{ faults }: History,
	input: Pick<Fault, "kind" | "what" | "instance" | "turnIds">,
): Fault {
	const fault: Fault = { ...input, fromMs: Date.now(), toMs: null, recoveryMs: null, complaints: [] };
	faults.push(fault);
	return fault;
}

import { describe, expect, it } from "vitest";
import type { Fault } from "../clients/history.ts";
import { faultInvariants, processInvariants } from "./processes.ts";
import { testSabotages, withHistory, withReader, withRequest } from "./sabotage.ts";
import { faultKinds, good, sample, sent } from "./sample-evidence.ts";

const toStorageFault = (fromMs: number): Fault => ({
	kind: "storage",
	what: "reset",
	instance: null,
	fromMs,
	toMs: fromMs + 2_000,
	recoveryMs: 500,
	turnIds: [],
	complaints: [],
});

describe("the invariants of processes", () => {
	testSabotages(processInvariants, [
		[
			"content or an end is seen within 46 s",
			withReader({ events: sent.reader.events.map((seen) => ({ ...seen, atMs: 50_000 })) }),
			"turn sent showed nothing for 49990 ms",
		],
		...(["internal", "http 500", "not_found"] as const).map(
			(code) =>
				[
					"every failure is typed, transient and reported within 46 s",
					withHistory({
						stops: [{ turnId: "turn sent", owner: 0, via: 1, calledAtMs: 0, answeredAtMs: 9, outcome: code }],
					}),
					`a post was answered "${code}"`,
				] as const,
		),
		[
			"every failure is typed, transient and reported within 46 s",
			withRequest({ replies: sent.request.replies.map((reply) => ({ ...reply, answeredAtMs: 47_000 })) }),
			"an answer took 47000 ms",
		],
		[
			"no running turn's lease ran out more than 10 s ago, while storage was available",
			{
				samples: [{ ...sample, overdueTurnIds: ["turn sent"] }],
				...withHistory({ faults: [toStorageFault(5_000)] }),
			},
			"turn sent",
		],
		[
			"the pool keeps its bound, and nothing is left open in it",
			{ samples: [{ ...sample, connections: [12, 3] }] },
			"instance 0 held 12",
		],
		[
			"the pool keeps its bound, and nothing is left open in it",
			{ samples: [{ ...sample, idleInTransaction: 1 }] },
			"stayed idle",
		],
		[
			"every instance reached the database by its own way",
			{ samples: [{ ...sample, encryptedSessions: 0 }] },
			"instance 0 did not use its way to the database: tls",
		],
		[
			"every instance reached the database by its own way",
			{ samples: [{ ...sample, connections: [3, 0] }] },
			"instance 1 did not use its way to the database: plain",
		],
		[
			"no process ends by itself",
			{ crashes: [{ instance: 1, atMs: 5, words: "exit 1" }] },
			"instance 1 ended by itself",
		],
	]);

	it("accept the connections of a killed process beside those of its successor for some seconds, and no more of them", () => {
		const kill = { ...toStorageFault(10_000), kind: "kill", instance: 0 } as const;
		const violations = (connections: number, afterMs: number) => {
			const samples = [{ ...sample, connections: [connections, 3], atMs: 12_500 + afterMs }];
			const evidence = { ...good, samples, ...withHistory({ faults: [kill] }) };
			return processInvariants.flatMap((check) => check(evidence).violations);
		};
		expect(violations(12, 4_900)).toEqual([]);
		expect(violations(12, 5_000)).toEqual([expect.stringContaining("instance 0 held 12")]);
		expect(violations(23, 4_900)).toEqual([expect.stringContaining("instance 0 held 23")]);
	});

	it("accept a lease that ran out while storage was away", () => {
		const overdue = { samples: [sample, { ...sample, overdueTurnIds: ["turn sent"] }] };
		const evidence = { ...good, ...overdue, ...withHistory({ faults: [toStorageFault(12_000)] }) };
		expect(processInvariants.flatMap((check) => check(evidence).violations)).toEqual([]);
	});
});

describe("the invariants of faults", () => {
	testSabotages(
		faultKinds.map((kind) => faultInvariants[kind]),
		faultKinds.map((kind) => {
			const faults = good.history.faults.map((fault) =>
				fault.kind === kind ? { ...fault, complaints: ["it did not serve again"] } : fault,
			);
			return [faultInvariants[kind](good).promise, withHistory({ faults }), "it did not serve again"];
		}),
	);

	it("are red for a kind of fault that was planned and never injected", () => {
		const evidence = { ...good, ...withHistory({ faults: [] }) };
		expect(faultKinds.map((kind) => faultInvariants[kind](evidence).checked)).toEqual([0, 0, 0, 0, 0]);
	});
});

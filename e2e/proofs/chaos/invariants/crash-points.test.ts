import { describe } from "vitest";
import type { TurnRow } from "../evidence.ts";
import { crashPointInvariants } from "./crash-points.ts";
import { type Sabotage, testSabotages } from "./sabotage.ts";
import { good } from "./sample-evidence.ts";

const beforeCall = "dying between COMMIT and the call leaves an interrupted turn, no call, and Retry";
const inQueue = "a turn that waits in the queue of a process that dies is run by another one, once";

const withTurnOf = (name: string, changed: Partial<TurnRow>) => ({
	turns: good.turns.map((turn) => (turn.clientMessageId === name ? { ...turn, ...changed } : turn)),
});
const withCallOf = (turnId: string, attempt: number) => ({
	calls: [...good.calls, { name: `${turnId}-${attempt}`, turnId, endedAtMs: 110 }],
});
const sabotages: readonly Sabotage[] = [
	[beforeCall, withTurnOf("crashed", { status: "complete", code: null }), "crashed is complete"],
	[beforeCall, withCallOf("turn crashed", 1), "turn crashed was called 1 times"],
	[beforeCall, withTurnOf("retried", { status: "failed" }), "the retry of turn crashed is failed"],
	[beforeCall, withCallOf("turn retried", 2), "made 2 calls"],
	[inQueue, withTurnOf("queued", { status: "interrupted" }), "queued is interrupted"],
	[inQueue, withTurnOf("queued", { epoch: 1 }), "was never taken over"],
	[inQueue, withCallOf("turn queued", 2), "turn queued made 2 calls"],
];

describe("the invariants of crash points", () => testSabotages(crashPointInvariants, sabotages));

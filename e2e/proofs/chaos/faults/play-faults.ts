import { setTimeout as sleep } from "node:timers/promises";
import type { Instance } from "../../kit/stage/instances.ts";
import type { Stage } from "../../kit/stage/stage.ts";
import { waitUntil } from "../../kit/wait.ts";
import { type Fault, type History, liveOn } from "../clients/history.ts";
import { addFault } from "./add-fault.ts";
import { drain, freeze, type InstanceFault, kill } from "./instance-faults.ts";
import type { PlannedFault } from "./plan-faults.ts";
import { recover, recoveryPatienceMs } from "./recover.ts";
import { type StorageFault, storageFaults } from "./storage-faults.ts";

/** A kill waits so long for an instance that has so many live answers. */
const streamsPerKillMin = { short: 3, long: 5 };
const streamsWaitMs = { short: 4_000, long: 8_000 };
/** Added to every statement before some of the kills. */
const slowedMs = 150;

export interface Play {
	readonly stage: Stage;
	readonly history: History;
	readonly isShort: boolean;
	say(line: string): void;
}

/** Plays the schedule; at every moment at least one instance serves. Resolves when all of them serve again. */
export async function playFaults(plan: readonly PlannedFault[], play: Play): Promise<void> {
	const recoveries: Promise<void>[] = [];
	const failed = Promise.withResolvers<never>();
	// Awaited below; a rejection before that must not end the process.
	failed.promise.catch(() => undefined);
	for (const [index, planned] of plan.entries()) {
		await Promise.race([sleep(planned.gapMs), failed.promise]);
		const { recovery, fault } = await Promise.race([begin(planned, play), failed.promise]);
		play.say(`${index + 1}/${plan.length} ${fault.what}, ${fault.turnIds.length} live answers`);
		recoveries.push(recovery);
		recovery.catch(failed.reject);
		if (isOfStorage(planned)) await recovery;
	}
	await Promise.all(recoveries);
}

/** Faults that affect all instances: nothing else is injected until all of them serve again. */
const isOfStorage = ({ kind }: PlannedFault) => kind === "storage" || kind === "postgres";

interface StartedFault {
	readonly fault: Fault;
	/** Resolves when the affected instances serve again. */
	readonly recovery: Promise<void>;
}

async function begin(planned: PlannedFault, play: Play): Promise<StartedFault> {
	const { stage, history } = play;
	const needed = isOfStorage(planned) ? stage.instances.length : 2;
	const isReached = await waitUntil(() => serving(stage).length >= needed, recoveryPatienceMs);
	if (!isReached) throw new Error(`Only ${serving(stage).length} instances serve after two minutes.`);
	if (planned.storage) return breakStorage(planned.storage, play);
	if (planned.kind === "postgres") return crashPostgres(play);
	const instance = await choose(planned, play);
	if (planned.kind === "kill" && planned.target % 4 === 0) {
		// With slow storage it also dies between a message's acceptance and the call of the provider.
		instance.database.set({ delayMs: slowedMs });
		await sleep(1_000);
	}
	const { what, run } = toInstanceFault(planned.kind, instance, play);
	const fault = addFault(history, {
		kind: planned.kind,
		what,
		instance: instance.index,
		turnIds: liveOn(history, instance.index),
	});
	// These turns end, or another process takes them over.
	for (const turnId of fault.turnIds) history.live.set(turnId, null);
	return { fault, recovery: run(fault) };
}

function toInstanceFault(kind: Fault["kind"], instance: Instance, { stage }: Play): InstanceFault {
	if (kind === "kill") return kill(instance, stage);
	return kind === "freeze" ? freeze(instance, stage) : drain(instance, stage);
}

const serving = ({ instances, balancer }: Stage): Instance[] =>
	instances.filter(({ state, index }) => state === "up" && balancer.isReady(index));

/** The instance that the schedule means, once it has enough live answers; otherwise the one that has most. */
async function choose({ target }: PlannedFault, { stage, history, isShort }: Play): Promise<Instance> {
	const count = ({ index }: Instance) => liveOn(history, index).length;
	const length = isShort ? "short" : "long";
	const candidates = serving(stage);
	const meant = candidates[target % candidates.length];
	const isReached =
		meant &&
		(await waitUntil(() => count(meant) >= streamsPerKillMin[length], streamsWaitMs[length])) &&
		meant.state === "up";
	// On a busy machine all of them may have missed a health check.
	await waitUntil(() => serving(stage).length > 0, recoveryPatienceMs);
	const [busiest] = serving(stage).toSorted((a, b) => count(b) - count(a));
	const chosen = isReached ? meant : busiest;
	if (!chosen) throw new Error("No instance serves.");
	return chosen;
}

function breakStorage(name: StorageFault, { stage, history }: Play): StartedFault {
	const turnIds = Array.from(history.live.keys());
	const fault = addFault(history, { kind: "storage", what: `storage: ${name}`, instance: null, turnIds });
	const recovery = storageFaults[name](stage).then(() => recover(fault, stage.instances, stage));
	return { fault, recovery };
}

/** Ends PostgreSQL as a power cut would; it is started again by itself. */
function crashPostgres({ stage, history }: Play): StartedFault {
	const turnIds = Array.from(history.live.keys());
	const what = "kill -9 of PostgreSQL";
	const fault = addFault(history, { kind: "postgres", what, instance: null, turnIds });
	if (!stage.crashPostgres) throw new Error("PostgreSQL is not the run's own.");
	fault.toMs = Date.now();
	// Before that, an instance may report that it is ready because it has not noticed yet.
	const restarted = stage.crashPostgres();
	return { fault, recovery: restarted.then(() => recover(fault, stage.instances, stage)) };
}

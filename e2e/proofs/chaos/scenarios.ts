import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../kit/random.ts";
import { drainMsMax, type Instance } from "../kit/stage/instances.ts";
import type { Stage } from "../kit/stage/stage.ts";
import { waitUntil } from "../kit/wait.ts";
import { type Fault, type History, liveOn } from "./history.ts";
import { type StorageFault, storageFaults } from "./storage-faults.ts";

export const scenarios = ["all", "kill", "freeze", "drain", "storage", "readers"] as const;
export type Scenario = (typeof scenarios)[number];

/** A fault of the schedule. `target` chooses among the instances that serve when its time has come. */
export interface PlannedFault {
	readonly kind: Fault["kind"];
	readonly storage: StorageFault | null;
	readonly gapMs: number;
	readonly target: number;
}

/** A kill waits so long for an instance that has so many live answers. */
const streamsPerKillMin = { short: 3, long: 5 };
const streamsWaitMs = { short: 4_000, long: 8_000 };
/** Added to every statement before some of the kills. */
const slowedMs = 150;
/** How long everything may take to stand again. */
const recoveryPatienceMs = 120_000;
const storageNames = Object.keys(storageFaults) as StorageFault[];

/** The schedule of a scenario: the seed alone decides it. */
export function planFaults(input: {
	scenario: Scenario;
	kills: number;
	seed: string;
	isShort: boolean;
}): PlannedFault[] {
	const { scenario, kills, isShort } = input;
	const random = createRandom(`${input.seed} faults`);
	const share = (kind: Fault["kind"], count: number) =>
		scenario === "all" || scenario === kind ? Array.from({ length: count }, () => kind) : [];
	const kinds = [
		...share("kill", kills),
		...share("freeze", Math.ceil(kills / 20)),
		...share("drain", Math.ceil(kills / 20)),
		...share("storage", isShort ? 1 : Math.ceil(kills / 5)),
	];
	let storageIndex = 0;
	return random.shuffle(kinds).map((kind) => ({
		kind,
		storage: kind === "storage" ? (storageNames[storageIndex++ % storageNames.length] ?? null) : null,
		gapMs: random.between(200, isShort ? 800 : 2_000),
		target: random.between(0, 1_000_000),
	}));
}

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
	// Awaited below; a rejection before that is not unheard.
	failed.promise.catch(() => undefined);
	for (const [index, planned] of plan.entries()) {
		await Promise.race([sleep(planned.gapMs), failed.promise]);
		const { recovery, fault } = await Promise.race([begin(planned, play), failed.promise]);
		play.say(`${index + 1}/${plan.length} ${fault.what}, ${fault.turnIds.length} live answers`);
		recoveries.push(recovery);
		recovery.catch(failed.reject);
		if (planned.kind === "storage") await recovery;
	}
	await Promise.all(recoveries);
}

interface Begun {
	readonly fault: Fault;
	/** Resolves when the instance, or all of them, serve again. */
	readonly recovery: Promise<void>;
}

async function begin(planned: PlannedFault, play: Play): Promise<Begun> {
	const { stage, history } = play;
	const needed = planned.kind === "storage" ? stage.instances.length : 2;
	const isReached = await waitUntil(() => serving(stage).length >= needed, recoveryPatienceMs);
	if (!isReached) throw new Error(`Only ${serving(stage).length} instances serve after two minutes.`);
	if (planned.storage) return breakStorage(planned.storage, play);
	const instance = await choose(planned, play);
	const note = (what: string): Fault => {
		const fault: Fault = {
			kind: planned.kind,
			what,
			instance: instance.index,
			fromMs: Date.now(),
			toMs: null,
			recoveryMs: null,
			turnIds: liveOn(history, instance.index),
			complaints: [],
		};
		history.faults.push(fault);
		// Whoever takes them over, it is not this process.
		for (const turnId of fault.turnIds) history.live.set(turnId, null);
		return fault;
	};
	if (planned.kind === "kill") {
		// With slow storage it dies between a message's acceptance and the call of the provider, too.
		const isSlowed = planned.target % 4 === 0;
		instance.database.set({ delayMs: isSlowed ? slowedMs : 0 });
		await sleep(isSlowed ? 1_000 : 0);
		return kill(instance, note, play);
	}
	return planned.kind === "freeze" ? freeze(instance, note, play) : drain(instance, note, play);
}

const serving = ({ instances, balancer }: Stage): Instance[] =>
	instances.filter(({ state, index }) => state === "up" && balancer.isReady(index));

/** The instance that the schedule means, once it has enough live answers; else, in the end, the one that has most. */
async function choose({ target }: PlannedFault, { stage, history, isShort }: Play): Promise<Instance> {
	const count = ({ index }: Instance) => liveOn(history, index).length;
	const length = isShort ? "short" : "long";
	const candidates = serving(stage);
	const meant = candidates[target % candidates.length];
	const isReached =
		meant &&
		(await waitUntil(() => count(meant) >= streamsPerKillMin[length], streamsWaitMs[length])) &&
		meant.state === "up";
	const [busiest] = serving(stage).toSorted((a, b) => count(b) - count(a));
	const chosen = isReached ? meant : busiest;
	if (!chosen) throw new Error("No instance serves.");
	return chosen;
}

type Note = (what: string) => Fault;

async function kill(instance: Instance, note: Note, play: Play): Promise<Begun> {
	const fault = note(`kill -9 of instance ${instance.index}`);
	await instance.kill();
	instance.database.set({ delayMs: 0 });
	fault.toMs = Date.now();
	return { fault, recovery: instance.start().then(() => recovered(fault, [instance], play)) };
}

async function freeze(instance: Instance, note: Note, play: Play): Promise<Begun> {
	const frozenMs = play.stage.leaseMs * 2;
	const fault = note(`instance ${instance.index} frozen for ${frozenMs / 1_000} s`);
	instance.freeze();
	const revive = async () => {
		await sleep(frozenMs);
		instance.thaw();
		fault.toMs = Date.now();
		await recovered(fault, [instance], play);
	};
	return { fault, recovery: revive() };
}

async function drain(instance: Instance, note: Note, play: Play): Promise<Begun> {
	const fault = note(`SIGTERM to instance ${instance.index}`);
	const end = async () => {
		const { ending, tookMs } = await instance.drain();
		fault.toMs = Date.now();
		if (ending !== "exit 0") fault.complaints.push(`it ended by ${ending}, not by exit 0`);
		if (tookMs > drainMsMax) fault.complaints.push(`it took ${tookMs} ms to end`);
		for (const { atMs, instance: index, where, path } of play.stage.balancer.cuts)
			if (index === instance.index && atMs >= fault.fromMs && atMs <= fault.toMs && where !== "connect")
				fault.complaints.push(
					`${where} of ${path.split("?")[0]} was cut ${atMs - fault.fromMs} ms after SIGTERM`,
				);
		await instance.start();
		await recovered(fault, [instance], play);
	};
	return { fault, recovery: end() };
}

/** Storage fails for everybody, and nothing else is done until it is back and all instances serve. */
function breakStorage(name: StorageFault, play: Play): Begun {
	const { stage, history } = play;
	const fault: Fault = {
		kind: "storage",
		what: `storage: ${name}`,
		instance: null,
		fromMs: Date.now(),
		toMs: null,
		recoveryMs: null,
		turnIds: Array.from(history.live.keys()),
		complaints: [],
	};
	history.faults.push(fault);
	const recover = async () => {
		await storageFaults[name](stage);
		fault.toMs = Date.now();
		await recovered(fault, stage.instances, play);
	};
	return { fault, recovery: recover() };
}

async function recovered(fault: Fault, instances: readonly Instance[], { stage }: Play): Promise<void> {
	const areReady = async () => (await Promise.all(instances.map(({ isReady }) => isReady()))).every(Boolean);
	const isBack = await waitUntil(areReady, recoveryPatienceMs);
	fault.recoveryMs = Date.now() - (fault.toMs ?? fault.fromMs);
	if (!isBack) fault.complaints.push("it did not serve again");
	await waitUntil(() => instances.every(({ index }) => stage.balancer.isReady(index)), 10_000);
}

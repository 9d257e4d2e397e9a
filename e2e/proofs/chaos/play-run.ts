import { setTimeout as sleep } from "node:timers/promises";
import { readMoneyRecords } from "../kit/money/money-records.ts";
import { say } from "../kit/program.ts";
import { createDeck, createRandom } from "../kit/random.ts";
import { poolMax, type Stage } from "../kit/stage/stage.ts";
import { waitForQuiet, waitUntil } from "../kit/wait.ts";
import { liveByBatches } from "./clients/batches.ts";
import type { ClientField } from "./clients/client-field.ts";
import { createHistory, type History, requestKinds } from "./clients/history.ts";
import { live } from "./clients/people.ts";
import { openReader } from "./clients/read-answer.ts";
import { startSampling } from "./database-samples.ts";
import { type Evidence, readCalls, readTurns } from "./evidence.ts";
import { playCrashPoints } from "./faults/crash-points.ts";
import type { PlannedFault } from "./faults/plan-faults.ts";
import { playFaults } from "./faults/play-faults.ts";
import { startLogArchive } from "./log-archive.ts";
import { continuation, logRetentionMs } from "./models.ts";
import type { Options } from "./options.ts";

/** Load without any fault, in which what one instance owes another is measured. */
const calmMs = { short: 6_000, long: 15_000 };
/** The calm lasts until so many answers were stopped from another instance, or this long. */
const calmStopsMin = 5;
const calmMsMax = 60_000;
/** How long people with restless readers are watched when no fault is planned. */
const readersMs = { short: 15_000, long: 120_000 };
/** After the end of the load: an answer to its end, or a lease to its sweep, and a batch to its end. */
const leaveMs = 240_000;
/** How often instances drop old logs, and some. */
const compactionMsMax = 40_000;
/** Compacted turns that are read again. */
const readAgainMax = 12;

/** People come, all is well for a while, then things break, then all is well again. Returns everything that is known. */
export async function playRun(
	options: Options,
	stage: Stage,
	plan: readonly PlannedFault[],
): Promise<Evidence> {
	const history = createHistory();
	let isOpen = true;
	const field = toField(options, stage, { history, isOpen: () => isOpen });
	const sampling = startSampling(stage);
	const archive = startLogArchive(stage);
	say(`${stage.people.length} people, no faults yet`);
	const people = startPeople(options, stage, field);
	await Promise.race([playCalm(options, history), people]);
	const { isShort, seed } = options;
	if (plan.some(({ kind }) => kind === "kill"))
		await playCrashPoints({ stage, history, random: createRandom(`${seed} crash points`), say });
	await Promise.race([playFaults(plan, { stage, history, isShort, say }), people]);
	if (plan.length === 0) await Promise.race([sleep(readersMs[isShort ? "short" : "long"]), people]);
	isOpen = false;
	say("no more requests; waiting for the ends");
	await Promise.race([people, sleep(leaveMs, undefined, { ref: false })]);
	await waitForQuiet(stage);
	await awaitCompaction(stage, history);
	const samples = await sampling.end();
	const admin = await stage.addPerson({ email: "admin@example.com", role: "admin" });
	return {
		history,
		...(await readTurns(stage)),
		...(await archive.end()),
		calls: await readCalls(stage),
		money: await readMoneyRecords(stage, admin),
		continuation,
		samples,
		crashes: stage.crashes,
		ways: stage.instances.map(({ way }) => way),
		poolMax,
		leaseMs: stage.leaseMs,
		compactedBeforeMs: Date.now() - logRetentionMs - compactionMsMax,
	};
}

function toField(
	{ seed, scenario }: Options,
	stage: Stage,
	{ history, isOpen }: Pick<ClientField, "history" | "isOpen">,
): ClientField {
	return {
		balancerUrl: stage.balancer.url,
		instances: stage.instances,
		history,
		isOpen,
		// Plain messages as often as everything else together.
		nextKind: createDeck([...requestKinds, "send", "send", "send", "send"], createRandom(`${seed} kinds`)),
		restlessness: scenario === "readers" ? 0.6 : 0.1,
	};
}

/** The first person has batches answered, all others chat. */
async function startPeople({ seed }: Options, { people }: Stage, field: ClientField): Promise<void> {
	await Promise.all(
		people.map((person, index) => {
			const random = createRandom(`${seed} person ${index}`);
			return index === 0 ? liveByBatches(person, field, random) : live(person, field, random);
		}),
	);
}

async function playCalm({ isShort }: Options, { stops }: History): Promise<void> {
	const lastsMs = calmMs[isShort ? "short" : "long"];
	const startedAtMs = Date.now();
	const countStops = () =>
		stops.filter(({ owner, via }) => owner !== null && via !== null && via !== owner).length;
	await waitUntil(() => Date.now() - startedAtMs >= lastsMs && countStops() >= calmStopsMin, calmMsMax);
}

/** Waits until the logs of all ended turns are gone, then reads some of these turns again. */
async function awaitCompaction({ sql, instances, balancer }: Stage, history: History): Promise<void> {
	say("waiting until the turn logs are compacted");
	await sleep(logRetentionMs);
	// A process compacts as soon as it has started, the others within their interval.
	await instances[0]?.drain();
	await instances[0]?.start();
	const isCompacted = async () => (await sql`select from turn_events where seq = 1 limit 1`).length === 0;
	await waitUntil(isCompacted, compactionMsMax, 500);
	await waitUntil(() => instances.every(({ index }) => balancer.isReady(index)), 10_000);
	const acknowledged = history.requests.filter(({ ids }) => ids !== null);
	for (const { ids, person } of acknowledged.slice(0, readAgainMax))
		await openReader(
			history,
			{ kind: "compacted", turnId: ids?.turnId ?? "" },
			{ headers: person.headers, toUrl: () => ({ url: balancer.url, via: null }) },
		);
}

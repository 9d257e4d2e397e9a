import type { Goal } from "../../../bench/goal.ts";
import { drainMsMax } from "../kit/stage/instances.ts";
import type { Evidence, TurnRow } from "./evidence.ts";
import type { Fault, Reader, Stop } from "./history.ts";
import { countLost } from "./invariants.ts";

/** The numbers of one run. Latencies between instances are judged where no fault was going on. */
export interface Figures {
	readonly goals: readonly Goal[];
	/** What has no goal, in words. */
	readonly notes: readonly string[];
}

/** After a lease has run out: the next sweep, and the closing. With production's lease this makes 30 s. */
const sweepMsMax = 10_000;

export function toFigures(evidence: Evidence): Figures {
	const { history, turns, texts, leaseMs } = evidence;
	const byId = new Map(turns.map((turn) => [turn.turnId, turn]));
	const kept = new Set(
		turns.filter(({ userMessageId }) => texts.has(userMessageId)).map((turn) => turn.turnId),
	);
	const lost = history.sends.filter(({ ids }) => ids && !kept.has(ids.turnId)).length;
	const characters = history.readers.reduce(
		(sum, own) => sum + countLost(own, byId.get(own.turnId), texts),
		0,
	);
	const killed = findKilled(evidence, byId);
	const endMs = killed.flatMap(({ turn, atMs }) => {
		const wasKilledOnce = turn.epoch === 2 && turn.status === "interrupted";
		return wasKilledOnce && turn.endedAtMs ? [turn.endedAtMs - atMs] : [];
	});
	const goals = [
		toCount("acknowledged messages lost", lost),
		toCount("characters shown, then lost", characters),
		toQuantile("end state after kill -9, p99", endMs, { share: 0.99, goal: leaseMs + sweepMsMax }),
		toQuantile("reconnect to first byte, p95", toReconnects(history.readers), { share: 0.95, goal: 500 }),
		toQuantile("stop from another instance, p95", toStops(evidence, true), { share: 0.95, goal: 500 }),
		toQuantile("lag of a reader elsewhere, p95", toLags(evidence, true), { share: 0.95, goal: 150 }),
		toQuantile("serving again after storage, max", toRecoveries(history.faults), { share: 1, goal: 5_000 }),
		toQuantile("SIGTERM to exit, max", toDrains(history.faults), { share: 1, goal: drainMsMax }),
	].filter((goal) => goal !== null);
	return { goals, notes: toNotes(evidence, killed) };
}

interface Killed {
	readonly turn: TurnRow;
	readonly atMs: number;
}

/** Turns that were live on a killed process, and that another one had to take: its epoch is higher. */
function findKilled({ history }: Evidence, byId: ReadonlyMap<string, TurnRow>): Killed[] {
	return history.faults
		.filter(({ kind }) => kind === "kill")
		.flatMap(({ turnIds, fromMs }) => turnIds.map((turnId) => ({ turn: byId.get(turnId), atMs: fromMs })))
		.filter((pair): pair is Killed => (pair.turn?.epoch ?? 1) > 1);
}

function toNotes(evidence: Evidence, killed: readonly Killed[]): string[] {
	const { history, turns, calls } = evidence;
	const endings = Map.groupBy(turns, ({ status, code }) =>
		status === "failed" ? `failed (${code})` : status,
	);
	const count = (kind: Fault["kind"]) => history.faults.filter((fault) => fault.kind === kind).length;
	const finished = killed.filter(({ turn }) => turn.status !== "interrupted").length;
	const again = killed.filter(({ turn }) => turn.status === "interrupted" && turn.epoch > 2).length;
	const events = history.readers.reduce((sum, reader) => sum + reader.events.length, 0);
	const resumes = history.readers.reduce((sum, { connections }) => sum + connections.length - 1, 0);
	const posts = history.sends.reduce((sum, { replies }) => sum + replies.length, 0);
	return [
		`${count("kill")} kills, ${count("freeze")} freezes, ${count("drain")} drains, ${count("storage")} storage faults`,
		`${killed.length} streams killed; ${finished} of them run on by another instance, ${again} that died, too`,
		`${history.sends.length} messages in ${posts} posts; ${calls.length} calls of the provider`,
		`turns: ${Array.from(endings, ([status, { length }]) => `${length} ${status}`).join(", ")}`,
		`${history.readers.length} readers, ${resumes} resumes, ${events} events seen`,
		`under faults: ${toSummary("stop", toStops(evidence, false))}; ${toSummary("lag", toLags(evidence, false))}`,
	];
}

const toSummary = (what: string, values: readonly number[]) =>
	values.length === 0
		? `no ${what}`
		: `${what} p95 ${quantile(values, 0.95).toFixed(0)} ms of ${values.length}`;

const toCount = (what: string, measured: number): Goal => ({
	what,
	measured,
	goal: 0,
	unit: "",
	isReached: measured === 0,
	detail: "all of the run",
});

/** Null when nothing of the kind happened. */
function toQuantile(
	what: string,
	values: readonly number[],
	{ share, goal }: { share: number; goal: number },
): Goal | null {
	if (values.length === 0) return null;
	const measured = Math.round(quantile(values, share));
	const detail = `p50 ${quantile(values, 0.5).toFixed(0)} ms of ${values.length}`;
	return { what, measured, goal, unit: " ms", isReached: measured <= goal, detail };
}

function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const toReconnects = (readers: readonly Reader[]) =>
	readers.flatMap(({ connections }) =>
		connections.slice(1).flatMap((own) => (own.firstByteAtMs ? [own.firstByteAtMs - own.openedAtMs] : [])),
	);
const toRecoveries = (faults: readonly Fault[]) =>
	faults.flatMap(({ kind, recoveryMs }) => (kind === "storage" && recoveryMs !== null ? [recoveryMs] : []));
const toDrains = (faults: readonly Fault[]) =>
	faults.flatMap(({ kind, fromMs, toMs }) => (kind === "drain" && toMs !== null ? [toMs - fromMs] : []));

/** Whether nothing was done to any instance in the time given, and none was still coming back. */
function isCalm({ history }: Evidence, fromMs: number, toMs: number): boolean {
	return history.faults.every(
		(fault) => toMs < fault.fromMs || fromMs > (fault.toMs ?? Infinity) + (fault.recoveryMs ?? Infinity),
	);
}

/** From the call of Stop on an instance that does not run the turn to the end that its reader saw. */
function toStops(evidence: Evidence, wantsCalm: boolean): number[] {
	const mains = new Map(
		evidence.history.readers.flatMap((reader) => (reader.kind === "main" ? [[reader.turnId, reader]] : [])),
	);
	return evidence.history.stops.flatMap((stop: Stop) => {
		const end = mains.get(stop.turnId)?.events.at(-1);
		if (end?.event.type !== "turn-end" || end.event.status !== "stopped") return [];
		if (stop.via === stop.owner || stop.owner === null) return [];
		return isCalm(evidence, stop.calledAtMs, end.atMs) === wantsCalm ? [end.atMs - stop.calledAtMs] : [];
	});
}

/** How much later an event was seen on another instance than on its owner's, event by event. */
function toLags(evidence: Evidence, wantsCalm: boolean): number[] {
	const pairs = Map.groupBy(evidence.history.readers, ({ turnId }) => turnId);
	return Array.from(pairs.values()).flatMap((readers) => {
		const owner = readers.find(({ kind }) => kind === "beside-owner");
		const other = readers.find(({ kind }) => kind === "beside-other");
		if (!owner || !other || owner.connections.length > 1 || other.connections.length > 1) return [];
		// What was there before both of them came says nothing about the way.
		const openedAtMs = Math.max(
			...[owner, other].map(({ connections: [own] }) => own?.firstByteAtMs ?? Infinity),
		);
		const seen = new Map(other.events.map(({ seq, atMs }) => [seq, atMs]));
		return owner.events.flatMap(({ seq, atMs }) => {
			const otherAtMs = seen.get(seq);
			if (otherAtMs === undefined || atMs < openedAtMs + 100) return [];
			return isCalm(evidence, atMs, otherAtMs) === wantsCalm ? [otherAtMs - atMs] : [];
		});
	});
}

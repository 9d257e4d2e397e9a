import { type Goal, quantile, toGoal } from "../../../bench/goal.ts";
import type { Figures } from "../kit/report.ts";
import { drainMsMax } from "../kit/stage/instances.ts";
import type { Fault } from "./clients/history.ts";
import type { Evidence, TurnRow } from "./evidence.ts";
import { countCommon, toStored, toText } from "./invariants/shared.ts";
import { toDrains, toLags, toReconnects, toRecoveries, toStops } from "./latencies.ts";

/** After a lease has run out: the next sweep, and the closing. With production's lease this makes 30 s. */
const sweepMsMax = 10_000;

/**
 * The figures of one run. Latencies between instances are judged where no fault was going on.
 * @param planned the kinds of faults that were to be injected; only these have goals, and each of their goals needs a value
 */
export function toFigures(evidence: Evidence, planned: readonly Fault["kind"][]): Figures {
	const byId = new Map(evidence.turns.map((turn) => [turn.turnId, turn]));
	const killed = findKilled(evidence, byId);
	const goals = [
		toCount("acknowledged messages lost", countLostMessages(evidence, byId)),
		toCount("characters shown, then lost", countLostCharacters(evidence, byId)),
		toQuantile("reconnect to first byte, p95", toReconnects(evidence), { share: 0.95, goal: 500 }),
		toQuantile("stop from another instance, p95", toStops(evidence, true), { share: 0.95, goal: 500 }),
		toQuantile("lag of a reader elsewhere, p95", toLags(evidence, true), { share: 0.95, goal: 150 }),
		...[...new Set(planned)].flatMap((kind) => toFaultGoals(kind, evidence, killed)),
	];
	return { goals, notes: toNotes(evidence, killed) };
}

function toFaultGoals(kind: Fault["kind"], evidence: Evidence, killed: readonly Killed[]): Goal[] {
	const recoveries = toRecoveries(evidence, kind);
	switch (kind) {
		case "kill":
			return [
				toQuantile("end state after kill -9, p99", toEndMs(killed), {
					share: 0.99,
					goal: evidence.leaseMs + sweepMsMax,
				}),
			];
		case "drain":
			return [toQuantile("SIGTERM to exit, max", toDrains(evidence), { share: 1, goal: drainMsMax })];
		case "storage":
			return [toQuantile("serving again after storage, max", recoveries, { share: 1, goal: 5_000 })];
		case "postgres":
			return [
				toQuantile("serving again after kill -9 of PostgreSQL, max", recoveries, {
					share: 1,
					goal: 10_000,
				}),
			];
		case "freeze":
			return [];
	}
}

interface Killed {
	readonly turn: TurnRow;
	readonly atMs: number;
}

/** Turns that were live on a killed process and that another one had to take: their epoch is higher. */
function findKilled({ history }: Evidence, byId: ReadonlyMap<string, TurnRow>): Killed[] {
	return history.faults
		.filter(({ kind }) => kind === "kill")
		.flatMap(({ turnIds, fromMs }) => turnIds.map((turnId) => ({ turn: byId.get(turnId), atMs: fromMs })))
		.filter((pair): pair is Killed => (pair.turn?.epoch ?? 1) > 1);
}

const toEndMs = (killed: readonly Killed[]): number[] =>
	killed.flatMap(({ turn, atMs }) => {
		const wasKilledOnce = turn.epoch === 2 && turn.status === "interrupted";
		return wasKilledOnce && turn.endedAtMs ? [turn.endedAtMs - atMs] : [];
	});

function countLostMessages({ history, messages }: Evidence, byId: ReadonlyMap<string, TurnRow>): number {
	const isLost = (turnId: string) => !messages.has(byId.get(turnId)?.userMessageId ?? "");
	return history.requests.filter(({ ids }) => ids && isLost(ids.turnId)).length;
}

/** Characters that readers were shown and that are not where they were shown. */
function countLostCharacters(evidence: Evidence, byId: ReadonlyMap<string, TurnRow>): number {
	return evidence.history.readers.reduce((sum, reader) => {
		const shown = toText(reader.events);
		return sum + shown.length - countCommon(shown, toStored(evidence, byId.get(reader.turnId)));
	}, 0);
}

function toNotes(evidence: Evidence, killed: readonly Killed[]): string[] {
	const { history, turns, calls, compacted } = evidence;
	const endings = Map.groupBy(turns, ({ status, code }) =>
		status === "failed" ? `failed (${code})` : status,
	);
	const kinds = Map.groupBy(history.requests, ({ kind }) => kind);
	const count = (kind: Fault["kind"]) => history.faults.filter((fault) => fault.kind === kind).length;
	const finished = killed.filter(({ turn }) => turn.status !== "interrupted").length;
	const again = killed.filter(({ turn }) => turn.status === "interrupted" && turn.epoch > 2).length;
	const events = history.readers.reduce((sum, reader) => sum + reader.events.length, 0);
	const resumes = history.readers.reduce((sum, { connections }) => sum + connections.length - 1, 0);
	const posts = history.requests.reduce((sum, { replies }) => sum + replies.length, 0);
	const items = history.batches.reduce((sum, { texts }) => sum + texts.length, 0);
	return [
		`${count("kill")} kills, ${count("freeze")} freezes, ${count("drain")} drains, ${count("storage")} storage faults, ${count("postgres")} kills of PostgreSQL`,
		`${killed.length} streams killed; ${finished} of them continued by another instance, ${again} that died, too`,
		`${history.requests.length} requests in ${posts} posts: ${toList(kinds)}; ${history.batches.length} batches of ${items} items`,
		`${calls.length} calls of the provider; turns: ${toList(endings)}; ${compacted.size} logs compacted`,
		`${history.readers.length} readers, ${resumes} resumes, ${events} events seen`,
		`under faults: ${toSummary("stop", toStops(evidence, false))}; ${toSummary("lag", toLags(evidence, false))}`,
	];
}

const toList = (groups: ReadonlyMap<string, readonly unknown[]>): string =>
	Array.from(groups, ([name, { length }]) => `${length} ${name}`).join(", ");

const toSummary = (what: string, values: readonly number[]) =>
	values.length === 0
		? `no ${what}`
		: `${what} p95 ${quantile(values, 0.95).toFixed(0)} ms of ${values.length}`;

const toCount = (what: string, measured: number): Goal =>
	toGoal(what, measured, { goal: 0, unit: "", detail: "all of the run" });

function toQuantile(
	what: string,
	values: readonly number[],
	{ share, goal }: { share: number; goal: number },
): Goal {
	const detail = `p50 ${quantile(values, 0.5).toFixed(0)} ms of ${values.length}`;
	return toGoal(what, Math.round(quantile(values, share)), { goal, unit: " ms", detail });
}

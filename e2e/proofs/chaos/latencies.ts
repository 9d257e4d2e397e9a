import type { Fault, Stop } from "./clients/history.ts";
import type { Evidence } from "./evidence.ts";
import { hadStorage } from "./invariants/shared.ts";

/** From a reader's return to the first byte, in milliseconds, while storage was available. */
export const toReconnects = ({ history }: Evidence): number[] =>
	history.readers.flatMap(({ connections }) =>
		connections.slice(1).flatMap(({ openedAtMs, firstByteAtMs }) => {
			if (firstByteAtMs === null || !hadStorage(history, openedAtMs, firstByteAtMs)) return [];
			return [firstByteAtMs - openedAtMs];
		}),
	);

/** From the removal of a fault's cause until every instance served again. */
export const toRecoveries = ({ history }: Evidence, kind: Fault["kind"]): number[] =>
	history.faults.flatMap((fault) =>
		fault.kind === kind && fault.recoveryMs !== null ? [fault.recoveryMs] : [],
	);

/** From SIGTERM to the exit. */
export const toDrains = ({ history }: Evidence): number[] =>
	history.faults.flatMap(({ kind, fromMs, toMs }) =>
		kind === "drain" && toMs !== null ? [toMs - fromMs] : [],
	);

/** After an instance serves again it listens for notices again within this; until then it polls every two seconds. */
const noticesBackMs = 3_000;

/** Whether nothing was done to any instance in the time given, and none was still coming back. */
function isCalm({ history }: Evidence, fromMs: number, toMs: number): boolean {
	return history.faults.every(
		(fault) =>
			toMs < fault.fromMs ||
			fromMs > (fault.toMs ?? Infinity) + (fault.recoveryMs ?? Infinity) + noticesBackMs,
	);
}

/** From the call of Stop on an instance that does not run the turn to the end that its reader saw. */
export function toStops(evidence: Evidence, wantsCalm: boolean): number[] {
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
export function toLags(evidence: Evidence, wantsCalm: boolean): number[] {
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

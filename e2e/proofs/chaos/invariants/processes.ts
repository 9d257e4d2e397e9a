import { isTransient } from "../../kit/clients/api-calls.ts";
import { examine, type Finding } from "../../kit/finding.ts";
import type { Fault, Reader } from "../clients/history.ts";
import type { Evidence } from "../evidence.ts";
import { acknowledged, hadStorage } from "./shared.ts";

/** Content, or a typed error, is seen within this: the promised 45 s, and one for the way. */
const contentMsMax = 46_000;
/** So long after its lease an orphan may still wait for its sweep, while storage is available. */
const overdueMs = 10_000;

/** Connections beside the pool: one that listens for notices, and behind a pooler one more for what cannot go through it. */
const toDirectMax = (way: Evidence["ways"][number] | undefined): number => (way === "pooler" ? 2 : 1);

/** So long PostgreSQL and a pooler may keep the connections of a process that has died, beside those of its successor. */
const orphanedMs = 5_000;

/** Whether the process of an instance was replaced so recently that connections of both may be counted. */
const wasReplaced = ({ faults }: Evidence["history"], instance: number, atMs: number): boolean =>
	faults.some(
		(fault) =>
			(fault.kind === "kill" || fault.kind === "drain") &&
			fault.instance === instance &&
			atMs >= fault.fromMs &&
			atMs < (fault.toMs ?? fault.fromMs) + (fault.recoveryMs ?? 0) + orphanedMs,
	);

/** Times, leases, connections and processes. */
export const processInvariants: readonly ((evidence: Evidence) => Finding)[] = [
	({ history }) => {
		const readers = Map.groupBy(
			history.readers.filter(({ kind }) => kind !== "compacted"),
			({ turnId }) => turnId,
		);
		return examine(
			["I15", "content or an end is seen within 46 s"],
			acknowledged(history.requests),
			({ ids, acknowledgedAtMs }) => {
				const own = readers.get(ids?.turnId ?? "") ?? [];
				const firstAtMs = Math.min(...own.map(findFirstContent));
				const waitedMs = firstAtMs - (acknowledgedAtMs ?? 0);
				return waitedMs <= contentMsMax ? null : `${ids?.turnId} showed nothing for ${waitedMs} ms`;
			},
		);
	},
	({ history }) => {
		const replies = [
			...history.requests.flatMap((request) => request.replies),
			...history.stops.map(toReply),
		];
		return examine(
			["I15", "every failure is typed, transient and reported within 46 s"],
			replies,
			({ askedAtMs, answeredAtMs, code }) => {
				const tookMs = answeredAtMs - askedAtMs;
				if (tookMs > contentMsMax) return `an answer took ${tookMs} ms`;
				return code === null || isTransient(code) ? null : `a post was answered "${code}"`;
			},
		);
	},
	({ samples, history }) =>
		examine(
			["I19", "no running turn's lease ran out more than 10 s ago, while storage was available"],
			samples.filter(({ atMs }) => hadStorage(history, atMs - overdueMs, atMs)),
			({ atMs, overdueTurnIds }) =>
				overdueTurnIds.length === 0 ? null : `${new Date(atMs).toISOString()}: ${overdueTurnIds.join(", ")}`,
		),
	({ samples, poolMax, ways, history }) =>
		examine(["I20", "the pool keeps its bound, and nothing is left open in it"], samples, (sample) => {
			const over = sample.connections.findIndex(
				(count, instance) =>
					count >
					(poolMax + toDirectMax(ways[instance])) * (wasReplaced(history, instance, sample.atMs) ? 2 : 1),
			);
			if (over !== -1) return `instance ${over} held ${sample.connections[over]} connections`;
			const isLeaked = sample === samples.at(-1) && sample.idleInTransaction > 0;
			return isLeaked ? `${sample.idleInTransaction} sessions stayed idle in a transaction` : null;
		}),
	({ ways, samples }) =>
		examine(
			["ways", "every instance reached the database by its own way"],
			ways.map((way, instance) => ({ way, instance })),
			({ way, instance }) => {
				const isUsed = samples.some(({ connections }) => (connections[instance] ?? 0) > 0);
				const isEncrypted = samples.some(({ encryptedSessions }) => encryptedSessions > 0);
				return isUsed && (way !== "tls" || isEncrypted)
					? null
					: `instance ${instance} did not use its way to the database: ${way}`;
			},
		),
	({ crashes, samples }) => ({
		id: "alive",
		promise: "no process ends by itself",
		checked: samples.length,
		violations: crashes.map(({ instance, words }) => `instance ${instance} ended by itself: ${words}`),
	}),
];

/** What holds of the faults that were planned; a plan without one of a kind makes no such promise. */
export const faultInvariants: Readonly<Record<Fault["kind"], (evidence: Evidence) => Finding>> = {
	kill: (evidence) => examineFaults("kill", "a killed process serves again", evidence),
	freeze: (evidence) => examineFaults("freeze", "a frozen process serves again", evidence),
	drain: (evidence) =>
		examineFaults("drain", "SIGTERM ends by exit 0 within 65 s and cuts no connection", evidence),
	storage: (evidence) =>
		examineFaults("storage", "after a storage fault every process serves again", evidence),
	postgres: (evidence) =>
		examineFaults("postgres", "after a kill of PostgreSQL every process serves again", evidence),
};

const examineFaults = (kind: Fault["kind"], promise: string, { history }: Evidence): Finding =>
	examine(
		[kind, promise],
		history.faults.filter((fault) => fault.kind === kind),
		({ what, complaints }) => (complaints.length === 0 ? null : `${what}: ${complaints.join("; ")}`),
	);

const toReply = ({ calledAtMs, answeredAtMs, outcome }: Evidence["history"]["stops"][number]) => ({
	askedAtMs: calledAtMs,
	answeredAtMs,
	code: outcome === "requested" || outcome === "confirmed" ? null : outcome,
});

function findFirstContent({ events }: Reader): number {
	const types = ["text-delta", "reasoning-delta", "text-reset", "turn-end"];
	return events.find(({ event }) => types.includes(event.type))?.atMs ?? Number.POSITIVE_INFINITY;
}

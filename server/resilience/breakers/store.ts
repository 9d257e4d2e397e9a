/** Hand-written SQL: calls of the functions that all processes share, by the database's clock. */
import type { Sql } from "postgres";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { inTransaction, withQueries } from "../../db/index.ts";
import type { FailureClass } from "../failures/rules.ts";

export type BreakerStatus = "closed" | "open" | "half_open";

/** When a breaker opens, for how long, and how it closes. Milliseconds. */
export interface BreakerRules {
	/** Opens when at least `callsMin` calls ended within the window and this share of them failed ... */
	readonly callsMin: number;
	readonly failureShare: number;
	readonly windowMs: number;
	/** ... or after this many failures in a row. */
	readonly inARowMax: number;
	/** Stays open for `openMs` the first time, then twice as long each time up to `openMsMax`, +- `jitter` (a share). */
	readonly openMs: number;
	readonly openMsMax: number;
	readonly jitter: number;
	/** While half open: at most `probesMax` calls at a time over all processes; closes after `successesMin` successes. */
	readonly probesMax: number;
	readonly successesMin: number;
	/** A probe's place is free again so long after its last content: longer than a model may take to the first. */
	readonly leaseMs: number;
}

export const breakerRules: BreakerRules = {
	callsMin: 20,
	failureShare: 0.5,
	windowMs: 30_000,
	inARowMax: 5,
	openMs: 15_000,
	openMsMax: 300_000,
	jitter: 0.2,
	probesMax: 3,
	successesMin: 3,
	leaseMs: 60_000,
};

/** A breaker's row as it was read; times are what is left of them, null where there is none. */
export interface BreakerState {
	readonly key: string;
	readonly state: BreakerStatus;
	readonly epoch: number;
	readonly isHeld: boolean;
	/** The person whose failures alone opened it, so that calls of others are admitted as probes; null: open for everybody. */
	readonly person: number | null;
	readonly openMs: number | null;
	readonly throttledMs: number | null;
	/** Something failed within the last 30 s, so that successes have to be reported, too. */
	readonly isTroubled: boolean;
}

/** Calls with the same result. */
interface CountedResult {
	/** When the last of them ended: milliseconds since the Unix epoch by the database's clock. */
	readonly atMs: number;
	readonly ok: boolean;
	readonly count: number;
	/** Of failures: whose calls they were, see `toPersonId`. */
	readonly person?: number | undefined;
	/** Of failures: how these calls failed. */
	readonly class?: FailureClass | undefined;
	/** Of failures: when these calls were counted as successes, because content had begun; those successes are taken back. */
	readonly successAtMs?: number | undefined;
}

export interface BreakerReport {
	readonly key: string;
	/** In which the calls were admitted. Results of another epoch than the breaker's own are not counted. */
	readonly epoch: number;
	readonly results: readonly CountedResult[];
	readonly throttledMs?: number | undefined;
	/** The probe whose lease ends with this report. */
	readonly probeId?: string | undefined;
}

export interface BreakerReply {
	readonly state: BreakerState;
	/** The state changed or the first failure was counted: the other processes have to be notified. */
	readonly isNews: boolean;
}

/** All breakers that have a row, and the database's time in milliseconds since the Unix epoch. */
export async function readBreakerStates(
	sql: Sql,
): Promise<{ readonly states: readonly BreakerState[]; readonly nowMs: number }> {
	const [row] = await sql<{ states: BreakerState[]; nowMs: number }[]>`
		select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs",
			coalesce((select json_agg(breaker_state(breakers)) from breakers), '[]') as states`;
	return requireRow(row);
}

export async function reportToBreaker(
	sql: Sql,
	report: BreakerReport,
	rules: BreakerRules,
): Promise<BreakerReply> {
	const { key, epoch, results, throttledMs = null, probeId = null } = report;
	const [row] = await sql<{ reply: BreakerReply }[]>`
		select report_to_breaker(${key}, ${epoch}, ${JSON.stringify(results)}::text::json, ${throttledMs}::float8,
			${probeId}::uuid, ${JSON.stringify(rules)}::text::json) as reply`;
	return requireRow(row).reply;
}

/** Asks for one of the few places for calls while a breaker is half open. */
export async function admitProbe(
	sql: Sql,
	{ key, probeId, person }: { readonly key: string; readonly probeId: string; readonly person: number },
	rules: BreakerRules,
): Promise<BreakerReply & { readonly isProbe: boolean }> {
	const [row] = await sql<{ reply: BreakerReply & { isProbe: boolean } }[]>`
		select admit_probe(${key}, ${probeId}, ${JSON.stringify(rules)}::text::json, ${person}) as reply`;
	return requireRow(row).reply;
}

/** Extends the lease of a probe whose call still runs. Does nothing when the lease has expired and the place was taken. */
export async function renewProbe(
	sql: Sql,
	{ key, probeId }: { readonly key: string; readonly probeId: string },
	{ leaseMs }: BreakerRules,
): Promise<void> {
	await sql`
		update breaker_probes set leased_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
		where key = ${key} and id = ${probeId}`;
}

export interface ListedBreaker {
	readonly key: string;
	readonly state: BreakerStatus;
	/** Opened manually, until it is closed manually. */
	readonly isHeld: boolean;
	/** Opened by the failures of one person alone: the calls of others are admitted. */
	readonly isForOnePerson: boolean;
	/** ISO 8601. */
	readonly openUntil: string | null;
	readonly throttledUntil: string | null;
	readonly changedAt: string;
	/** How the last call failed that counted here, and when. */
	readonly lastError: { readonly class: FailureClass; readonly at: string } | null;
}

/** Every breaker that has a row, by its key; any other is closed. */
export async function listBreakers(sql: Sql): Promise<ListedBreaker[]> {
	const rows = await sql<(Flat & Instants & LastError)[]>`
		select key, state, last_error_class as "lastErrorClass", last_error_at as "lastErrorAt", is_held as "isHeld", person is not null as "isForOnePerson", open_until as "openUntil", changed_at as "changedAt",
			case when throttled_until > clock_timestamp() then throttled_until end as "throttledUntil"
		from breakers order by key`;
	return rows.map(({ lastErrorClass, lastErrorAt, ...row }) => ({
		...row,
		lastError: lastErrorClass && lastErrorAt && { class: lastErrorClass, at: lastErrorAt.toISOString() },
		openUntil: row.openUntil?.toISOString() ?? null,
		throttledUntil: row.throttledUntil?.toISOString() ?? null,
		changedAt: row.changedAt.toISOString(),
	}));
}

type Flat = Pick<ListedBreaker, "key" | "state" | "isHeld" | "isForOnePerson">;

interface LastError {
	readonly lastErrorClass: FailureClass | null;
	readonly lastErrorAt: Date | null;
}

interface Instants {
	readonly openUntil: Date | null;
	readonly throttledUntil: Date | null;
	readonly changedAt: Date;
}

export interface BreakerChange {
	readonly id: number;
	readonly key: string;
	readonly from: BreakerStatus;
	readonly to: BreakerStatus;
	readonly cause: "in_a_row" | "share" | "probe_failed" | "probes_succeeded" | "time" | "hand";
	/** What was counted, or the reason that was given for a manual change. */
	readonly reason: string | null;
	/** Null for an automatic change and for the command line. */
	readonly changedBy: Actor;
	/** ISO 8601. */
	readonly openUntil: string | null;
	readonly changedAt: string;
}

/** Changes of one breaker or of all, newest first, starting before the id `beforeId`. */
export async function listBreakerHistory(
	sql: Sql,
	page: { readonly key?: string | undefined; readonly beforeId?: number | undefined; readonly limit: number },
): Promise<BreakerChange[]> {
	const { key = null, beforeId = null, limit } = page;
	const rows = await sql<
		(Omit<BreakerChange, "openUntil" | "changedAt"> & Omit<Instants, "throttledUntil">)[]
	>`
		select id::int, key, from_state as from, to_state as to, cause, reason, changed_by as "changedBy",
			open_until as "openUntil", changed_at as "changedAt"
		from breaker_history
		where (${key}::text is null or key = ${key}) and (${beforeId}::bigint is null or id < ${beforeId})
		order by id desc limit ${limit}`;
	return rows.map((row) => ({
		...row,
		openUntil: row.openUntil?.toISOString() ?? null,
		changedAt: row.changedAt.toISOString(),
	}));
}

export interface BreakerOrder {
	/** `<providerId>/<providerModelId>`, or `<providerId>` for all models of the provider. */
	readonly key: string;
	readonly to: "open" | "closed";
	readonly by: Actor;
	readonly reason?: string | undefined;
}

/** Opens a breaker manually until it is closed manually, or closes it. False when that changes nothing. */
export async function setBreaker(sql: Sql, { key, to, by, reason }: BreakerOrder): Promise<boolean> {
	return await inTransaction(withQueries(sql), async (tx) => {
		const [row] = await tx.sql<{ isChanged: boolean }[]>`
			select set_breaker(${key}, ${to}, ${reason ?? null}, ${by}, ${JSON.stringify(breakerRules)}::text::json) as "isChanged"`;
		const { isChanged } = requireRow(row);
		if (isChanged)
			await writeAudit(tx, {
				actorId: by,
				action: to === "open" ? "breaker.open" : "breaker.close",
				subject: `breaker:${key}`,
				details: { reason: reason ?? null },
			});
		return isChanged;
	});
}

function requireRow<Row>(row: Row | undefined): Row {
	if (row === undefined) throw new Error("A SQL function returned no row.");
	return row;
}

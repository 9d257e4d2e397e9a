import type { Sql } from "postgres";
import { type Actor, writeAudit } from "../../audit/index.ts";

export type BreakerStatus = "closed" | "open" | "half_open";

/** When a breaker opens, for how long, and how it closes. Milliseconds. */
export interface BreakerRules {
	/** Opens from so many calls within the window on, when this share of them failed ... */
	readonly callsMin: number;
	readonly failureShare: number;
	readonly windowMs: number;
	/** ... or after so many failures in a row. */
	readonly inARowMax: number;
	/** Open for so long the first time, then twice as long each time, give or take this share. */
	readonly openMs: number;
	readonly openMsMax: number;
	readonly jitter: number;
	/** Half open: so many calls at a time over all processes, closed after so many successes. */
	readonly probesMax: number;
	readonly successesMin: number;
	/** So long after its last sign of life a probe's place is free again: longer than a model may take to the first content. */
	readonly leaseMs: number;
}

export const breakerRules: BreakerRules = {
	...{ callsMin: 20, failureShare: 0.5, windowMs: 30_000, inARowMax: 5 },
	...{ openMs: 15_000, openMsMax: 300_000, jitter: 0.2 },
	...{ probesMax: 3, successesMin: 3, leaseMs: 60_000 },
};

/** A breaker as its row said it a moment ago; what is left of its times, null where there is none. */
export interface BreakerState {
	readonly key: string;
	readonly state: BreakerStatus;
	readonly epoch: number;
	readonly isHeld: boolean;
	readonly openMs: number | null;
	readonly throttledMs: number | null;
	/** Something failed within the last 30 s, so that successes matter. */
	readonly isTroubled: boolean;
}

/** So many calls that ended alike, the last of them then. */
export interface CountedResult {
	/** Milliseconds: of this process's own clock in memory, since the epoch by the database's clock when told. */
	readonly atMs: number;
	readonly ok: boolean;
	readonly count: number;
	/** Of failures: when these calls, which had begun to answer, were counted as successes; they are that no longer. */
	readonly successAtMs?: number | undefined;
}

export interface BreakerReport {
	readonly key: string;
	/** Of the state in which the calls were admitted; in another one they count nothing. */
	readonly epoch: number;
	readonly results: readonly CountedResult[];
	readonly throttledMs?: number | undefined;
	/** The lease that ends with this. */
	readonly probeId?: string | undefined;
}

interface Told {
	readonly state: BreakerState;
	/** The state changed, or trouble began: the other processes want to know. */
	readonly isNews: boolean;
}

/** All breakers that have a row, and what the database's clock says, milliseconds since the epoch. */
export async function readBreakerStates(
	sql: Sql,
): Promise<{ readonly states: readonly BreakerState[]; readonly nowMs: number }> {
	const [row] = await sql<{ states: BreakerState[]; nowMs: number }[]>`
		select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs",
			coalesce((select json_agg(breaker_state(breakers)) from breakers), '[]') as states`;
	return requireRow(row);
}

export async function reportToBreaker(sql: Sql, report: BreakerReport, rules: BreakerRules): Promise<Told> {
	const { key, epoch, results, throttledMs = null, probeId = null } = report;
	const [row] = await sql<{ told: Told }[]>`
		select report_to_breaker(${key}, ${epoch}, ${JSON.stringify(results)}::text::json, ${throttledMs}::float8,
			${probeId}::uuid, ${JSON.stringify(rules)}::text::json) as told`;
	return requireRow(row).told;
}

/** Asks for one of the few calls that may be made while a breaker is half open. */
export async function admitProbe(
	sql: Sql,
	{ key, probeId }: { readonly key: string; readonly probeId: string },
	rules: BreakerRules,
): Promise<Told & { readonly isProbe: boolean }> {
	const [row] = await sql<{ told: Told & { isProbe: boolean } }[]>`
		select admit_probe(${key}, ${probeId}, ${JSON.stringify(rules)}::text::json) as told`;
	return requireRow(row).told;
}

/** The call of a probe still runs: its place is taken for another lease, unless it was given away meanwhile. */
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
	/** Opened by hand, until it is closed by hand. */
	readonly isHeld: boolean;
	/** ISO 8601. */
	readonly openUntil: string | null;
	readonly throttledUntil: string | null;
	readonly changedAt: string;
}

/** Every breaker that has ever had something to tell, by its key; any other is closed. */
export async function listBreakers(sql: Sql): Promise<ListedBreaker[]> {
	const rows = await sql<(Omit<ListedBreaker, "openUntil" | "throttledUntil" | "changedAt"> & Instants)[]>`
		select key, state, is_held as "isHeld", open_until as "openUntil", changed_at as "changedAt",
			case when throttled_until > clock_timestamp() then throttled_until end as "throttledUntil"
		from breakers order by key`;
	return rows.map((row) => ({
		...row,
		openUntil: row.openUntil?.toISOString() ?? null,
		throttledUntil: row.throttledUntil?.toISOString() ?? null,
		changedAt: row.changedAt.toISOString(),
	}));
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
	/** What was counted, or what somebody said who changed it by hand. */
	readonly reason: string | null;
	/** Null for the breaker itself and for the command line. */
	readonly changedBy: Actor;
	/** ISO 8601. */
	readonly openUntil: string | null;
	readonly changedAt: string;
}

/** What changed, newest first, from the line before `beforeId`; of one breaker or of all. */
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
	/** `<providerId>/<providerModelId>`, or `<providerId>` for everything that its key reaches. */
	readonly key: string;
	readonly to: "open" | "closed";
	readonly by: Actor;
	readonly reason?: string | undefined;
}

/** By hand: open until it is closed by hand, or closed at once. False when it was so already. */
export async function setBreaker(sql: Sql, { key, to, by, reason }: BreakerOrder): Promise<boolean> {
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		const [row] = await tx<{ isChanged: boolean }[]>`
			select set_breaker(${key}, ${to}, ${reason ?? null}, ${by}, ${JSON.stringify(breakerRules)}::text::json) as "isChanged"`;
		const { isChanged } = requireRow(row);
		if (isChanged)
			await writeAudit(tx, {
				...{
					actorId: by,
					action: to === "open" ? "breaker.open" : "breaker.close",
					subject: `breaker:${key}`,
				},
				details: { reason: reason ?? null },
			});
		return isChanged;
	});
}

function requireRow<Row>(row: Row | undefined): Row {
	if (row === undefined) throw new Error("A function answers with one row.");
	return row;
}

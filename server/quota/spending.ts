import type { Sql } from "postgres";
import { deletionPauseReason } from "../../drizzle/schema/index.ts";
import { type Actor, writeAudit } from "../audit/index.ts";
import { AppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import { findNearest } from "../contract/text.ts";

/** Whose spending: everybody's, or that of one plan, one person or one model. */
export type SpendingScope =
	| { readonly kind: "all" }
	| { readonly kind: "plan" | "user" | "model"; readonly id: string };

export interface SpendingPause {
	/** `all`, `plan:<id>`, `user:<id>` or `model:<catalogue id>`. */
	readonly scope: string;
	readonly reason: string | null;
	readonly pausedBy: Actor;
	/** ISO 8601. */
	readonly pausedAt: string;
}

export interface SpendingChange {
	readonly scope: SpendingScope;
	readonly by: Actor;
	readonly reason?: string | undefined;
}

export interface WantedPause extends SpendingChange {
	/** Ids of the catalogue; asked only when neither the price book nor a call knows a model. */
	listModelIds(): Promise<readonly string[]>;
}

export const toScopeKey = (scope: SpendingScope): string =>
	scope.kind === "all" ? "all" : `${scope.kind}:${scope.id}`;

/**
 * Refuses every new answer of the scope with `budget_exceeded`, on every instance from the COMMIT on; a second later no model
 * is called any more for those that were accepted before, either. Answers that are being written end: their cost is held
 * already. Pausing twice is pausing once.
 *
 * @throws AppError `not_found` when there is no such plan or person, and for a model that nothing knows: to pause that would stop
 * nothing.
 */
export async function pauseSpending(sql: Sql, wanted: WantedPause): Promise<SpendingPause> {
	const { scope, by, reason } = wanted;
	if (scope.kind === "model") await requireModel(sql, scope.id, wanted);
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		await requireScope(tx, scope);
		const key = toScopeKey(scope);
		const made = await tx`
			insert into spending_pauses (scope, reason, paused_by) values (${key}, ${reason ?? null}, ${by})
			on conflict (scope) do update
				set reason = excluded.reason, paused_by = excluded.paused_by, paused_at = excluded.paused_at
				where ${ofDeletion(tx)}
			returning scope`;
		if (made.length > 0)
			await writeAudit(tx, {
				...{ actorId: by, action: "spending.pause", subject: key },
				details: { reason: reason ?? null },
			});
		const pause = (await listSpendingPauses(tx)).find((one) => one.scope === key);
		if (!pause) throw new AppError("conflict", "This pause was ended in the meantime.");
		return pause;
	});
}

/** Ends the pause of exactly this scope; false when there was none. Other pauses stand. */
export async function resumeSpending(sql: Sql, { scope, by }: SpendingChange): Promise<boolean> {
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		const key = toScopeKey(scope);
		const ended = await tx`delete from spending_pauses where scope = ${key} returning scope`;
		if (ended.length > 0)
			await writeAudit(tx, { actorId: by, action: "spending.resume", subject: key, details: {} });
		return ended.length > 0;
	});
}

/** Whether a pause forbids at this moment what somebody would spend on a model: the words of `reserve_quota`. */
export async function isSpendingPaused(
	sql: Sql,
	{ userId, modelId }: { readonly userId: UserId; readonly modelId: string },
): Promise<boolean> {
	const found = await sql`
		select from spending_pauses where scope in ('all', ${`user:${userId}`}, ${`model:${modelId}`}, 'plan:' || coalesce(
			(select plans.id from users join plans on plans.id = users.plan where users.id = ${userId}), 'free'))`;
	return found.length > 0;
}

/** Every pause that stands, the oldest first. */
export async function listSpendingPauses(sql: Sql): Promise<SpendingPause[]> {
	const rows = await sql<(Omit<SpendingPause, "pausedAt"> & { pausedAt: Date })[]>`
		select scope, reason, paused_by as "pausedBy", paused_at as "pausedAt" from spending_pauses order by paused_at, scope`;
	return rows.map((row) => ({ ...row, pausedAt: row.pausedAt.toISOString() }));
}

/** Longer than a deletion waits for running answers to end. */
const deletionMsMax = 60_000;

const ofDeletion = (sql: Sql) => sql`
	spending_pauses.reason = ${deletionPauseReason} and spending_pauses.scope = 'user:' || spending_pauses.paused_by`;

/** Ends the pauses of accounts whose deletion never came to its end, as when its process was killed. */
export async function endAbandonedPauses(sql: Sql): Promise<void> {
	await sql`
		delete from spending_pauses
		where ${ofDeletion(sql)} and paused_at < now() - ${deletionMsMax} * interval '1 millisecond'`;
}

/** One that is gone from the catalogue may come back: what was ever priced or called may be paused. */
async function requireModel(sql: Sql, id: string, { listModelIds }: WantedPause): Promise<void> {
	const known = await sql`
		select from prices where model_id = ${id} union all select from model_calls where model_id = ${id} limit 1`;
	if (known.length > 0) return;
	const listed = await listModelIds();
	if (listed.includes(id)) return;
	const nearest = findNearest(id, listed, Math.ceil(id.length / 3));
	throw new AppError(
		"not_found",
		`There is no model "${id}".${nearest === null ? "" : ` Did you mean ${nearest}?`}`,
	);
}

async function requireScope(tx: Sql, scope: SpendingScope): Promise<void> {
	if (scope.kind === "plan") {
		const found = await tx`select from plans where id = ${scope.id}`;
		if (found.length === 0) throw new AppError("not_found", `There is no plan "${scope.id}".`);
	}
	if (scope.kind === "user") {
		const found = await tx`select from users where id = ${scope.id} for key share`;
		if (found.length === 0) throw new AppError("not_found", "There is no such user.");
	}
}

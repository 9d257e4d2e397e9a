import type { Sql } from "postgres";
import { type Actor, writeAudit } from "../audit/index.ts";
import { AppError } from "../errors.ts";
import type { UserId } from "../ids.ts";

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

export const toScopeKey = (scope: SpendingScope): string =>
	scope.kind === "all" ? "all" : `${scope.kind}:${scope.id}`;

/**
 * Refuses every new answer of the scope with `budget_exceeded`, on every instance from the COMMIT on; a second later no model
 * is called any more for those that were accepted before, either. Answers that are being written end: their cost is held
 * already. Pausing twice is pausing once.
 *
 * @throws AppError `not_found` when there is no such plan or person.
 */
export async function pauseSpending(sql: Sql, { scope, by, reason }: SpendingChange): Promise<SpendingPause> {
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		await requireScope(tx, scope);
		const key = toScopeKey(scope);
		const made = await tx`
			insert into spending_pauses (scope, reason, paused_by) values (${key}, ${reason ?? null}, ${by})
			on conflict do nothing returning scope`;
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

/** A model needs no row anywhere: one that is gone from the catalogue may come back. */
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

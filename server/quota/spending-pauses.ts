import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Sql } from "postgres";
import { modelCalls, plans, prices, spendingPauses, users } from "../../drizzle/schema/index.ts";
import { type Actor, writeAudit } from "../audit/index.ts";
import { AppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";
import { findNearest } from "../kernel/find-nearest.ts";
import { isDeletionPause } from "./deletion-pause.ts";

/** Whose spending: that of all people, of one plan, one person or one model. */
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
	/** Ids of the catalogue; asked only for a model without a price. */
	listModelIds(): Promise<readonly string[]>;
}

export const toScopeKey = (scope: SpendingScope): string =>
	scope.kind === "all" ? "all" : `${scope.kind}:${scope.id}`;

/**
 * Refuses every new answer of the scope with `budget_exceeded`, on every instance from the COMMIT on; a second later no model
 * is called any more for answers that were accepted before, either. Answers that are being written go on to their end: their cost
 * is held already. Pausing twice is pausing once.
 *
 * @throws AppError `not_found` when there is no such plan or person, and for a model that has no price, no call and no entry in the
 * catalogue: to pause it would stop nothing.
 */
export async function pauseSpending(db: DatabaseOrTransaction, wanted: WantedPause): Promise<SpendingPause> {
	const { scope, by, reason = null } = wanted;
	if (scope.kind === "model") await requireModel(db, scope.id, wanted);
	return await inTransaction(db, async (tx) => {
		await requireScope(tx, scope);
		const key = toScopeKey(scope);
		const made = await tx.orm
			.insert(spendingPauses)
			.values({ scope: key, reason, pausedBy: by })
			.onConflictDoUpdate({
				target: spendingPauses.scope,
				set: { reason, pausedBy: by, pausedAt: sql`now()` },
				// A pause that an administrator sets takes the place of a deletion's, which would end by itself.
				setWhere: isDeletionPause,
			})
			.returning({ scope: spendingPauses.scope });
		if (made.length > 0)
			await writeAudit(tx, { actorId: by, action: "spending.pause", subject: key, details: { reason } });
		const pause = (await listSpendingPauses(tx)).find((one) => one.scope === key);
		if (!pause) throw new AppError("conflict", "This pause was ended in the meantime.");
		return pause;
	});
}

/** Ends the pause of exactly this scope; false when there was none. Other pauses stay. */
export async function resumeSpending(
	db: DatabaseOrTransaction,
	{ scope, by }: SpendingChange,
): Promise<boolean> {
	return await inTransaction(db, async (tx) => {
		const key = toScopeKey(scope);
		const ended = await tx.orm
			.delete(spendingPauses)
			.where(eq(spendingPauses.scope, key))
			.returning({ scope: spendingPauses.scope });
		if (ended.length > 0)
			await writeAudit(tx, { actorId: by, action: "spending.resume", subject: key, details: {} });
		return ended.length > 0;
	});
}

/**
 * Whether a pause forbids at this moment that a person spends on a model: the same condition as in `reserve_quota`. Written as SQL,
 * as every running turn asks once a second.
 */
export async function isSpendingPaused(
	sql: Sql,
	{ userId, modelId }: { readonly userId: UserId; readonly modelId: string },
): Promise<boolean> {
	const found = await sql`
		select from spending_pauses where scope in ('all', ${`user:${userId}`}, ${`model:${modelId}`}, 'plan:' || coalesce(
			(select plans.id from users join plans on plans.id = users.plan where users.id = ${userId}), 'free'))`;
	return found.length > 0;
}

/** Every pause in force, the oldest first. */
export async function listSpendingPauses({
	orm,
}: Pick<DatabaseOrTransaction, "orm">): Promise<SpendingPause[]> {
	const rows = await orm
		.select()
		.from(spendingPauses)
		.orderBy(asc(spendingPauses.pausedAt), asc(spendingPauses.scope));
	return rows.map((row) => ({ ...row, pausedAt: row.pausedAt.toISOString() }));
}

/** A model that is gone from the catalogue may come back: one that had a price or a call may be paused. */
async function requireModel(
	{ orm }: DatabaseOrTransaction,
	id: string,
	{ listModelIds }: WantedPause,
): Promise<void> {
	const priced = orm.select({ id: prices.id }).from(prices).where(eq(prices.modelId, id)).limit(1);
	if ((await priced).length > 0) return;
	const listed = await listModelIds();
	if (listed.includes(id)) return;
	// A call with a price is one of a model in `prices`.
	const isUnpricedCall = and(eq(modelCalls.modelId, id), isNull(modelCalls.priceId));
	const called = orm.select({ id: modelCalls.id }).from(modelCalls).where(isUnpricedCall).limit(1);
	if ((await called).length > 0) return;
	const nearest = findNearest(id, listed, Math.ceil(id.length / 3));
	throw new AppError(
		"not_found",
		`There is no model "${id}".${nearest === null ? "" : ` Did you mean ${nearest}?`}`,
	);
}

async function requireScope({ orm }: DatabaseOrTransaction, scope: SpendingScope): Promise<void> {
	if (scope.kind === "plan") {
		const found = await orm.select({ id: plans.id }).from(plans).where(eq(plans.id, scope.id));
		if (found.length === 0) throw new AppError("not_found", `There is no plan "${scope.id}".`);
	}
	if (scope.kind === "user") {
		const found = await orm
			.select({ id: users.id })
			.from(users)
			.where(eq(users.id, scope.id))
			.for("key share");
		if (found.length === 0) throw new AppError("not_found", "There is no such user.");
	}
}

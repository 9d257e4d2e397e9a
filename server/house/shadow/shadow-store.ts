import { and, eq, inArray, isNull, sum } from "drizzle-orm";
import { modelCalls, shadows, threads, turns, users } from "../../../drizzle/schema/index.ts";
import type { ShadowOutcome, ShadowVerdict } from "../../contract/kinds.ts";
import { receipt } from "../../contract/turn.ts";
import type { DatabaseOrTransaction } from "../../db/index.ts";
import { type Pair, toPair } from "./pair.ts";
import type { ShadowedTurn, ShadowPlan } from "./shadow-plan.ts";

type Orm = Pick<DatabaseOrTransaction, "orm">;

/** A turn that is complete, of a thread and a person that are not deleted. */
async function findTurn({ orm }: Orm, turnId: string) {
	const [row] = await orm
		.select({ receipt: turns.receipt })
		.from(turns)
		.innerJoin(threads, eq(threads.id, turns.threadId))
		.innerJoin(users, eq(users.id, turns.userId))
		.where(
			and(
				eq(turns.id, turnId),
				eq(turns.status, "complete"),
				isNull(threads.deletedAt),
				isNull(users.deletingAt),
			),
		);
	return row;
}

/** Whether what a person said in the turn may still be sent. */
export const isKept = async (db: Orm, turnId: string): Promise<boolean> =>
	(await findTurn(db, turnId)) !== undefined;

/** Takes the turn for this process. Null, having written nothing, when it is not to be compared, or was taken before. */
export async function claimTurn(
	db: Orm,
	turn: ShadowedTurn,
	by: { readonly plan: ShadowPlan; readonly isCheapFirst: boolean },
): Promise<Pair | null> {
	const { plan, isCheapFirst } = by;
	const parsed = receipt.safeParse((await findTurn(db, turn.turnId))?.receipt);
	const pair = parsed.success ? toPair(parsed.data, plan.strong) : null;
	if (pair?.policyVersion !== plan.policyVersion) return null;
	const turnNanoUsd = await sumCosts(db, eq(modelCalls.turnId, turn.turnId));
	const claimed = await db.orm
		.insert(shadows)
		.values({ ...pair, turnId: turn.turnId, judgeModelId: plan.judge, isCheapFirst, turnNanoUsd })
		.onConflictDoNothing()
		.returning({ turnId: shadows.turnId });
	return claimed.length === 1 ? pair : null;
}

/** What a comparison came to, and the calls that it took. */
export interface Compared {
	readonly outcome: ShadowOutcome;
	readonly verdict: ShadowVerdict | null;
	readonly shadowCallIds: readonly string[];
	readonly judgeCallIds: readonly string[];
}

/** Writes down what came of a turn that was taken; nothing when it is gone. */
export async function endShadow(db: Orm, turnId: string, compared: Compared): Promise<void> {
	const { outcome, verdict, shadowCallIds, judgeCallIds } = compared;
	const cost = (ids: readonly string[]) => sumCosts(db, inArray(modelCalls.id, [...ids]));
	const [shadowNanoUsd, judgeNanoUsd] = [await cost(shadowCallIds), await cost(judgeCallIds)];
	await db.orm
		.update(shadows)
		.set({ outcome, verdict, shadowNanoUsd, judgeNanoUsd })
		.where(eq(shadows.turnId, turnId));
}

async function sumCosts({ orm }: Orm, condition: ReturnType<typeof eq>): Promise<bigint> {
	const [row] = await orm
		.select({ nanoUsd: sum(modelCalls.costNanoUsd) })
		.from(modelCalls)
		.where(condition);
	return BigInt(row?.nanoUsd ?? 0);
}

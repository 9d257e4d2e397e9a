import { and, count, eq, gte, inArray, isNull, lt, sql, sum } from "drizzle-orm";
import * as z from "zod";
import { modelCalls, shadows } from "../../../drizzle/schema/index.ts";
import { routeRoads, type ShadowVerdict, shadowOutcomes } from "../../contract/kinds.ts";
import type { DatabaseOrTransaction } from "../../db/index.ts";
import { toInterval } from "../../kernel/wilson.ts";
import { readRange, type WantedRange } from "../../usage/index.ts";

const share = z.object({ share: z.number(), low: z.number(), high: z.number() });

/** What shadow mode found in a time. Money: nano-dollars, decimal strings. Shares: 0 to 1, with the ends of a 95 % interval. */
export const shadowReport = z.object({
	/** ISO 8601; `from` counts, `to` does not. */
	from: z.string(),
	to: z.string(),
	/** How many turns of the sample ended how. */
	outcomes: z.partialRecord(z.enum(shadowOutcomes), z.number().int()),
	/** What the calls of shadow mode cost, those of a process that died included. */
	shadowNanoUsd: z.string(),
	judgeNanoUsd: z.string(),
	/** By what Auto decided, and by whose answer the person got: a draft that was not accepted is a strong model's. */
	roads: z.array(
		z.object({
			road: z.enum(routeRoads),
			isStrongShown: z.boolean(),
			/** Turns with a verdict. */
			n: z.number().int(),
			/** The cheap model's answer was as good as the strong one's, or better. */
			cheapIsEnough: share,
			/** Of the verdicts that prefer one answer, so many prefer the one that was read first; far from 0.5, the judge looks at the order. */
			prefersFirst: share.nullable(),
			/** What a turn cost as it was answered, and what the other model's answer alone cost, with no cache: means. */
			turnNanoUsdMean: z.string(),
			otherNanoUsdMean: z.string(),
		}),
	),
});
export type ShadowReport = z.infer<typeof shadowReport>;

/** Reads what shadow mode found. @throws AppError `invalid_request` for a range that is empty, too long, or of days that do not exist. */
export async function readShadowReport(
	db: DatabaseOrTransaction,
	wanted: WantedRange,
): Promise<ShadowReport> {
	const { from, to } = await readRange(db.sql, wanted, null);
	const range = { from: new Date(from), to: new Date(to) };
	const groups = await readGroups(db, range);
	const outcomes: ShadowReport["outcomes"] = {};
	for (const { outcome, n } of groups) outcomes[outcome] = (outcomes[outcome] ?? 0) + n;
	const judged = groups.filter(({ outcome }) => outcome === "judged");
	const roads = Map.groupBy(judged, ({ road, isStrongShown }) => `${road} ${isStrongShown}`);
	return { from, to, outcomes, ...(await readCosts(db, range)), roads: [...roads.values()].map(toRoad) };
}

interface ShadowRange {
	readonly from: Date;
	readonly to: Date;
}
type Group = Awaited<ReturnType<typeof readGroups>>[number];

async function readGroups({ orm }: DatabaseOrTransaction, { from, to }: ShadowRange) {
	const { road, isStrongShown, outcome, verdict, isCheapFirst } = shadows;
	return await orm
		.select({
			road,
			isStrongShown,
			outcome,
			verdict,
			isCheapFirst,
			n: count(),
			turnNanoUsd: sum(shadows.turnNanoUsd),
			otherNanoUsd: sum(shadows.shadowNanoUsd),
		})
		.from(shadows)
		.where(and(gte(shadows.createdAt, from), lt(shadows.createdAt, to)))
		.groupBy(road, isStrongShown, outcome, verdict, isCheapFirst)
		.orderBy(road, isStrongShown);
}

/** No other calls of the server's own judge anything. */
async function readCosts({ orm }: DatabaseOrTransaction, { from, to }: ShadowRange) {
	const { purpose, turnId, startedAt, costNanoUsd } = modelCalls;
	const toSum = (name: string) =>
		sql<string>`coalesce(sum(${costNanoUsd}) filter (where ${eq(purpose, name)}), 0)::text`;
	const [row] = await orm
		.select({ shadowNanoUsd: toSum("shadow"), judgeNanoUsd: toSum("judge") })
		.from(modelCalls)
		.where(
			and(gte(startedAt, from), lt(startedAt, to), isNull(turnId), inArray(purpose, ["shadow", "judge"])),
		);
	return row ?? { shadowNanoUsd: "0", judgeNanoUsd: "0" };
}

function toRoad(groups: readonly Group[]): ShadowReport["roads"][number] {
	const [first] = groups;
	if (!first) throw new Error("A road of the report has verdicts.");
	const { road, isStrongShown } = first;
	const add = (those: readonly Group[]) => those.reduce((all, { n }) => all + n, 0);
	const n = add(groups);
	const has = (verdict: ShadowVerdict) => groups.filter((each) => each.verdict === verdict);
	const [forCheap, forStrong] = [has("cheap"), has("strong")];
	const preferring = add(forCheap) + add(forStrong);
	const forFirst =
		add(forCheap.filter(({ isCheapFirst }) => isCheapFirst)) +
		add(forStrong.filter(({ isCheapFirst }) => !isCheapFirst));
	const toMean = (name: "turnNanoUsd" | "otherNanoUsd") =>
		(groups.reduce((all, group) => all + BigInt(group[name] ?? 0), 0n) / BigInt(n)).toString();
	return {
		road,
		isStrongShown,
		n,
		cheapIsEnough: toInterval(n - add(forStrong), n),
		prefersFirst: preferring === 0 ? null : toInterval(forFirst, preferring),
		turnNanoUsdMean: toMean("turnNanoUsd"),
		otherNanoUsdMean: toMean("otherNanoUsd"),
	};
}

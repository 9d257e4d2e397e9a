/** Hand-written SQL: sums over the decisions that receipts keep. */
import type { Sql } from "postgres";
import * as z from "zod";
import { routeRoads } from "../contract/kinds.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import { readRange, type WantedRange } from "../usage/index.ts";
import { measureRanking } from "./ranking.ts";

/**
 * What became of Auto's decisions in a time, and whether the router still tells requests apart here. An answer of a small model counts as not
 * good enough when its draft was not accepted or when the person asked for another one. Money: nano-dollars, decimal strings.
 */
export const calibrationReport = z.object({
	/** ISO 8601; `from` counts, `to` does not. */
	from: z.string(),
	to: z.string(),
	roads: z.array(
		z.object({
			road: z.enum(routeRoads),
			turns: z.number().int(),
			/** What people paid for them. */
			chargedNanoUsd: z.string(),
			/** What the road has saved, net of drafts, judges and lost caches; of turns for which it is known. */
			savedNanoUsd: z.string(),
			savingUnknown: z.number().int(),
			acceptedDrafts: z.number().int(),
			rejectedDrafts: z.number().int(),
			/** Turns after which the person asked for another answer, and of these with the stronger model. */
			retried: z.number().int(),
			retriedStronger: z.number().int(),
		}),
	),
	/** What was wrong with drafts, the most frequent first. */
	faults: z.array(z.object({ fault: z.string(), drafts: z.number().int() })),
	/** Requests on the small side by the router's score, in steps of 0.05. */
	scores: z.array(
		z.object({ from: z.number(), n: z.number().int(), notEnough: z.number().int(), meanScore: z.number() }),
	),
	/** How often the router gave the higher score to the request whose answer was not good enough: 0.5 is chance. Null: too few. */
	ranking: z.object({ share: z.number(), low: z.number(), high: z.number() }).nullable(),
	/** `too_few` cases to say; `enough`: better than chance; else `retrain`. */
	advice: z.enum(["too_few", "enough", "retrain"]),
});
export type CalibrationReport = z.infer<typeof calibrationReport>;

/** Cases of either kind, from which on something can be said. */
const casesMin = 30;
/** Scores are counted in steps of a hundredth. */
const stepsPerReported = 5;

/** @throws AppError `invalid_request` for a range that is empty, too long, or of days that do not exist. */
export async function readCalibration(
	{ sql }: Pick<DatabaseOrTransaction, "sql">,
	wanted: WantedRange,
): Promise<CalibrationReport> {
	const { from, to } = await readRange(sql, wanted, null);
	const routed = toRouted(sql, { from: toFirstId(from), to: toFirstId(to) });
	const [roads, faults, steps] = await Promise.all([
		readRoads(sql, routed),
		readFaults(sql, routed),
		readSteps(sql, routed),
	]);
	const bad = steps.reduce((sum, { notEnough }) => sum + notEnough, 0);
	const good = steps.reduce((sum, { n, notEnough }) => sum + n - notEnough, 0);
	const ranking = Math.min(bad, good) < casesMin ? null : measureRanking(steps);
	const advice = ranking === null ? "too_few" : ranking.low > 0.5 ? "enough" : "retrain";
	return { from, to, roads, faults, scores: toReported(steps), ranking, advice };
}

/** Ids of turns are UUIDs of version 7, which begin with their time. */
function toFirstId(instant: string): string {
	const ms = Date.parse(instant).toString(16).padStart(12, "0");
	return `${ms.slice(0, 8)}-${ms.slice(8)}-0000-0000-000000000000`;
}

const toRouted = (sql: Sql, { from, to }: { from: string; to: string }) => sql`
	select turns.receipt -> 'route' as route, (turns.receipt ->> 'costNanoUsd')::numeric as charged,
		(turns.receipt #>> '{route,draft,isAccepted}')::boolean as is_accepted,
		(turns.receipt #>> '{route,score}')::float8 as score, turns.receipt #>> '{route,road}' as road, later.*
	from turns, lateral (
		select count(*) > 0 as is_retried,
			coalesce(bool_or(requested_model = turns.receipt #>> '{route,otherModelId}'), false) as is_stronger
		from turns as later where later.user_message_id = turns.user_message_id and later.id > turns.id
	) as later
	where turns.id >= ${from}::uuid and turns.id < ${to}::uuid and turns.status = 'complete'
		and turns.receipt -> 'route' is not null`;

type Routed = ReturnType<typeof toRouted>;

const readRoads = async (sql: Sql, routed: Routed): Promise<CalibrationReport["roads"]> => [
	...(await sql<CalibrationReport["roads"]>`
		select road, count(*)::int as turns, coalesce(sum(charged), 0)::text as "chargedNanoUsd",
			coalesce(sum((route ->> 'savedNanoUsd')::numeric), 0)::text as "savedNanoUsd",
			(count(*) filter (where route ->> 'savedNanoUsd' is null))::int as "savingUnknown",
			(count(*) filter (where is_accepted))::int as "acceptedDrafts",
			(count(*) filter (where not is_accepted))::int as "rejectedDrafts",
			(count(*) filter (where is_retried))::int as retried,
			(count(*) filter (where is_stronger))::int as "retriedStronger"
		from (${routed}) as routed group by road order by road`),
];

const readFaults = async (sql: Sql, routed: Routed): Promise<CalibrationReport["faults"]> => [
	...(await sql<CalibrationReport["faults"]>`
		select fault, count(*)::int as drafts
		from (${routed}) as routed, json_array_elements_text(coalesce(route #> '{draft,faults}', '[]')) as fault
		group by fault order by drafts desc, fault limit 20`),
];

interface Step {
	/** Of a hundred. */
	readonly step: number;
	readonly n: number;
	readonly notEnough: number;
	readonly scoreSum: number;
}

const readSteps = async (sql: Sql, routed: Routed): Promise<readonly Step[]> =>
	await sql<Step[]>`
		select least(floor(score * 100), 99)::int as step, count(*)::int as n, sum(score) as "scoreSum",
			(count(*) filter (where is_accepted is false or is_retried))::int as "notEnough"
		from (${routed}) as routed where road in ('small', 'draft') and score is not null
		group by 1 order by 1`;

function toReported(steps: readonly Step[]): CalibrationReport["scores"] {
	const groups = new Map<number, { n: number; notEnough: number; scoreSum: number }>();
	for (const { step, n, notEnough, scoreSum } of steps) {
		const place = Math.floor(step / stepsPerReported);
		const group = groups.get(place) ?? { n: 0, notEnough: 0, scoreSum: 0 };
		groups.set(place, {
			n: group.n + n,
			notEnough: group.notEnough + notEnough,
			scoreSum: group.scoreSum + scoreSum,
		});
	}
	return [...groups].map(([place, { n, notEnough, scoreSum }]) => ({
		from: (place * stepsPerReported) / 100,
		n,
		notEnough,
		meanScore: scoreSum / n,
	}));
}

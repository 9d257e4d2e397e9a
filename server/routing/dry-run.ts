import * as z from "zod";
import { decide, type RoutingPolicy, toRouter } from "../cascade/index.ts";
import { routeRoads } from "../contract/kinds.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import type { CatalogueModel, Models } from "../models/index.ts";
import { type Prices, toCostNanoUsd } from "../usage/index.ts";
import { type PastTurn, readPastTurns } from "./past-turns.ts";

const costs = z.object({
	turns: z.number().int(),
	/** As booked. Nano-dollars, decimal strings. */
	beforeNanoUsd: z.string(),
	/** By this policy: the same tokens at list prices, no cache, drafts and what follows them paid. */
	afterNanoUsd: z.string(),
});

/** What a policy would have made of past turns. No word of what was said is in it. */
export const dryRun = costs.extend({
	roads: z.record(z.enum(routeRoads), z.number().int()),
	/** Turns that are left out, because a price of a model that would answer is not known. */
	unpriced: z.number().int(),
	/** Of drafts, the share that is expected to go on to a strong model. */
	escalatedShare: z.number(),
	/** Whether that share is of this site's drafts; else it is assumed. */
	isEscalationMeasured: z.boolean(),
	byPlan: z.array(costs.extend({ plan: z.string() })),
});
export type DryRun = z.infer<typeof dryRun>;

interface DryRunRooms {
	readonly models: Pick<Models, "find" | "default" | "list">;
	findPrices(modelId: string): Prices | null;
}

/** Drafts from which on the site's own share of escalations counts. */
const draftsMin = 20;
const assumedShare = 0.3;

/** Tries a policy on the newest turns, by the code that decides on new ones. Reads them in pages and keeps sums alone. */
export async function tryPolicy(
	db: DatabaseOrTransaction,
	policy: RoutingPolicy,
	options: { readonly turnsMax: number; readonly ofAllModels: boolean } & DryRunRooms,
): Promise<DryRun> {
	const escalation = await readEscalation(db);
	const roads = { small: 0, draft: 0, strong: 0, default: 0 };
	const byPlan = new Map<string, Sums>();
	let unpriced = 0;
	for await (const turn of readPastTurns(db, options)) {
		const tried = tryTurn(turn, policy, { ...options, escalatedShare: escalation.share });
		if (tried === null) {
			unpriced += 1;
			continue;
		}
		roads[tried.road] += 1;
		const sums = byPlan.get(turn.plan) ?? { turns: 0, before: 0n, after: 0n };
		byPlan.set(turn.plan, {
			turns: sums.turns + 1,
			before: sums.before + turn.costNanoUsd,
			after: sums.after + tried.costNanoUsd,
		});
	}
	const all = [...byPlan.values()].reduce(
		(total, { turns, before, after }) => ({
			turns: total.turns + turns,
			before: total.before + before,
			after: total.after + after,
		}),
		{ turns: 0, before: 0n, after: 0n },
	);
	return {
		...toCosts(all),
		roads,
		unpriced,
		escalatedShare: escalation.share,
		isEscalationMeasured: escalation.isMeasured,
		byPlan: [...byPlan].map(([plan, sums]) => ({ plan, ...toCosts(sums) })),
	};
}

interface Sums {
	readonly turns: number;
	readonly before: bigint;
	readonly after: bigint;
}

const toCosts = ({ turns, before, after }: Sums) => ({
	turns,
	beforeNanoUsd: before.toString(),
	afterNanoUsd: after.toString(),
});

/** The road of one turn and what it would have cost; null when a price is not known. */
function tryTurn(
	turn: PastTurn,
	policy: RoutingPolicy,
	{ models, findPrices, escalatedShare }: DryRunRooms & { readonly escalatedShare: number },
): { readonly road: keyof DryRun["roads"]; readonly costNanoUsd: bigint } | null {
	const { inputTokens, outputTokens, said, plan, openModels, openTiers } = turn;
	const toCost = (model: CatalogueModel | undefined) => {
		const prices = model && findPrices(model.id);
		return prices ? toCostNanoUsd({ ...noUsage, inputTokens, outputTokens }, prices) : null;
	};
	const { choices, decision } = decide<CatalogueModel>(
		{
			published: { version: 0, policy },
			requestedModel: "auto",
			plan,
			isNearLimit: false,
			said,
			mayDraft: true,
			toExpectedNanoUsd: toCost,
		},
		models,
		{
			open: { openModels, openTiers },
			canRead: ({ contextWindow }) => inputTokens + outputTokens <= contextWindow,
			router: toRouter(),
		},
	);
	const cost = toCost(choices[0].model);
	if (cost === null) return null;
	const road = decision?.road ?? "default";
	if (road !== "draft") return { road, costNanoUsd: cost };
	const strong = toCost(models.find(decision?.otherModelId ?? ""));
	if (strong === null) return null;
	return { road, costNanoUsd: cost + BigInt(Math.round(Number(strong) * escalatedShare)) };
}

const noUsage = {
	cachedInputTokens: 0,
	cacheWriteTokens: 0,
	cacheWrite1hTokens: 0,
	reasoningTokens: 0,
} as const;

/** How many of the site's newest drafts were not accepted. */
async function readEscalation({ sql }: Pick<DatabaseOrTransaction, "sql">) {
	const [row] = await sql<[{ drafts: number; rejected: number }]>`
		select count(*)::int as drafts, (count(*) filter (where not is_accepted))::int as rejected
		from (
			select (receipt #>> '{route,draft,isAccepted}')::boolean as is_accepted from turns
			order by id desc limit 5000
		) as newest where is_accepted is not null`;
	const isMeasured = row.drafts >= draftsMin;
	return { isMeasured, share: isMeasured ? row.rejected / row.drafts : assumedShare };
}

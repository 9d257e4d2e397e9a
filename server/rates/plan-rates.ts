import { plans } from "../../drizzle/schema/index.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";

/** How many requests a minute each plan allows. */
export interface PlanRates {
	/** Read at most a second ago; older only while the database fails. A plan without a row counts as `free`. */
	findMax(plan: string): Promise<number>;
}

/** Milliseconds after which plans are read again. */
const freshMs = 1_000;
const fallbackPlan = "free";

/** Reads all plans at once, and only when one is needed, so that an idle server sends no queries. */
export function createPlanRates({ orm }: Pick<DatabaseOrTransaction, "orm">): PlanRates {
	let maxByPlan: ReadonlyMap<string, number> | null = null;
	let readAtMs = Number.NEGATIVE_INFINITY;
	let reading: Promise<void> | null = null;

	async function read() {
		const startedAtMs = performance.now();
		const rows = await orm.select({ id: plans.id, max: plans.requestsPerMinute }).from(plans);
		maxByPlan = new Map(rows.map(({ id, max }) => [id, max]));
		readAtMs = startedAtMs;
	}
	async function refresh() {
		reading ??= read().finally(() => {
			reading = null;
		});
		await reading;
	}
	return {
		async findMax(plan) {
			if (performance.now() - readAtMs > freshMs)
				await refresh().catch((error: unknown) => {
					if (!maxByPlan) throw error;
				});
			return maxByPlan?.get(plan) ?? maxByPlan?.get(fallbackPlan) ?? 0;
		},
	};
}

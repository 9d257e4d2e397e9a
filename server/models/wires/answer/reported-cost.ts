/** Far above the price of any call; larger amounts are mistakes. */
const usdMax = 100_000;

/**
 * The cost of a call in nano-USD as the provider reports it, or null: `usage.cost` of OpenRouter (plus
 * `cost_details.upstream_inference_cost` for calls with the customer's own key), `usage.cost.total_cost` of Perplexity, `usage.total_cost`, and
 * `usage.cost_in_usd_ticks` of xAI (10^-10 USD).
 */
export function toReportedCost(usage: unknown): bigint | null {
	const { cost, total_cost, cost_in_usd_ticks, cost_details, is_byok } = toFields(usage);
	const ticks = toAmount(cost_in_usd_ticks);
	if (ticks !== null) return toNano(ticks / 1e10);
	const own = toAmount(cost) ?? toAmount(toFields(cost).total_cost) ?? toAmount(total_cost);
	if (own === null) return null;
	const upstream = is_byok === true ? toAmount(toFields(cost_details).upstream_inference_cost) : null;
	return toNano(own + (upstream ?? 0));
}

// As: every field is looked at as unknown.
const toFields = (value: unknown): Record<string, unknown> =>
	typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const toAmount = (value: unknown): number | null =>
	typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;

const toNano = (usd: number): bigint | null => (usd <= usdMax ? BigInt(Math.round(usd * 1e9)) : null);

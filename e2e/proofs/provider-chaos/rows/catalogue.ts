import type { Row } from "./row.ts";

/** What the simulator invoices by, too. */
const prices = { inputUsdPerMTok: "0.15", cachedInputUsdPerMTok: "0.075", outputUsdPerMTok: "0.60" };
const speed = "ttft=30,itl=2";
/** A port that nothing listens at. */
const nowhere = "http://127.0.0.1:9/v1";

/** The row's own model, and its twin: a provider of its own for each, so that no row sees the breaker of another. */
export const toModelId = (index: number): string => `row-${index}`;
export const toTwinId = (index: number): string => `twin-${index}`;

const model = (id: string, sim: string, more: object = {}) => ({
	id,
	provider: id,
	providerModelId: `sim-small/sim:${speed},${sim}`,
	tier: "small",
	prices,
	contextWindow: 32_000,
	maxOutputTokens: 8_192,
	fallbacks: [],
	...more,
});

/** What a stand-in says in place of the echo, also when it goes on with another's answer. */
const standIn = (id: "peer" | "wide", more: object = {}) => model(id, `text=words,tokens=12,key=${id}`, more);

/** The configuration file of a run: the provider of every row, and the healthy ones that stand in. */
export function toConfig(rows: readonly Row[], upstreamUrl: string): object {
	const models = rows.flatMap(({ sim, fallbacks }, index) => {
		const [own, twin] = [toModelId(index), toTwinId(index)];
		const named = fallbacks.map((name) => (name === "twin" ? twin : name));
		const answer = `text=echo,${sim ?? ""}`;
		const twins = fallbacks.includes("twin")
			? [model(twin, `${answer},key=${twin}`, { fallbacks: [own] })]
			: [];
		return [model(own, `${answer},key=${own}`, { fallbacks: named }), ...twins];
	});
	const all = [...models, standIn("peer"), standIn("wide", { contextWindow: 64_000 })];
	const isNowhere = new Set(rows.flatMap(({ sim }, index) => (sim === null ? [toModelId(index)] : [])));
	const providers = all.map(({ id }) => ({
		id,
		kind: "openai-compatible",
		baseUrl: isNowhere.has(id) ? nowhere : `${upstreamUrl}/v1`,
		loadSeconds: 0,
	}));
	return { providers, models: all };
}

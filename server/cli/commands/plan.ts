import type { Plan } from "../../quota/index.ts";
import type { Command } from "../command.ts";
import { asCount, asFlag, asList, asText, asUsd, readKeyValues } from "../key-values.ts";
import { findUnknownModels } from "../look-up.ts";
import { toShortUsd, toTable } from "../print.ts";

const keys = {
	"requests-per-minute": asCount("requestsPerMinute"),
	"requests-per-day": asCount("requestsPerDay"),
	"concurrent-streams": asCount("concurrentStreams"),
	"tokens-per-day": asCount("tokensPerDay"),
	"usd-per-day": asUsd("nanoUsdPerDay"),
	"usd-per-month": asUsd("nanoUsdPerMonth"),
	"allowed-models": asList("allowedModels"),
	"allowed-tiers": asList("allowedTiers"),
	"max-output-tokens": asCount("maxOutputTokens"),
	"time-zone": asText("timeZone"),
	"soft-limit-percent": asCount("softLimitPercent"),
	"top-tier-lowered": asFlag("isTopTierLowered"),
	receipt: asText("receipt"),
	"context-strategy": asText("contextStrategy"),
};

export const planCommands: Command[] = [
	{
		name: "plan list",
		about: "the limits of each plan",
		usage: "",
		options: {},
		run: async (context) => {
			const { listPlans } = await import("../../quota/index.ts");
			const plans = await listPlans(await context.openDatabase());
			return { json: plans, text: toText(plans) };
		},
	},
	{
		name: "plan set",
		about: `changes or creates a plan, effective from the next request: ${Object.keys(keys).join(", ")}; none = no limit`,
		usage: "NAME key=value ...",
		options: {},
		takesWords: true,
		run: async (context, _, words) => {
			const { name, values } = readKeyValues(words, keys);
			const { setPlan } = await import("../../quota/index.ts");
			const db = await context.openDatabase();
			const plan = await setPlan(db, { id: name, change: values, by: null });
			const added = values.allowedModels === undefined ? [] : (plan.allowedModels ?? []);
			const warning = await findUnknownModels(context, db, added);
			return { json: plan, text: toText([plan]), warning };
		},
	},
];

function toText(plans: readonly Plan[]): string {
	const heads = ["plan", "people", "req/min", "req/day", "streams", "tokens/day", "USD/day", "USD/month"];
	const money = (value: string | null) => (value === null ? "none" : toShortUsd(value));
	const rows = plans.map((plan) => [
		plan.id,
		String(plan.people),
		String(plan.requestsPerMinute),
		String(plan.requestsPerDay ?? "none"),
		String(plan.concurrentStreams),
		String(plan.tokensPerDay ?? "none"),
		money(plan.nanoUsdPerDay),
		money(plan.nanoUsdPerMonth),
		plan.allowedTiers.join(","),
		String(plan.maxOutputTokens ?? "none"),
		plan.timeZone,
		plan.receipt,
		plan.contextStrategy ?? "auto",
	]);
	return toTable([...heads, "tiers", "output", "zone", "receipt", "context"], rows);
}

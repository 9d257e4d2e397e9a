import type { Viewer } from "../auth/index.ts";
import type { AppError, ErrorDetails } from "../contract/errors.ts";

/** The limits of a plan as refusals name them, and as `parley plan set` does. */
const planSettings: Readonly<Record<string, string>> = {
	requests_per_minute: "requests-per-minute=N",
	concurrent_streams: "concurrent-streams=N",
	requests_per_day: "requests-per-day=N",
	tokens_per_day: "tokens-per-day=N",
	money_per_day: "usd-per-day=USD",
	money_per_month: "usd-per-month=USD",
	model_not_allowed: "allowed-tiers=small,medium,large allowed-models=none",
	top_tier: "top-tier-lowered=false",
};

/** The plan that the migrations make without limits of money, tokens or requests a day. */
const openPlan = "unlimited";

/**
 * What a refusal adds for an administrator who meets it: the plan whose limit it is (`plan`), and where it is raised
 * (`raiseWith`: a command, or a setting of the server). Nothing for other people, and for refusals that no setting lifts.
 */
export function toRaiseHint({ details }: Pick<AppError, "details">, viewer: Viewer | null): ErrorDetails {
	if (viewer?.role !== "admin") return {};
	const limit = String(details.limit ?? details.reason ?? "");
	if (limit === "site_budget") return { raiseWith: "PARLEY_SITE_BUDGET_USD" };
	if (limit === "spending_paused") return { raiseWith: toCommand("spending list") };
	const setting = planSettings[limit];
	if (setting === undefined) return {};
	const { email, plan } = viewer;
	const command =
		plan === openPlan
			? `plan set ${openPlan} ${setting}`
			: `user set-plan --email ${email} --plan ${openPlan}`;
	return { plan, raiseWith: toCommand(command) };
}

const toCommand = (words: string) => `npm run -s parley -- ${words}`;

import type { Sql } from "postgres";
import * as z from "zod";
import { type Actor, writeAudit } from "../audit/index.ts";
import { AppError } from "../contract/errors.ts";
import { wellFormedText } from "../contract/text.ts";

/** Beyond any plan, and within every integer column. */
const countMax = 2_000_000_000;
const tokensMax = 1_000_000_000_000_000;

const count = z.number().int().min(0).max(countMax);
/** Nano-dollars as a decimal string; within a bigint column with room for sums. */
const nanoUsd = z.string().regex(/^\d{1,18}$/, "must be whole nano-dollars, 0 or more");
const tier = z.enum(["small", "medium", "large"]);
const tiers = z.array(tier).transform((given) => [...new Set(given)]);

/** IANA names of time zones that PostgreSQL and JavaScript read alike: no offsets, no abbreviations. */
export const timeZone = z
	.string()
	.max(64)
	.refine((name) => /^(UTC|[A-Za-z]+(\/[A-Za-z0-9_+-]+){1,2})$/.test(name) && isKnownZone(name), {
		message: 'must be an IANA time zone, such as "Europe/Berlin"',
	});

/** What may be changed of a plan. Null is no limit; what is left out stays. */
export const planChange = z.strictObject({
	requestsPerMinute: count.optional(),
	requestsPerDay: count.nullable().optional(),
	concurrentStreams: count.optional(),
	tokensPerDay: z.number().int().min(0).max(tokensMax).nullable().optional(),
	nanoUsdPerDay: nanoUsd.nullable().optional(),
	nanoUsdPerMonth: nanoUsd.nullable().optional(),
	allowedModels: z
		.array(wellFormedText({ min: 1, max: 300 }))
		.max(1_000)
		.nullable()
		.optional(),
	allowedTiers: tiers.optional(),
	maxOutputTokens: count.min(1).nullable().optional(),
	timeZone: timeZone.optional(),
	softLimitPercent: z.number().int().min(1).max(100).optional(),
	isTopTierLowered: z.boolean().optional(),
	receipt: z.enum(["cost", "credits", "none"]).optional(),
});
export type PlanChange = z.output<typeof planChange>;

/** Ids of plans stand in addresses, command lines and keys. */
export const planId = z
	.string()
	.regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, "must be 1 to 50 lower-case letters, digits, - or _");

/** A plan as it stands. Money in nano-dollars, decimal strings; null is no limit. */
export const plan = z.object({
	id: z.string(),
	requestsPerMinute: z.number(),
	requestsPerDay: z.number().nullable(),
	concurrentStreams: z.number(),
	tokensPerDay: z.number().nullable(),
	nanoUsdPerDay: z.string().nullable(),
	nanoUsdPerMonth: z.string().nullable(),
	allowedModels: z.array(z.string()).nullable(),
	allowedTiers: z.array(tier),
	maxOutputTokens: z.number().nullable(),
	timeZone: z.string(),
	softLimitPercent: z.number(),
	isTopTierLowered: z.boolean(),
	receipt: z.enum(["cost", "credits", "none"]),
	/** ISO 8601. */
	updatedAt: z.string(),
	/** How many people are on it. */
	people: z.number(),
});
export type Plan = z.infer<typeof plan>;

/** What a new plan has where nothing is said: the seeded `free`'s limits, and no money. */
const newPlan: Required<PlanChange> = {
	...{ requestsPerMinute: 10, requestsPerDay: 200, concurrentStreams: 3, tokensPerDay: 500_000 },
	...{ nanoUsdPerDay: "0", nanoUsdPerMonth: "0", allowedModels: null, allowedTiers: ["small"] },
	...{
		maxOutputTokens: 4_096,
		timeZone: "UTC",
		softLimitPercent: 80,
		isTopTierLowered: false,
		receipt: "cost",
	},
};

export async function listPlans(sql: Sql): Promise<Plan[]> {
	const rows = await sql<(Omit<Plan, "updatedAt"> & { updatedAt: Date })[]>`
		select id, requests_per_minute as "requestsPerMinute", requests_per_day as "requestsPerDay",
			concurrent_streams as "concurrentStreams", tokens_per_day::float8 as "tokensPerDay",
			nano_usd_per_day::text as "nanoUsdPerDay", nano_usd_per_month::text as "nanoUsdPerMonth",
			allowed_models as "allowedModels", allowed_tiers as "allowedTiers", max_output_tokens as "maxOutputTokens",
			time_zone as "timeZone", soft_limit_percent as "softLimitPercent", is_top_tier_lowered as "isTopTierLowered",
			receipt, updated_at as "updatedAt", (select count(*)::int from users where users.plan = plans.id) as people
		from plans order by id`;
	return rows.map((row) => ({ ...row, updatedAt: row.updatedAt.toISOString() }));
}

/**
 * Changes a plan, or makes one. Counts from the next request on, also for a limit below what is used: the next request waits
 * for the next period. Nothing is written when anything is wrong.
 *
 * @throws AppError `invalid_request` with every mistake in `details.issues`.
 */
export async function setPlan(
	sql: Sql,
	given: { readonly id: string; readonly change: unknown; readonly by: Actor },
): Promise<Plan> {
	const id = read(planId, given.id, "name");
	const change = read(planChange, given.change);
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		await tx`select pg_advisory_xact_lock(hashtext('parley.plans'))`;
		const before = (await listPlans(tx)).find((one) => one.id === id);
		await storePlan(tx, id, { ...newPlan, ...before, ...dropAbsent(change) });
		await writeAudit(tx, {
			...{ actorId: given.by, action: before ? "plan.set" : "plan.create", subject: `plan:${id}` },
			details: Object.fromEntries(
				Object.entries(dropAbsent(change)).map(([name, to]) => [
					name,
					{ from: before?.[name as keyof PlanChange] ?? null, to },
				]),
			),
		});
		const after = (await listPlans(tx)).find((one) => one.id === id);
		if (!after) throw new Error("A plan that was just stored is there.");
		return after;
	});
}

async function storePlan(tx: Sql, id: string, plan: Required<PlanChange>): Promise<void> {
	// The database's own list of zones decides: its functions read the clock there at every request.
	await tx`select now() at time zone ${plan.timeZone}`.catch((cause) => {
		const issues = ["timeZone: the database does not know this time zone"];
		throw new AppError("invalid_request", issues.join(), { details: { issues }, cause });
	});
	await tx`
		insert into plans (id, requests_per_minute, requests_per_day, concurrent_streams, tokens_per_day, nano_usd_per_day,
			nano_usd_per_month, allowed_models, allowed_tiers, max_output_tokens, time_zone, soft_limit_percent,
			is_top_tier_lowered, receipt, updated_at)
		values (${id}, ${plan.requestsPerMinute}, ${plan.requestsPerDay}, ${plan.concurrentStreams}, ${plan.tokensPerDay},
			${plan.nanoUsdPerDay}::text::bigint, ${plan.nanoUsdPerMonth}::text::bigint, ${plan.allowedModels}::text[],
			${plan.allowedTiers}::text[], ${plan.maxOutputTokens}, ${plan.timeZone}, ${plan.softLimitPercent},
			${plan.isTopTierLowered}, ${plan.receipt}, now())
		on conflict (id) do update set requests_per_minute = excluded.requests_per_minute,
			requests_per_day = excluded.requests_per_day, concurrent_streams = excluded.concurrent_streams,
			tokens_per_day = excluded.tokens_per_day, nano_usd_per_day = excluded.nano_usd_per_day,
			nano_usd_per_month = excluded.nano_usd_per_month, allowed_models = excluded.allowed_models,
			allowed_tiers = excluded.allowed_tiers, max_output_tokens = excluded.max_output_tokens,
			time_zone = excluded.time_zone, soft_limit_percent = excluded.soft_limit_percent,
			is_top_tier_lowered = excluded.is_top_tier_lowered, receipt = excluded.receipt, updated_at = now()`;
}

/** What was really said: an absent name and an undefined one mean the same. */
function dropAbsent(change: PlanChange): {
	[Name in keyof PlanChange]: Exclude<PlanChange[Name], undefined>;
} {
	return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function read<Output>(schema: z.ZodType<Output>, given: unknown, name?: string): Output {
	const parsed = schema.safeParse(given);
	if (parsed.success) return parsed.data;
	const issues = parsed.error.issues.map(({ path, message }) =>
		[[name, ...path].filter((part) => part !== undefined).join("."), message].filter(Boolean).join(": "),
	);
	throw new AppError("invalid_request", issues.join("; "), { details: { issues } });
}

function isKnownZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat("en", { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

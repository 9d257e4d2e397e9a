import { asc, count as countRows, eq, getTableColumns, sql } from "drizzle-orm";
import * as z from "zod";
import { plans, users } from "../../drizzle/schema/index.ts";
import { type Actor, writeAudit } from "../audit/index.ts";
import { AppError } from "../contract/errors.ts";
import { contextStrategies, modelTiers, receiptKinds } from "../contract/kinds.ts";
import { wellFormedText } from "../contract/text.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";

/** Beyond any plan, and within every integer column. */
const countMax = 2_000_000_000;
const tokensMax = 1_000_000_000_000_000;

const count = z.number().int().min(0).max(countMax);
/** Nano-dollars as a decimal string; within a bigint column with room for sums. */
const nanoUsd = z.string().regex(/^\d{1,18}$/, "must be whole nano-dollars, 0 or more");
const tier = z.enum(modelTiers);
const tiers = z.array(tier).transform((given) => [...new Set(given)]);

/** IANA names of time zones that PostgreSQL and JavaScript read alike: no offsets, no abbreviations. */
export const timeZone = z
	.string()
	.max(64)
	.refine((name) => /^(UTC|[A-Za-z]+(\/[A-Za-z0-9_+-]+){1,2})$/.test(name) && isKnownZone(name), {
		message: 'must be an IANA time zone, such as "Europe/Berlin"',
	});

/** What may be changed of a plan. Null is no limit; a field that is left out keeps its value. */
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
	receipt: z.enum(receiptKinds).optional(),
	contextStrategy: z.enum(contextStrategies).nullable().optional(),
});
export type PlanChange = z.output<typeof planChange>;

/** Plan ids are parts of addresses, command lines and bucket keys. */
export const planId = z
	.string()
	.regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, "must be 1 to 50 lower-case letters, digits, - or _");

/** A plan. Money in nano-dollars, decimal strings; null is no limit. */
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
	receipt: z.enum(receiptKinds),
	/** How the context of a thread is chosen that has no choice of its own; null: `auto`. */
	contextStrategy: z.enum(contextStrategies).nullable(),
	/** ISO 8601. */
	updatedAt: z.string(),
	/** How many people are on it. */
	people: z.number(),
});
export type Plan = z.infer<typeof plan>;

/** What a new plan has in fields that are left out: the limits of the seeded `free`, and no money. */
const newPlan: Required<PlanChange> = {
	requestsPerMinute: 10,
	requestsPerDay: 200,
	concurrentStreams: 3,
	tokensPerDay: 500_000,
	nanoUsdPerDay: "0",
	nanoUsdPerMonth: "0",
	allowedModels: null,
	allowedTiers: ["small"],
	maxOutputTokens: 4_096,
	timeZone: "UTC",
	softLimitPercent: 80,
	isTopTierLowered: false,
	receipt: "cost",
	contextStrategy: null,
};

export async function listPlans({ orm }: Pick<DatabaseOrTransaction, "orm">): Promise<Plan[]> {
	const people = orm.select({ count: countRows() }).from(users).where(eq(users.plan, plans.id));
	const rows = await orm
		.select({ ...getTableColumns(plans), people: sql`(${people})`.mapWith(Number) })
		.from(plans)
		.orderBy(asc(plans.id));
	return rows.map((row) => ({
		...row,
		nanoUsdPerDay: row.nanoUsdPerDay?.toString() ?? null,
		nanoUsdPerMonth: row.nanoUsdPerMonth?.toString() ?? null,
		allowedTiers: z.array(tier).parse(row.allowedTiers),
		updatedAt: row.updatedAt.toISOString(),
	}));
}

/**
 * Changes a plan, or makes one. Applies from the next request on, also when a limit is now below what is used: requests are refused
 * until the next period. Nothing is written when any field is wrong.
 *
 * @throws AppError `invalid_request` with every mistake in `details.issues`.
 */
export async function setPlan(
	db: DatabaseOrTransaction,
	given: { readonly id: string; readonly change: unknown; readonly by: Actor },
): Promise<Plan> {
	const id = read(planId, given.id, "name");
	const change = dropAbsent(read(planChange, given.change));
	return await inTransaction(db, async (tx) => {
		await tx.sql`select pg_advisory_xact_lock(hashtext('parley.plans'))`;
		const before = (await listPlans(tx)).find((one) => one.id === id);
		await storePlan(tx, id, { ...newPlan, ...before, ...change });
		const changes = Object.entries(change).map(([name, to]) => [
			name,
			// As: the names are those of a parsed change.
			{ from: before?.[name as keyof PlanChange] ?? null, to },
		]);
		await writeAudit(tx, {
			actorId: given.by,
			action: before ? "plan.set" : "plan.create",
			subject: `plan:${id}`,
			details: Object.fromEntries(changes),
		});
		const after = (await listPlans(tx)).find((one) => one.id === id);
		if (!after) throw new Error("A plan that was just stored is missing.");
		return after;
	});
}

async function storePlan(tx: DatabaseOrTransaction, id: string, plan: Required<PlanChange>): Promise<void> {
	// The database's own list of zones decides: its functions read the clock in this zone at every request.
	await tx.sql`select now() at time zone ${plan.timeZone}`.catch((cause) => {
		const issues = ["timeZone: the database does not know this time zone"];
		throw new AppError("invalid_request", issues.join(), { details: { issues }, cause });
	});
	const toAmount = (text: string | null) => (text === null ? null : BigInt(text));
	const columns = {
		requestsPerMinute: plan.requestsPerMinute,
		requestsPerDay: plan.requestsPerDay,
		concurrentStreams: plan.concurrentStreams,
		tokensPerDay: plan.tokensPerDay,
		nanoUsdPerDay: toAmount(plan.nanoUsdPerDay),
		nanoUsdPerMonth: toAmount(plan.nanoUsdPerMonth),
		allowedModels: plan.allowedModels,
		allowedTiers: plan.allowedTiers,
		maxOutputTokens: plan.maxOutputTokens,
		timeZone: plan.timeZone,
		softLimitPercent: plan.softLimitPercent,
		isTopTierLowered: plan.isTopTierLowered,
		receipt: plan.receipt,
		contextStrategy: plan.contextStrategy,
		updatedAt: sql`now()`,
	};
	await tx.orm
		.insert(plans)
		.values({ id, ...columns })
		.onConflictDoUpdate({ target: plans.id, set: columns });
}

/** The fields that are given: an absent one and an undefined one mean the same. */
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

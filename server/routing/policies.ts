import { createHash } from "node:crypto";
import { and, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import * as z from "zod";
import { routingPolicies } from "../../drizzle/schema/index.ts";
import { writeAudit } from "../audit/index.ts";
import { type PublishedPolicy, type RoutingPolicy, routingPolicy } from "../cascade/index.ts";
import { AppError } from "../contract/errors.ts";
import type { UserId } from "../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";
import type { Notices } from "../kernel/notices.ts";

/** A policy and what became of it. Instants: ISO 8601. */
export const listedPolicy = z.object({
	version: z.number().int(),
	policy: routingPolicy,
	/** Of a hundred people, for so many it is in force. */
	rolloutPercent: z.number().int(),
	createdAt: z.string(),
	publishedAt: z.string().nullable(),
	withdrawnAt: z.string().nullable(),
	/** It decides for at least some people now. */
	isInForce: z.boolean(),
});
export type ListedPolicy = z.infer<typeof listedPolicy>;

export interface Policies {
	/** The policy in force for a person; null: the site's default model answers. From memory. */
	find(userId: UserId): PublishedPolicy | null;
	/** The newest first. */
	list(): Promise<ListedPolicy[]>;
	/** The policy as it would be kept. @throws AppError `invalid_request` with every mistake in `details.issues`. */
	parse(policy: unknown): RoutingPolicy;
	/** Keeps a policy that decides nothing yet. @throws AppError `invalid_request` with every mistake in `details.issues`. */
	draft(policy: unknown, by: UserId | null): Promise<ListedPolicy>;
	/**
	 * Puts a policy in force for so many of a hundred people, the same ones as long as its share grows; a published one may be given another share.
	 *
	 * @throws AppError `not_found`; `conflict` for one that was withdrawn.
	 */
	publish(wanted: { version: number; rolloutPercent: number }, by: UserId | null): Promise<ListedPolicy>;
	/** Withdraws the newest policy in force; the one before it decides again. @throws AppError `conflict` when there is none. */
	rollBack(by: UserId | null): Promise<ListedPolicy>;
	close(): void;
}

const topic = "routing";
/** A notice may be lost. */
const reloadIntervalMs = 10_000;

type Row = typeof routingPolicies.$inferSelect;
/** Published and not withdrawn, the newest first. */
type InForce = PublishedPolicy & Pick<Row, "rolloutPercent">;

/** Keeps the policies in force in memory and current. */
export async function createPolicies(input: {
	readonly db: DatabaseOrTransaction;
	readonly notices: Notices;
	readonly hasModel: (id: string) => boolean;
}): Promise<Policies> {
	const { db, notices, hasModel } = input;
	let inForce: readonly InForce[] = [];
	const reload = async () => {
		inForce = await readInForce(db);
	};
	await reload();
	notices.on(topic, () => void reload().catch(() => undefined));
	const timer = setInterval(() => void reload().catch(() => undefined), reloadIntervalMs);
	timer.unref();
	const change = async (run: (tx: DatabaseOrTransaction) => Promise<Row>): Promise<ListedPolicy> => {
		const row = await inTransaction(db, run);
		await reload();
		notices.send(topic, String(row.version));
		return toListed(row, inForce);
	};

	return {
		find: (userId) => inForce.find(({ rolloutPercent }) => toPlace(userId) < rolloutPercent) ?? null,
		async list() {
			const rows = await db.orm.select().from(routingPolicies).orderBy(desc(routingPolicies.version));
			return rows.map((row) => toListed(row, inForce));
		},
		parse: (given) => parsePolicy(given, hasModel),
		draft: (given, by) => {
			const policy = parsePolicy(given, hasModel);
			return change((tx) => storeDraft(tx, policy, by));
		},
		publish: (wanted, by) => change((tx) => publish(tx, wanted, { by, hasModel })),
		rollBack: (by) => change((tx) => rollBack(tx, by)),
		close: () => clearInterval(timer),
	};
}

/** 0 to 99, the same for a person at every rollout: people of a smaller share are among those of a larger one. */
export const toPlace = (userId: string): number =>
	createHash("sha256").update(`routing policy of ${userId}`).digest().readUInt32BE() % 100;

function parsePolicy(given: unknown, hasModel: (id: string) => boolean): RoutingPolicy {
	const parsed = routingPolicy.safeParse(given);
	const issues = parsed.success
		? findUnknown(parsed.data, hasModel)
		: parsed.error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
	if (!parsed.success || issues.length > 0)
		throw new AppError("invalid_request", issues.join("; "), { details: { issues } });
	return parsed.data;
}

const findUnknown = (
	{ small, strong, judge, shadow }: RoutingPolicy,
	hasModel: (id: string) => boolean,
): string[] =>
	[...small, ...strong, ...(judge ? [judge.model] : []), ...(shadow ? [shadow.judge] : [])]
		.filter((id) => !hasModel(id))
		.map((id) => `there is no model "${id}" here`);

async function readInForce({ orm }: Pick<DatabaseOrTransaction, "orm">): Promise<InForce[]> {
	const rows = await orm
		.select()
		.from(routingPolicies)
		.where(and(isNotNull(routingPolicies.publishedAt), isNull(routingPolicies.withdrawnAt)))
		.orderBy(desc(routingPolicies.publishedAt), desc(routingPolicies.version));
	const all = rows.flatMap(({ version, policy, rolloutPercent }) => {
		// One that a newer version of the server has written is passed over.
		const parsed = routingPolicy.safeParse(policy);
		return parsed.success ? [{ version, policy: parsed.data, rolloutPercent }] : [];
	});
	return all;
}

async function storeDraft(tx: DatabaseOrTransaction, policy: RoutingPolicy, by: UserId | null): Promise<Row> {
	const [row] = await tx.orm.insert(routingPolicies).values({ policy, createdBy: by }).returning();
	if (!row) throw new Error("A policy that was just stored is missing.");
	await audit(tx, "routing.draft", row, by);
	return row;
}

async function publish(
	tx: DatabaseOrTransaction,
	{ version, rolloutPercent }: { version: number; rolloutPercent: number },
	{ by, hasModel }: { by: UserId | null; hasModel: (id: string) => boolean },
): Promise<Row> {
	const [found] = await tx.orm
		.select()
		.from(routingPolicies)
		.where(eq(routingPolicies.version, version))
		.for("update");
	if (!found) throw new AppError("not_found", `There is no routing policy ${version}.`);
	if (found.withdrawnAt !== null)
		throw new AppError("conflict", `Policy ${version} was withdrawn: draft it again to publish it.`);
	parsePolicy(found.policy, hasModel);
	const publishedAt = found.publishedAt ?? sql`now()`;
	const [row] = await tx.orm
		.update(routingPolicies)
		.set({ rolloutPercent, publishedAt })
		.where(eq(routingPolicies.version, version))
		.returning();
	if (!row) throw new Error("A policy that was just published is missing.");
	await audit(tx, "routing.publish", row, by);
	return row;
}

async function rollBack(tx: DatabaseOrTransaction, by: UserId | null): Promise<Row> {
	const [newest] = await readInForce(tx);
	if (!newest) throw new AppError("conflict", "No routing policy is in force.");
	const [row] = await tx.orm
		.update(routingPolicies)
		.set({ withdrawnAt: sql`now()` })
		.where(and(eq(routingPolicies.version, newest.version), isNull(routingPolicies.withdrawnAt)))
		.returning();
	if (!row) throw new AppError("conflict", "Another administrator has just withdrawn this policy.");
	await audit(tx, "routing.roll-back", row, by);
	return row;
}

const audit = (tx: DatabaseOrTransaction, action: string, row: Row, actorId: UserId | null) =>
	writeAudit(tx, {
		actorId,
		action,
		subject: `routing-policy:${row.version}`,
		details: { rolloutPercent: row.rolloutPercent, policy: row.policy },
	});

const toListed = (row: Row, inForce: readonly InForce[]): ListedPolicy => {
	// Those below a policy for everybody decide for none.
	const last = inForce.findIndex(({ rolloutPercent }) => rolloutPercent === 100);
	const deciding = inForce.slice(0, last < 0 ? undefined : last + 1);
	return {
		version: row.version,
		// As: only `storeDraft` writes here.
		policy: row.policy as RoutingPolicy,
		rolloutPercent: row.rolloutPercent,
		createdAt: row.createdAt.toISOString(),
		publishedAt: row.publishedAt?.toISOString() ?? null,
		withdrawnAt: row.withdrawnAt?.toISOString() ?? null,
		isInForce: deciding.some(({ version }) => version === row.version),
	};
};

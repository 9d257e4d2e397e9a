import type { Sql } from "postgres";
import { createId } from "../contract/ids.ts";

/** Who changes something: an administrator, or null for the command line. */
export type Actor = string | null;

export interface AuditLine {
	readonly actorId: Actor;
	/** `noun.verb`, such as `plan.set`. */
	readonly action: string;
	/** What was changed: `plan:pro`, `user:<id>`. */
	readonly subject: string;
	/** Plain JSON; big integers as decimal strings. Never a secret. */
	readonly details: Readonly<Record<string, unknown>>;
}

export interface ListedAuditLine extends AuditLine {
	readonly id: string;
	readonly createdAt: string;
}

/** Writes the line in the transaction that makes the change. */
export async function writeAudit(tx: Sql, { actorId, action, subject, details }: AuditLine): Promise<void> {
	await tx`
		insert into audit_log (id, actor_id, action, subject, details)
		values (${createId<string>()}, ${actorId}, ${action}, ${subject}, ${JSON.stringify(details)}::text::json)`;
}

/** Newest first, from the line before `beforeId`. */
export async function listAudit(
	sql: Sql,
	page: { readonly beforeId?: string | undefined; readonly limit: number },
): Promise<ListedAuditLine[]> {
	const rows = await sql<(AuditLine & { id: string; createdAt: Date })[]>`
		select id, actor_id as "actorId", action, subject, coalesce(details, '{}') as details, created_at as "createdAt"
		from audit_log where ${page.beforeId ?? null}::uuid is null or id < ${page.beforeId ?? null}::uuid
		order by id desc limit ${page.limit}`;
	return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

import { desc, lt } from "drizzle-orm";
import { auditLog } from "../../drizzle/schema/index.ts";
import { createId } from "../contract/ids.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";

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

type Orm = Pick<DatabaseOrTransaction, "orm">;

/** Writes the line in the transaction that makes the change. */
export async function writeAudit(tx: Orm, line: AuditLine): Promise<void> {
	await tx.orm.insert(auditLog).values({ id: createId<string>(), ...line });
}

/** Newest first, from the line before `beforeId`. */
export async function listAudit(
	db: Orm,
	{ beforeId, limit }: { readonly beforeId?: string | undefined; readonly limit: number },
): Promise<ListedAuditLine[]> {
	const rows = await db.orm
		.select()
		.from(auditLog)
		.where(beforeId === undefined ? undefined : lt(auditLog.id, beforeId))
		.orderBy(desc(auditLog.id))
		.limit(limit);
	return rows.map(({ details, createdAt, ...row }) => ({
		...row,
		details: toDetails(details),
		createdAt: createdAt.toISOString(),
	}));
}

/** The column holds what `writeAudit` has stored, or nothing. */
const toDetails = (stored: unknown): AuditLine["details"] =>
	typeof stored === "object" && stored !== null ? { ...stored } : {};

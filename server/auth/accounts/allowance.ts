import { createHmac } from "node:crypto";
import { sql } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../../db/index.ts";

type Orm = Pick<DatabaseOrTransaction, "orm">;

/**
 * A key for an email address that outlives the account: the same for every spelling of the mailbox, and useless without the
 * server's secret.
 */
export function toEmailKey(email: string, secret: string): string {
	return createHmac("sha256", secret).update(`allowance\n${email.trim().toLowerCase()}`).digest("base64url");
}

/** Stores what an account that is being deleted used in the current periods. Call it in the deletion's transaction. */
export async function keepAllowance(tx: Orm, userId: string, emailKey: string): Promise<void> {
	await tx.orm.execute(sql`select keep_allowance(${userId}, ${emailKey})`);
}

/** Counts for a new account what deleted accounts of its address used in the current periods. */
export async function carryAllowance(tx: Orm, userId: string, emailKey: string): Promise<void> {
	await tx.orm.execute(sql`select carry_allowance(${userId}, ${emailKey})`);
}

import { createHmac } from "node:crypto";
import { sql } from "drizzle-orm";
import type { AuthDb } from "./users.ts";

/**
 * A name for an e-mail address that outlives the account: the same for every spelling of the mailbox, and of no use to anybody
 * without the server's secret.
 */
export function toEmailKey(email: string, secret: string): string {
	return createHmac("sha256", secret).update(`allowance\n${email.trim().toLowerCase()}`).digest("base64url");
}

/** Notes what somebody who is about to go used in the periods that run. In the deletion's transaction. */
export async function keepAllowance(tx: AuthDb, userId: string, emailKey: string): Promise<void> {
	await tx.orm.execute(sql`select keep_allowance(${userId}, ${emailKey})`);
}

/** Counts for a new account what deleted ones of its address used in the periods that run. */
export async function carryAllowance(tx: AuthDb, userId: string, emailKey: string): Promise<void> {
	await tx.orm.execute(sql`select carry_allowance(${userId}, ${emailKey})`);
}

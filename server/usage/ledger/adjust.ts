import { createHash } from "node:crypto";
import type { Sql } from "postgres";
import * as z from "zod";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { AppError } from "../../contract/errors.ts";
import { createId, userId } from "../../contract/ids.ts";
import { wellFormedText } from "../../contract/text.ts";

/** A sum with its sign, in nano-dollars: below zero the person is given, above zero charged. At most a million dollars. */
export const signedNanoUsd = z
	.string()
	.regex(/^-?[1-9]\d{0,15}$/, "must be whole nano-dollars, not 0, at most a million dollars")
	.refine(
		(text) => BigInt(text) <= amountMax && BigInt(text) >= -amountMax,
		"must be at most a million dollars",
	);
const amountMax = 1_000_000_000_000_000n;

export const reasonText = wellFormedText({ min: 1, max: 500 }).refine(
	(text) => text.trim() !== "",
	"A reason needs a word.",
);

/** What an administrator posts on somebody's account. A grant is given ahead, an adjustment puts something right. */
export const adjustment = z
	.object({ userId, kind: z.enum(["grant", "adjustment"]), amountNanoUsd: signedNanoUsd, reason: reasonText })
	.refine(({ kind, amountNanoUsd }) => kind !== "grant" || amountNanoUsd.startsWith("-"), {
		path: ["amountNanoUsd"],
		message: "a grant is below zero: it is what the person need not pay",
	});
export type Adjustment = z.infer<typeof adjustment>;

export interface PostedLine {
	/** Of the line on the person's account. */
	readonly ledgerId: string;
	readonly userId: string;
	readonly kind: Adjustment["kind"];
	readonly amountNanoUsd: string;
}

/**
 * Posts a signed line on somebody's account and its opposite on the house's, so that the ledger as a whole stays what providers
 * ask. It counts as used (or as used the less) in the person's current day and month. The same `requestKey` of the same
 * administrator again posts nothing and answers the same.
 *
 * @throws AppError `not_found`; `idempotency_conflict` when the key named something else before.
 */
export async function postAdjustment(
	sql: Sql,
	{ userId, kind, amountNanoUsd, reason }: Adjustment,
	{ by, requestKey }: { readonly by: Actor; readonly requestKey: string | null },
): Promise<PostedLine> {
	const ledgerId = requestKey === null ? createId<string>() : toLineId(`${by}:${requestKey}`);
	return await sql.begin(async (transaction) => {
		const tx = transaction as unknown as Sql;
		const known = await tx`select from users where id = ${userId} for key share`;
		if (known.length === 0) throw new AppError("not_found", "There is no such user.");
		const made = await tx`
			insert into ledger (id, account, user_id, kind, amount_nano_usd, reason, created_by)
			values (${ledgerId}, 'user', ${userId}, ${kind}, ${amountNanoUsd}::text::bigint, ${reason}, ${by})
			on conflict (id) do nothing returning id`;
		const posted = { ledgerId, userId, kind, amountNanoUsd };
		if (made.length === 0) {
			await requireSame(tx, { ...posted, reason });
			return posted;
		}
		await tx`
			insert into ledger (id, account, user_id, kind, amount_nano_usd, reason, created_by)
			values (${createId<string>()}, 'house', ${userId}, ${kind}, -${amountNanoUsd}::text::bigint, ${reason}, ${by})`;
		await tx`select post_to_quota(${userId}, ${amountNanoUsd}::text::bigint)`;
		await writeAudit(tx, {
			...{ actorId: by, action: `usage.${kind}`, subject: `user:${userId}` },
			details: { ledgerId, amountNanoUsd, reason },
		});
		return posted;
	});
}

async function requireSame(tx: Sql, line: PostedLine & { reason: string }): Promise<void> {
	const same = await tx`
		select from ledger where id = ${line.ledgerId} and user_id = ${line.userId} and kind = ${line.kind}
			and amount_nano_usd = ${line.amountNanoUsd}::text::bigint and reason = ${line.reason}`;
	if (same.length === 0)
		throw new AppError("idempotency_conflict", "This key was used before, for something else.");
}

/** A line's id that follows from the request's name: a UUID of version 8 (RFC 9562), made of a hash. */
function toLineId(name: string): string {
	const hex = createHash("sha256").update(`parley.adjustment:${name}`).digest("hex");
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

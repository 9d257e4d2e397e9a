import { createHash } from "node:crypto";
import { and, eq } from "drizzle-orm";
import * as z from "zod";
import { ledger, users } from "../../../drizzle/schema/index.ts";
import { type Actor, writeAudit } from "../../audit/index.ts";
import { AppError } from "../../contract/errors.ts";
import { createId, userId } from "../../contract/ids.ts";
import { wellFormedText } from "../../contract/text.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";

/** A sum with its sign, in nano-dollars: below zero is a credit, above zero a charge. At most a million dollars. */
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

/** What an administrator posts on a person's account. A grant is given in advance, an adjustment corrects something. */
export const adjustment = z
	.object({ userId, kind: z.enum(["grant", "adjustment"]), amountNanoUsd: signedNanoUsd, reason: reasonText })
	.refine(({ kind, amountNanoUsd }) => kind !== "grant" || amountNanoUsd.startsWith("-"), {
		path: ["amountNanoUsd"],
		message: "a grant is below zero: it is what the person does not have to pay",
	});
export type Adjustment = z.infer<typeof adjustment>;

export interface PostedLine {
	/** The id of the line on the person's account. */
	readonly ledgerId: string;
	readonly userId: string;
	readonly kind: Adjustment["kind"];
	readonly amountNanoUsd: string;
}

/**
 * Posts a signed line on a person's account and its opposite on the server's, so that the whole ledger stays what providers
 * charge. It counts as used (a credit as unused) in the person's current day and month. A second call with the same `requestKey` by
 * the same administrator posts nothing and returns the same.
 *
 * @throws AppError `not_found`; `idempotency_conflict` when the key was used for another line.
 */
export async function postAdjustment(
	db: DatabaseOrTransaction,
	{ userId, kind, amountNanoUsd, reason }: Adjustment,
	{ by, requestKey }: { readonly by: Actor; readonly requestKey: string | null },
): Promise<PostedLine> {
	const ledgerId = requestKey === null ? createId<string>() : toLineId(`${by}:${requestKey}`);
	const posted = { ledgerId, userId, kind, amountNanoUsd };
	const line = { userId, kind, amountNanoUsd: BigInt(amountNanoUsd), reason, createdBy: by };
	return await inTransaction(db, async (tx) => {
		const known = await tx.orm
			.select({ id: users.id })
			.from(users)
			.where(eq(users.id, userId))
			.for("key share");
		if (known.length === 0) throw new AppError("not_found", "There is no such user.");
		const made = await tx.orm
			.insert(ledger)
			.values({ id: ledgerId, account: "user", ...line })
			.onConflictDoNothing({ target: ledger.id })
			.returning({ id: ledger.id });
		if (made.length === 0) {
			await requireSame(tx, { ...posted, reason });
			return posted;
		}
		const opposite = { ...line, account: "house" as const, amountNanoUsd: -line.amountNanoUsd };
		await tx.orm.insert(ledger).values({ id: createId<string>(), ...opposite });
		await tx.sql`select post_to_quota(${userId}, ${amountNanoUsd}::text::bigint)`;
		await writeAudit(tx, {
			actorId: by,
			action: `usage.${kind}`,
			subject: `user:${userId}`,
			details: { ledgerId, amountNanoUsd, reason },
		});
		return posted;
	});
}

async function requireSame(
	{ orm }: DatabaseOrTransaction,
	line: PostedLine & { reason: string },
): Promise<void> {
	const isSame = and(
		eq(ledger.id, line.ledgerId),
		eq(ledger.userId, line.userId),
		eq(ledger.kind, line.kind),
		eq(ledger.amountNanoUsd, BigInt(line.amountNanoUsd)),
		eq(ledger.reason, line.reason),
	);
	const same = await orm.select({ id: ledger.id }).from(ledger).where(isSame);
	if (same.length === 0)
		throw new AppError("idempotency_conflict", "This key was used before, for something else.");
}

/** A line's id that follows from the request's name: a UUID of version 8 (RFC 9562), made of a hash. */
function toLineId(name: string): string {
	const hex = createHash("sha256").update(`parley.adjustment:${name}`).digest("hex");
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

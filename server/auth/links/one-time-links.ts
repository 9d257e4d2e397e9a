import { createHash, createHmac, randomBytes } from "node:crypto";
import { and, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { oneTimeLinks, users } from "../../../drizzle/schema/index.ts";
import { AppError } from "../../contract/errors.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import type { Role } from "../viewer.ts";

export type LinkPurpose = "setup" | "invite" | "reset";

export interface OneTimeLink {
	/** Names the link in the audit log; opens nothing. */
	readonly linkId: string;
	readonly url: string;
	readonly expiresAt: Date;
}

export interface NewLink {
	readonly purpose: LinkPurpose;
	/** Where people reach this server, without a slash at the end. */
	readonly publicUrl: string;
	/**
	 * The administrator who made it: it works only as long as this account is an active administrator's. Absent for links of
	 * the command line, of the start card and of people who asked for an email.
	 */
	readonly createdBy?: string | null;
	/** Reset: whose password. */
	readonly userId?: string;
	/** Invitation: the only address it admits. Reset: the address it was sent to, and thereby proves. */
	readonly email?: string;
	/** Invitation: the role it gives; `user` when absent. */
	readonly role?: Role;
	/** Any number of requests with one idempotency key make one link, and all get it: its token is derived from the key. */
	readonly request?: NamedRequest | null;
	/** How long it works; by default 60 minutes, for an invitation 7 days. */
	readonly lifetimeMs?: number;
}

/** Who asked, with which idempotency key, and the server's secret, without which no token can be derived from a key. */
export interface NamedRequest {
	readonly by: string;
	readonly idempotencyKey: string;
	readonly secret: string;
}

export type LinkRow = typeof oneTimeLinks.$inferSelect;

const minuteMs = 60_000;
const lifetimeMsOf: Record<LinkPurpose, number> = {
	setup: 60 * minuteMs,
	reset: 60 * minuteMs,
	invite: 7 * 24 * 60 * minuteMs,
};
const pathOf: Record<LinkPurpose, string> = { setup: "/setup", invite: "/sign-up", reset: "/reset" };

const toTokenHash = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Not used, not expired, and its maker may still make such links. */
const isOpen = (purpose: LinkPurpose, which: SQL | undefined) =>
	and(
		which,
		eq(oneTimeLinks.purpose, purpose),
		isNull(oneTimeLinks.usedAt),
		gt(oneTimeLinks.expiresAt, sql`now()`),
		or(
			isNull(oneTimeLinks.createdBy),
			sql`exists (select from ${users} as maker where maker.id = ${oneTimeLinks.createdBy}
				and maker.role = 'admin' and maker.suspended_at is null and maker.deleting_at is null)`,
		),
	);

const hasToken = (token: string) => eq(oneTimeLinks.tokenHash, toTokenHash(token));

/**
 * Makes a link that works once. The token is 256 random bits and only its SHA-256 is stored, so a copy of the database opens
 * nothing. Times are the database's. A new set-up link replaces the older ones.
 *
 * @throws AppError `idempotency_conflict` when the idempotency key was used for another link.
 */
export async function createOneTimeLink(
	db: DatabaseOrTransaction,
	link: NewLink,
): Promise<OneTimeLink & { isReplay: boolean }> {
	const token = link.request ? toToken(link.request) : randomBytes(32).toString("base64url");
	const lifetimeMs = link.lifetimeMs ?? lifetimeMsOf[link.purpose];
	const inserted = await inTransaction(db, async ({ orm }) => {
		await orm.delete(oneTimeLinks).where(lt(oneTimeLinks.expiresAt, sql`now() - interval '30 days'`));
		if (link.purpose === "setup") await orm.delete(oneTimeLinks).where(eq(oneTimeLinks.purpose, "setup"));
		const [row] = await orm
			.insert(oneTimeLinks)
			.values({
				tokenHash: toTokenHash(token),
				purpose: link.purpose,
				createdBy: link.createdBy ?? null,
				userId: link.userId ?? null,
				email: link.email ?? null,
				role: link.role ?? null,
				expiresAt: sql`now() + ${lifetimeMs} * interval '1 millisecond'`,
			})
			.onConflictDoNothing()
			.returning();
		return row;
	});
	const { id, expiresAt } = inserted ?? (await findEarlier(db, link, token));
	return {
		linkId: id,
		url: `${link.publicUrl}${pathOf[link.purpose]}?token=${token}`,
		expiresAt,
		isReplay: inserted === undefined,
	};
}

function toToken({ by, idempotencyKey, secret }: NamedRequest): string {
	return createHmac("sha256", secret).update(`one-time link\n${by}\n${idempotencyKey}`).digest("base64url");
}

/** The link that an earlier request with the same idempotency key made. */
async function findEarlier(db: DatabaseOrTransaction, link: NewLink, token: string): Promise<LinkRow> {
	const [earlier] = await db.orm.select().from(oneTimeLinks).where(hasToken(token));
	const isSame =
		earlier?.purpose === link.purpose &&
		earlier.userId === (link.userId ?? null) &&
		earlier.email === (link.email ?? null) &&
		earlier.role === (link.role ?? null);
	if (!earlier || !isSame)
		throw new AppError("idempotency_conflict", "This Idempotency-Key was used before, for something else.");
	return earlier;
}

/** The link if it still works; looking does not use it up. */
export async function findLink(
	db: DatabaseOrTransaction,
	purpose: LinkPurpose,
	token: string,
): Promise<LinkRow | null> {
	const [row] = await db.orm
		.select()
		.from(oneTimeLinks)
		.where(isOpen(purpose, hasToken(token)))
		.limit(1);
	return row ?? null;
}

/** Like `findLink`, but throws `not_found` with `details.reason` `link_invalid`. */
export async function getLink(
	db: DatabaseOrTransaction,
	purpose: LinkPurpose,
	token: string,
): Promise<LinkRow> {
	return (await findLink(db, purpose, token)) ?? refuseLink();
}

/** Uses the link up: of any number of concurrent callers one gets it, the others `not_found`. A rollback gives it back. */
export async function takeLink(
	tx: DatabaseOrTransaction,
	purpose: LinkPurpose,
	token: string,
): Promise<LinkRow> {
	const [row] = await tx.orm
		.update(oneTimeLinks)
		.set({ usedAt: sql`now()` })
		.where(isOpen(purpose, hasToken(token)))
		.returning();
	return row ?? refuseLink();
}

/** Uses up an open invitation that names this address; null when there is none. */
export async function takeInvitationFor(tx: DatabaseOrTransaction, email: string): Promise<LinkRow | null> {
	const open = tx.orm
		.select({ tokenHash: oneTimeLinks.tokenHash })
		.from(oneTimeLinks)
		.where(isOpen("invite", eq(sql`lower(${oneTimeLinks.email})`, sql`lower(${email})`)))
		.orderBy(oneTimeLinks.createdAt)
		.limit(1)
		.for("update", { skipLocked: true });
	const [row] = await tx.orm
		.update(oneTimeLinks)
		.set({ usedAt: sql`now()` })
		.where(eq(oneTimeLinks.tokenHash, sql`(${open})`))
		.returning();
	return row ?? null;
}

/** After a reset no older link may change the password again. */
export async function deleteResetLinks(tx: DatabaseOrTransaction, userId: string): Promise<void> {
	await tx.orm
		.delete(oneTimeLinks)
		.where(
			and(eq(oneTimeLinks.purpose, "reset"), eq(oneTimeLinks.userId, userId), isNull(oneTimeLinks.usedAt)),
		);
}

/** Removes the open links of someone who is no administrator any more, so that a later promotion does not revive them. */
export async function deleteOpenLinksBy(tx: DatabaseOrTransaction, createdBy: string): Promise<void> {
	await tx.orm
		.delete(oneTimeLinks)
		.where(and(eq(oneTimeLinks.createdBy, createdBy), isNull(oneTimeLinks.usedAt)));
}

/** Removes every open link, as after a restore: the links that are open in a backup may have been used since. */
export async function deleteOpenLinks({ orm }: Pick<DatabaseOrTransaction, "orm">): Promise<void> {
	await orm.delete(oneTimeLinks).where(isNull(oneTimeLinks.usedAt));
}

function refuseLink(): never {
	throw new AppError("not_found", "This link has expired or was used before.", {
		details: { field: "token", reason: "link_invalid" },
	});
}

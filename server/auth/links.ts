import { createHash, randomBytes } from "node:crypto";
import { and, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { oneTimeLinks } from "../../drizzle/schema/index.ts";
import { AppError } from "../errors.ts";
import type { AuthDb } from "./users.ts";
import type { Role } from "./viewer.ts";

export type LinkPurpose = "setup" | "invite" | "reset";

export interface OneTimeLink {
	readonly url: string;
	readonly expiresAt: Date;
}

export interface NewLink {
	readonly purpose: LinkPurpose;
	/** Where people reach this server, without a slash at the end. */
	readonly publicUrl: string;
	/** Reset: whose password. */
	readonly userId?: string;
	/** Invitation: the only address it admits. Reset: the address it was mailed to, and thereby proves. */
	readonly email?: string;
	/** Invitation: the role it gives; `user` when absent. */
	readonly role?: Role;
	/** How long it works; by default 60 minutes, for an invitation 7 days. */
	readonly lifetimeMs?: number;
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

const isOpen = (token: string, purpose: LinkPurpose) =>
	and(
		eq(oneTimeLinks.tokenHash, toTokenHash(token)),
		eq(oneTimeLinks.purpose, purpose),
		isNull(oneTimeLinks.usedAt),
		gt(oneTimeLinks.expiresAt, sql`now()`),
	);

/**
 * Makes a link that works once. The token is 256 random bits and is kept only as its SHA-256, so a copy of the database
 * opens nothing. Times are the database's. A new set-up link replaces the older ones.
 */
export async function createOneTimeLink(db: AuthDb, link: NewLink): Promise<OneTimeLink> {
	const token = randomBytes(32).toString("base64url");
	const lifetimeMs = link.lifetimeMs ?? lifetimeMsOf[link.purpose];
	const row = await db.orm.transaction(async (tx) => {
		await tx.delete(oneTimeLinks).where(lt(oneTimeLinks.expiresAt, sql`now() - interval '30 days'`));
		if (link.purpose === "setup") await tx.delete(oneTimeLinks).where(eq(oneTimeLinks.purpose, "setup"));
		const [inserted] = await tx
			.insert(oneTimeLinks)
			.values({
				tokenHash: toTokenHash(token),
				purpose: link.purpose,
				userId: link.userId ?? null,
				email: link.email ?? null,
				role: link.role ?? null,
				expiresAt: sql`now() + ${lifetimeMs} * interval '1 millisecond'`,
			})
			.returning({ expiresAt: oneTimeLinks.expiresAt });
		return inserted;
	});
	if (!row) throw new AppError("internal", "The database kept no link.");
	return { url: `${link.publicUrl}${pathOf[link.purpose]}?token=${token}`, expiresAt: row.expiresAt };
}

/** The link if it still works; looking does not use it up. */
export async function findLink(db: AuthDb, purpose: LinkPurpose, token: string): Promise<LinkRow | null> {
	const [row] = await db.orm.select().from(oneTimeLinks).where(isOpen(token, purpose)).limit(1);
	return row ?? null;
}

/** Like `findLink`, but throws `not_found` with `details.reason` `link_invalid`. */
export async function getLink(db: AuthDb, purpose: LinkPurpose, token: string): Promise<LinkRow> {
	return (await findLink(db, purpose, token)) ?? refuseLink();
}

/** Uses the link up: of any number of callers at once one gets it, the others `not_found`. A rollback gives it back. */
export async function takeLink(tx: AuthDb, purpose: LinkPurpose, token: string): Promise<LinkRow> {
	const [row] = await tx.orm
		.update(oneTimeLinks)
		.set({ usedAt: sql`now()` })
		.where(isOpen(token, purpose))
		.returning();
	return row ?? refuseLink();
}

/** Uses up an open invitation that names this address; null when there is none. */
export async function takeInvitationFor(tx: AuthDb, email: string): Promise<LinkRow | null> {
	const open = tx.orm
		.select({ tokenHash: oneTimeLinks.tokenHash })
		.from(oneTimeLinks)
		.where(
			and(
				eq(oneTimeLinks.purpose, "invite"),
				eq(sql`lower(${oneTimeLinks.email})`, sql`lower(${email})`),
				isNull(oneTimeLinks.usedAt),
				gt(oneTimeLinks.expiresAt, sql`now()`),
			),
		)
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
export async function deleteResetLinks(tx: AuthDb, userId: string): Promise<void> {
	await tx.orm
		.delete(oneTimeLinks)
		.where(
			and(eq(oneTimeLinks.purpose, "reset"), eq(oneTimeLinks.userId, userId), isNull(oneTimeLinks.usedAt)),
		);
}

function refuseLink(): never {
	throw new AppError("not_found", "This link has expired or was used before.", {
		details: { field: "token", reason: "link_invalid" },
	});
}

import { createHash, createHmac, randomBytes } from "node:crypto";
import { and, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { oneTimeLinks } from "../../../drizzle/schema/index.ts";
import { AppError } from "../../contract/errors.ts";
import type { AuthDb } from "../accounts/users.ts";
import type { Role } from "../viewer.ts";

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
	/** Of any number of requests under one name, one makes a link and all get it: its token follows from the name. */
	readonly request?: NamedRequest | null;
	/** How long it works; by default 60 minutes, for an invitation 7 days. */
	readonly lifetimeMs?: number;
}

/** Who asked, under which name, and the server's secret, which alone makes tokens from names. */
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

const isOpen = (token: string, purpose: LinkPurpose) =>
	and(
		eq(oneTimeLinks.tokenHash, toTokenHash(token)),
		eq(oneTimeLinks.purpose, purpose),
		isNull(oneTimeLinks.usedAt),
		gt(oneTimeLinks.expiresAt, sql`now()`),
	);

/**
 * Makes a link that works once. The token is 256 random bits and is kept only as its SHA-256, so a copy of the database
 * opens nothing. Times are the database's. A new set-up link replaces the older ones. Throws `idempotency_conflict` when the
 * request's name was used for another link.
 */
export async function createOneTimeLink(
	db: AuthDb,
	link: NewLink,
): Promise<OneTimeLink & { isReplay: boolean }> {
	const token = link.request ? toToken(link.request) : randomBytes(32).toString("base64url");
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
			.onConflictDoNothing()
			.returning({ expiresAt: oneTimeLinks.expiresAt });
		return inserted;
	});
	const { expiresAt } = row ?? (await findTwin(db, link, token));
	return {
		url: `${link.publicUrl}${pathOf[link.purpose]}?token=${token}`,
		expiresAt,
		isReplay: row === undefined,
	};
}

function toToken({ by, idempotencyKey, secret }: NamedRequest): string {
	return createHmac("sha256", secret).update(`one-time link\n${by}\n${idempotencyKey}`).digest("base64url");
}

/** The link that an earlier request under the same name made. */
async function findTwin(db: AuthDb, link: NewLink, token: string): Promise<LinkRow> {
	const [twin] = await db.orm
		.select()
		.from(oneTimeLinks)
		.where(eq(oneTimeLinks.tokenHash, toTokenHash(token)));
	const isSame =
		twin?.purpose === link.purpose &&
		twin.userId === (link.userId ?? null) &&
		twin.email === (link.email ?? null) &&
		twin.role === (link.role ?? null);
	if (!twin || !isSame)
		throw new AppError("idempotency_conflict", "This Idempotency-Key was used before, for something else.");
	return twin;
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

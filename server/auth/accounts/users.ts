import { and, desc, eq, isNull, lt, ne, or, sql } from "drizzle-orm";
import { plans, users } from "../../../drizzle/schema/index.ts";
import { AppError } from "../../contract/errors.ts";
import { createId, type UserId } from "../../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import type { Role, Viewer } from "../viewer.ts";
import { carryAllowance, toEmailKey } from "./allowance.ts";

/** What the stores of this room need for typed queries: the database, or a transaction of it. */
type Orm = Pick<DatabaseOrTransaction, "orm">;

/** An account as administrators and its owner may see it: nothing here is secret. */
export interface UserAccount {
	readonly userId: UserId;
	readonly email: string;
	readonly isEmailVerified: boolean;
	readonly name: string;
	readonly hasPassword: boolean;
	readonly role: Role;
	readonly plan: string;
	readonly suspendedAt: Date | null;
	readonly createdAt: Date;
}

export type UserRow = typeof users.$inferSelect;

/** An account whose content is being removed is found nowhere. */
const isThere = isNull(users.deletingAt);
const hasEmail = (email: string) => and(eq(sql`lower(${users.email})`, sql`lower(${email})`), isThere);

export async function findUserByEmail(db: Orm, email: string): Promise<UserRow | null> {
	const [row] = await db.orm.select().from(users).where(hasEmail(email)).limit(1);
	return row ?? null;
}

export async function findUserById(db: Orm, userId: string): Promise<UserRow | null> {
	const [row] = await db.orm
		.select()
		.from(users)
		.where(and(eq(users.id, userId), isThere))
		.limit(1);
	return row ?? null;
}

/** The id of the account with this email address or id. @throws AppError `not_found`. */
export async function getUserId(db: Orm, emailOrId: string): Promise<UserId> {
	const isGiven = or(hasEmail(emailOrId), and(eq(sql`${users.id}::text`, emailOrId.toLowerCase()), isThere));
	const [row] = await db.orm.select({ id: users.id }).from(users).where(isGiven).limit(1);
	if (row) return row.id as UserId;
	throw new AppError("not_found", `There is no account ${emailOrId}`);
}

/** Throws `not_found`. */
export async function getUser(db: Orm, userId: string): Promise<UserRow> {
	const row = await findUserById(db, userId);
	if (!row) throw new AppError("not_found", "There is no such user.");
	return row;
}

export interface NewUser {
	readonly email: string;
	readonly name?: string;
	readonly passwordHash: string | null;
	readonly role: Role;
	readonly plan?: string;
	readonly isEmailVerified?: boolean;
}

/** The plan of new accounts, and that of the first administrator, who is the owner of the installation. */
const planOf = { everyone: "free", owner: "unlimited" } as const;

/**
 * Throws `conflict` with `details.reason` `email_taken`. A missing name becomes the part of the address before the @. What a
 * deleted account of the same address used is counted for the new one, when the server's secret is known.
 */
export async function insertUser(db: Orm, user: NewUser, secret: string | null): Promise<UserRow> {
	return await inTransaction(db, async (tx) => {
		const isOwner = user.role === "admin" && !(await hasAdministrator(tx));
		const plan = user.plan ?? (isOwner ? planOf.owner : planOf.everyone);
		const row = await insertRow(tx, { ...user, plan });
		if (secret !== null) await carryAllowance(tx, row.id, toEmailKey(user.email, secret));
		return row;
	});
}

async function insertRow(tx: Orm, user: NewUser & { plan: string }): Promise<UserRow> {
	const [row] = await tx.orm
		.insert(users)
		.values({
			id: createId<UserId>(),
			email: user.email,
			emailVerifiedAt: user.isEmailVerified ? sql`now()` : null,
			name: user.name?.trim() || (user.email.split("@")[0] ?? user.email),
			passwordHash: user.passwordHash,
			role: user.role,
			plan: user.plan,
		})
		.onConflictDoNothing()
		.returning();
	if (row) return row;
	throw new AppError("conflict", "There is an account with this email address already.", {
		details: { field: "email", reason: "email_taken" },
	});
}

/** Newest first. `afterId` is the last id of the page before; without a limit all accounts. */
export async function listUsers(
	db: Orm,
	page: { afterId?: string | undefined; limit?: number } = {},
): Promise<UserAccount[]> {
	const query = db.orm
		.select()
		.from(users)
		.where(and(isThere, page.afterId ? lt(users.id, page.afterId) : undefined))
		.orderBy(desc(users.id));
	const rows = await (page.limit === undefined ? query : query.limit(page.limit));
	return rows.map(toUserAccount);
}

export async function hasAdministrator(db: Orm): Promise<boolean> {
	const rows = await db.orm.select({ id: users.id }).from(users).where(eq(users.role, "admin")).limit(1);
	return rows.length > 0;
}

/**
 * Serialises changes to who is an administrator until the transaction ends: "the first" and "the last" depend on all rows,
 * which row locks cannot protect.
 */
export async function lockAdministrators(tx: Orm): Promise<void> {
	await tx.orm.execute(sql`select pg_advisory_xact_lock(hashtextextended('parley.administrators', 0))`);
}

/** Throws `conflict` with `details.reason` `last_administrator`. Call after `lockAdministrators`. */
export async function requireOtherAdministrator(tx: Orm, userId: string): Promise<void> {
	const others = await tx.orm
		.select({ id: users.id })
		.from(users)
		.where(and(eq(users.role, "admin"), isNull(users.suspendedAt), ne(users.id, userId)))
		.limit(1);
	if (others.length > 0) return;
	throw new AppError("conflict", "This is the last administrator.", {
		details: { reason: "last_administrator" },
	});
}

/** @throws AppError `invalid_request` when there is no such plan: an account on it would silently have the limits of `free`. */
export async function requirePlan({ orm }: Orm, plan: string): Promise<void> {
	const found = await orm.select({ id: plans.id }).from(plans).where(eq(plans.id, plan));
	if (found.length > 0) return;
	throw new AppError("invalid_request", `There is no plan "${plan}".`, { details: { field: "plan" } });
}

/** Writes what is given. Throws `not_found`. */
export async function updateUser(
	db: Orm,
	userId: string,
	change: Partial<Pick<UserRow, "name" | "role" | "plan" | "passwordHash">> & {
		endsSessions?: boolean;
		verifiesEmail?: boolean;
		isSuspended?: boolean;
	},
): Promise<UserRow> {
	const { endsSessions, verifiesEmail, isSuspended, ...columns } = change;
	const [row] = await db.orm
		.update(users)
		.set({
			...columns,
			...(endsSessions && { sessionEpoch: sql`${users.sessionEpoch} + 1` }),
			...(verifiesEmail && { emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, now())` }),
			...(isSuspended !== undefined && {
				suspendedAt: isSuspended ? sql`coalesce(${users.suspendedAt}, now())` : null,
			}),
		})
		.where(eq(users.id, userId))
		.returning();
	if (!row) throw new AppError("not_found", "There is no such user.");
	return row;
}

/** Replaces a hash unless the password changed in the meantime. */
export async function replacePasswordHash(db: Orm, user: UserRow, passwordHash: string): Promise<void> {
	await db.orm
		.update(users)
		.set({ passwordHash })
		.where(and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash ?? "")));
}

export const toUserAccount = (row: UserRow): UserAccount => ({
	userId: row.id as UserId,
	email: row.email,
	isEmailVerified: row.emailVerifiedAt !== null,
	name: row.name,
	hasPassword: row.passwordHash !== null,
	role: row.role,
	plan: row.plan,
	suspendedAt: row.suspendedAt,
	createdAt: row.createdAt,
});

export const toViewer = (row: UserRow): Viewer => ({
	userId: row.id as UserId,
	email: row.email,
	name: row.name,
	role: row.role,
	plan: row.plan,
	sessionEpoch: row.sessionEpoch,
});

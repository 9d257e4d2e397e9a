import { and, desc, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import type * as z from "zod";
import { apiKeys, users } from "../../drizzle/schema/index.ts";
import { type Actor, writeAudit } from "../audit/index.ts";
import { AppError } from "../contract/errors.ts";
import { createId, type UserId } from "../contract/ids.ts";
import type { KeyScope } from "../contract/kinds.ts";
import { type DatabaseOrTransaction, inTransaction } from "../db/index.ts";
import type { newKey } from "./fields.ts";
import { createPublicId, createSecret, toKeyText, toSecretHash } from "./key-text.ts";

type Orm = Pick<DatabaseOrTransaction, "orm">;
type KeyRow = typeof apiKeys.$inferSelect;

/** A key as its owner and administrators may see it: nothing here is secret. */
export interface ListedKey {
	readonly keyId: string;
	readonly publicId: string;
	readonly userId: string;
	/** The owner's email address. */
	readonly email: string;
	readonly name: string;
	readonly scopes: KeyScope[];
	readonly createdAt: string;
	readonly expiresAt: string | null;
	readonly revokedAt: string | null;
	/** At most a minute late; null: never. */
	readonly lastUsedAt: string | null;
	/** Until when the secret before the last rotation is valid, while it is. */
	readonly formerExpiresAt: string | null;
	readonly requestsPerMinute: number | null;
	readonly parallelMax: number | null;
	/** Nano-dollars as a decimal string. */
	readonly nanoUsdPerMonth: string | null;
}

/** A key that was just made or rotated: the only time that it is shown. */
export interface MadeKey extends ListedKey {
	readonly key: string;
}

export type NewKey = z.output<typeof newKey> & { readonly userId: UserId; readonly by: Actor };

/** Which key is changed, and by whom; `ownerId` is null for an administrator, who may change everyone's. */
export interface KeyChange {
	readonly keyId: string;
	readonly ownerId: UserId | null;
	readonly by: Actor;
}

/** Keys of one person that are valid at the same time. */
const activeMax = 50;

const isActive = and(
	isNull(apiKeys.revokedAt),
	or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
);

/** @throws AppError `conflict` (`too_many_keys`), `not_found` when there is no such account. */
export async function createKey(db: Orm, { userId, by, expiresInDays, ...key }: NewKey): Promise<MadeKey> {
	const made = { publicId: createPublicId(), secret: createSecret() };
	return await inTransaction(db, async (tx) => {
		const owner = and(eq(users.id, userId), isNull(users.deletingAt));
		// Locks the account, so that the keys are counted one request after another.
		const [user] = await tx.orm.select({ email: users.email }).from(users).where(owner).for("update");
		if (!user) throw new AppError("not_found", "There is no such user.");
		if ((await tx.orm.$count(apiKeys, and(eq(apiKeys.userId, userId), isActive))) >= activeMax)
			throw new AppError(
				"conflict",
				`At most ${activeMax} keys of one person may be valid: revoke one first.`,
				{
					details: { reason: "too_many_keys" },
				},
			);
		const [row] = await tx.orm
			.insert(apiKeys)
			.values({
				...key,
				id: createId<string>(),
				userId,
				publicId: made.publicId,
				secretHash: toSecretHash(made.secret),
				nanoUsdPerMonth: key.nanoUsdPerMonth === null ? null : BigInt(key.nanoUsdPerMonth),
				expiresAt: expiresInDays === null ? null : sql`now() + ${expiresInDays} * interval '1 day'`,
			})
			.returning();
		const listed = toListed(row as KeyRow, user.email);
		await writeAudit(tx, { actorId: by, action: "key.create", ...toAudited(listed) });
		return { ...listed, key: toKeyText(made) };
	});
}

/** Newest first, from the one before `beforeId`; of one person, or of everyone. */
export async function listKeys(
	db: Orm,
	{ ownerId, beforeId, limit }: { ownerId: UserId | null; beforeId?: string | undefined; limit: number },
): Promise<ListedKey[]> {
	const rows = await db.orm
		.select({ key: apiKeys, email: users.email })
		.from(apiKeys)
		.innerJoin(users, eq(users.id, apiKeys.userId))
		.where(
			and(
				ownerId === null ? undefined : eq(apiKeys.userId, ownerId),
				beforeId === undefined ? undefined : lt(apiKeys.id, beforeId),
			),
		)
		.orderBy(desc(apiKeys.id))
		.limit(limit);
	return rows.map(({ key, email }) => toListed(key, email));
}

/**
 * Gives a key another secret. The former one stays valid for the overlap, so that a running app can be given the new one; a second
 * rotation ends it.
 *
 * @throws AppError `not_found`, also for the key of another person; `conflict` (`key_ended`).
 */
export async function rotateKey(
	db: Orm,
	change: KeyChange,
	{ overlapHours }: { readonly overlapHours: number },
): Promise<MadeKey> {
	const secret = createSecret();
	return await inTransaction(db, async (tx) => {
		await requireActive(tx, change);
		const rotated = await update(tx, change.keyId, {
			secretHash: toSecretHash(secret),
			formerSecretHash: sql`${apiKeys.secretHash}`,
			formerExpiresAt: sql`now() + ${overlapHours} * interval '1 hour'`,
		});
		await writeAudit(tx, {
			actorId: change.by,
			action: "key.rotate",
			...toAudited(rotated, { overlapHours }),
		});
		return { ...rotated, key: toKeyText({ publicId: rotated.publicId, secret }) };
	});
}

/** Ends a key for good. One that has ended already stays as it is. @throws AppError `not_found`. */
export async function revokeKey(db: Orm, change: KeyChange): Promise<ListedKey> {
	return await inTransaction(db, async (tx) => {
		const before = await lock(tx, change);
		if (before.revokedAt !== null) return await update(tx, change.keyId, { revokedAt: before.revokedAt });
		const revoked = await update(tx, change.keyId, { revokedAt: sql`now()` });
		await writeAudit(tx, { actorId: change.by, action: "key.revoke", ...toAudited(revoked) });
		return revoked;
	});
}

/** Revokes everyone's keys, as after a restore: a key that was revoked since the backup must not come back. */
export async function revokeAllKeys({ orm }: Orm): Promise<void> {
	await orm.update(apiKeys).set({ revokedAt: sql`now()` }).where(isNull(apiKeys.revokedAt));
}

/** In the transaction that deletes their account. */
export async function deleteKeysOf(tx: Orm, userId: string): Promise<void> {
	await tx.orm.delete(apiKeys).where(eq(apiKeys.userId, userId));
}

async function requireActive(tx: Orm, change: KeyChange): Promise<void> {
	await lock(tx, change);
	const isThat = and(eq(apiKeys.id, change.keyId), isActive);
	if ((await tx.orm.$count(apiKeys, isThat)) === 0)
		throw new AppError("conflict", "This key was revoked or has expired: make another one.", {
			details: { reason: "key_ended" },
		});
}

async function lock(tx: Orm, { keyId, ownerId }: KeyChange): Promise<KeyRow> {
	const isTheirs = ownerId === null ? undefined : eq(apiKeys.userId, ownerId);
	const [row] = await tx.orm
		.select()
		.from(apiKeys)
		.where(and(eq(apiKeys.id, keyId), isTheirs))
		.for("update");
	if (row) return row;
	throw new AppError("not_found", "There is no such key.");
}

type Columns = Parameters<ReturnType<Orm["orm"]["update"]>["set"]>[0];

async function update(tx: Orm, keyId: string, columns: Columns): Promise<ListedKey> {
	const [row] = await tx.orm.update(apiKeys).set(columns).where(eq(apiKeys.id, keyId)).returning();
	const { userId } = row as KeyRow;
	const [user] = await tx.orm.select({ email: users.email }).from(users).where(eq(users.id, userId));
	return toListed(row as KeyRow, user?.email ?? "");
}

function toListed(row: KeyRow, email: string): ListedKey {
	const { id, publicId, userId, name, scopes, requestsPerMinute, parallelMax } = row;
	const formerEndsAt = row.formerSecretHash === null ? null : row.formerExpiresAt;
	return {
		keyId: id,
		publicId,
		userId,
		email,
		name,
		scopes,
		createdAt: row.createdAt.toISOString(),
		expiresAt: row.expiresAt?.toISOString() ?? null,
		revokedAt: row.revokedAt?.toISOString() ?? null,
		lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
		formerExpiresAt: formerEndsAt?.toISOString() ?? null,
		requestsPerMinute,
		parallelMax,
		nanoUsdPerMonth: row.nanoUsdPerMonth?.toString() ?? null,
	};
}

const toAudited = (
	{ publicId, userId, name, scopes, expiresAt, requestsPerMinute, parallelMax, nanoUsdPerMonth }: ListedKey,
	more: Record<string, number> = {},
) => ({
	subject: `key:${publicId}`,
	details: {
		userId,
		name,
		scopes,
		expiresAt,
		requestsPerMinute,
		parallelMax,
		nanoUsdPerMonth,
		...more,
	},
});

import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { accountNotices } from "../../../drizzle/schema/index.ts";
import { createId } from "../../contract/ids.ts";
import type { DatabaseOrTransaction } from "../../db/index.ts";

/** Something that happened to an account and that its owner has to see on the next page. */
export interface AccountNotice {
	readonly noticeId: string;
	/** `reset_link_created`: an administrator made a link with which a new password can be set. */
	readonly kind: (typeof accountNotices.$inferSelect)["kind"];
	readonly createdAt: Date;
}

/** Notices shown at a time; more of one kind say nothing more. */
const noticesMax = 20;

export async function addNotice(
	tx: Pick<DatabaseOrTransaction, "orm">,
	userId: string,
	kind: AccountNotice["kind"],
): Promise<void> {
	await tx.orm.insert(accountNotices).values({ id: createId<string>(), userId, kind });
}

/** What the person has not dismissed yet, oldest first. */
export async function listNotices(
	db: Pick<DatabaseOrTransaction, "orm">,
	userId: string,
): Promise<AccountNotice[]> {
	return await db.orm
		.select({
			noticeId: accountNotices.id,
			kind: accountNotices.kind,
			createdAt: accountNotices.createdAt,
		})
		.from(accountNotices)
		.where(and(eq(accountNotices.userId, userId), isNull(accountNotices.dismissedAt)))
		.orderBy(asc(accountNotices.id))
		.limit(noticesMax);
}

/** Dismissing twice is dismissing once; another person's notice stays. */
export async function dismissNotice(
	db: Pick<DatabaseOrTransaction, "orm">,
	{ userId, noticeId }: { userId: string; noticeId: string },
): Promise<void> {
	await db.orm
		.update(accountNotices)
		.set({ dismissedAt: sql`now()` })
		.where(and(eq(accountNotices.id, noticeId), eq(accountNotices.userId, userId)));
}

import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import { threads } from "../../drizzle/schema/index.ts";
import { AppError } from "../contract/errors.ts";
import type { MessageId, ThreadId, UserId } from "../contract/ids.ts";
import type { ContextSettings } from "../contract/sent-context.ts";
import type { Publish, ViewerEvent } from "../contract/viewer-event.ts";
import type { DatabaseOrTransaction } from "../db/index.ts";
import { listThreads } from "./list-threads.ts";
import { type PinChange, type PinLimits, setPin } from "./pins.ts";
import { readThreadContext } from "./read-context.ts";
import { readThread } from "./read-thread.ts";
import { searchThreads } from "./search/search.ts";
import { selectBranch } from "./select-branch.ts";

/** A deleted thread can be restored for this long; an hour later it is removed for good. The page that deletes says so. */
export const trashDays = 30;

export type Threads = ReturnType<typeof createThreads>;
type Change = Extract<ViewerEvent, { type: "thread-change" }>["change"];

const isOf = (userId: UserId, threadId: ThreadId) =>
	and(eq(threads.id, threadId), eq(threads.userId, userId));
const restorableSince = sql`now() - ${trashDays} * interval '1 day'`;

/** A person's conversations. Every function takes the owner; the thread of another person is `not_found`. */
export function createThreads({ publish, ...db }: DatabaseOrTransaction & { readonly publish: Publish }) {
	function toChanged(userId: UserId, threadId: ThreadId, change: Change, rows: readonly object[]) {
		if (rows.length === 0) throw new AppError("not_found", "There is no such conversation.");
		publish(userId, { type: "thread-change", threadId, change });
		return { threadId };
	}

	return {
		list: (userId: UserId, page: { cursor?: string; limit: number }) => listThreads(db, userId, page),
		get: (userId: UserId, page: { threadId: ThreadId; cursor?: string; limit: number }) =>
			readThread(db, userId, page),
		search: (userId: UserId, page: { query: string; cursor?: string; limit: number }) =>
			searchThreads(db, userId, page),

		/** A title chosen by the person is never overwritten by a generated one. */
		async rename(userId: UserId, { threadId, title }: { threadId: ThreadId; title: string }) {
			const rows = await db.orm
				.update(threads)
				.set({ title: title.trim(), titleSource: "manual" })
				.where(and(isOf(userId, threadId), isNull(threads.deletedAt)))
				.returning({ id: threads.id });
			return toChanged(userId, threadId, "renamed", rows);
		},

		/** How the thread's context is chosen from its next request on; a field that is left out keeps its value. */
		async setContext(
			userId: UserId,
			{ threadId, strategy, tokensMax }: { threadId: ThreadId } & Partial<ContextSettings>,
		) {
			const rows = await db.orm
				.update(threads)
				.set({
					contextStrategy: strategy === undefined ? sql`${threads.contextStrategy}` : strategy,
					contextTokensMax: tokensMax === undefined ? sql`${threads.contextTokensMax}` : tokensMax,
				})
				.where(and(isOf(userId, threadId), isNull(threads.deletedAt)))
				.returning({ strategy: threads.contextStrategy, tokensMax: threads.contextTokensMax });
			toChanged(userId, threadId, "context", rows);
			return { strategy: rows[0]?.strategy ?? null, tokensMax: rows[0]?.tokensMax ?? null };
		},

		context: (userId: UserId, of: { threadId: ThreadId; tokensMax: number }) =>
			readThreadContext(db.sql, userId, of),

		/** A pinned message is sent with every request of its branch. @throws AppError as `setPin` */
		async setPin(userId: UserId, change: PinChange & PinLimits) {
			const pinned = await setPin(db, userId, change);
			publish(userId, { type: "thread-change", threadId: change.threadId, change: "context" });
			return pinned;
		},

		/**
		 * Hides threads; `restore` brings one back within the trash time. Deleting twice is deleting once. Returns those that are
		 * the person's. @throws AppError `not_found` when none of them is.
		 */
		async delete(userId: UserId, threadIds: readonly ThreadId[]) {
			const rows = await db.orm
				.update(threads)
				.set({ deletedAt: sql`coalesce(${threads.deletedAt}, now())` })
				.where(and(inArray(threads.id, [...threadIds]), eq(threads.userId, userId)))
				.returning({ id: sql<ThreadId>`${threads.id}` });
			if (rows.length === 0) throw new AppError("not_found", "There is no such conversation.");
			for (const { id } of rows) publish(userId, { type: "thread-change", threadId: id, change: "deleted" });
			return { threadIds: rows.map(({ id }) => id) };
		},

		async restore(userId: UserId, threadId: ThreadId) {
			const isRestorable = or(isNull(threads.deletedAt), gt(threads.deletedAt, restorableSince));
			const rows = await db.orm
				.update(threads)
				.set({ deletedAt: null })
				.where(and(isOf(userId, threadId), isRestorable))
				.returning({ id: threads.id });
			return toChanged(userId, threadId, "restored", rows);
		},

		/** Shows the branch through a message from now on: down to its newest descendant. */
		async selectBranch(userId: UserId, branch: { threadId: ThreadId; messageId: MessageId }) {
			return toChanged(userId, branch.threadId, "branch", await selectBranch(db.sql, userId, branch));
		},
	};
}

/** Showing another branch. Hand-written SQL: a walk down the tree of messages, and its end becomes the thread's. */
import type { Sql } from "postgres";
import type { MessageId, ThreadId, UserId } from "../contract/ids.ts";

/** From now on the thread shows the branch through this message, down to its newest descendant. No row when it is not theirs. */
export async function selectBranch(
	sql: Sql,
	userId: UserId,
	{ threadId, messageId }: { threadId: ThreadId; messageId: MessageId },
): Promise<readonly object[]> {
	return await sql`
		with recursive below as (
			select messages.id, 1 as depth from messages join threads on threads.id = messages.thread_id
			where messages.id = ${messageId} and threads.id = ${threadId} and user_id = ${userId}
				and deleted_at is null
			union all
			select child.id, depth + 1 from below cross join lateral (
				select id from messages where thread_id = ${threadId} and parent_id = below.id order by id desc limit 1
			) as child
		)
		update threads set active_leaf_id = (select id from below order by depth desc limit 1)
		where id = ${threadId} and user_id = ${userId} and exists (select from below) returning id`;
}

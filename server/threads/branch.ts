import type { Sql } from "postgres";
import type { MessageId, ThreadId, UserId } from "../contract/ids.ts";
import type { ModelMessage } from "../contract/turn.ts";

/**
 * What a message takes of the budget beside its text: at least this much counts against any window for its role and
 * separators, so that a walk over very short messages ends, too.
 */
const charactersPerMessage = 14;

/**
 * The end of the conversation up to and including a message, oldest first; answers without a word are left out. It is
 * read from that message upwards until `charactersMax` (code points) are passed, so that a thread costs what a model can
 * read of it, however long it is. The message that passes the budget is included: whoever fits these messages into a
 * window of at most that size leaves at least one out exactly when the conversation has older ones.
 */
export async function readBranch(
	sql: Sql,
	messageId: MessageId,
	charactersMax: number,
): Promise<ModelMessage[]> {
	return await sql<ModelMessage[]>`
		with recursive branch as (
			select id, parent_id, role, text, 1 as depth,
				case when text = '' then 0 else char_length(text) + ${charactersPerMessage}::int end as characters
			from messages where id = ${messageId}
			union all
			select older.id, older.parent_id, older.role, older.text, depth + 1,
				characters + case when older.text = '' then 0 else char_length(older.text) + ${charactersPerMessage}::int end
			from messages as older join branch on older.id = branch.parent_id
			where characters <= ${charactersMax}::bigint
		)
		select role, text from branch where text <> '' order by depth desc`;
}

/** Where a conversation is read from: one of its messages, or the end of the branch viewed last. */
export type BranchEnd = { readonly messageId: MessageId } | { readonly threadId: ThreadId };

/** As `readBranch`, for its owner alone: nothing when the message or the thread is not there or somebody else's. */
export async function readOwnBranch(
	sql: Sql,
	userId: UserId,
	{ from, charactersMax }: { from: BranchEnd; charactersMax: number },
): Promise<ModelMessage[]> {
	const [end] =
		"messageId" in from
			? await sql<{ id: MessageId }[]>`
				select messages.id from messages join threads on threads.id = thread_id
				where messages.id = ${from.messageId} and user_id = ${userId} and deleted_at is null`
			: await sql<{ id: MessageId }[]>`
				select active_leaf_id as id from threads
				where id = ${from.threadId} and user_id = ${userId} and deleted_at is null`;
	return end ? await readBranch(sql, end.id, charactersMax) : [];
}

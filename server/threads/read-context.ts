/** What a thread's context consists of. Hand-written SQL: the branch viewed last, its stored token counts and the pins, in one statement. */
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import type { ThreadId, UserId } from "../contract/ids.ts";
import type { ContextStrategy } from "../contract/kinds.ts";
import type { ContextSettings } from "../contract/sent-context.ts";
import { toBranchRows, toTokens } from "./branch.ts";
import { toPlanStrategy } from "./read-conversation.ts";

export interface PinnedMessage {
	readonly messageId: string;
	readonly role: "user" | "assistant";
	/** Its first characters, on one line. */
	readonly text: string;
	readonly tokens: number;
}

export interface ThreadContext extends ContextSettings {
	/** The strategy of the person's plan; null: `auto`. */
	readonly planStrategy: ContextStrategy | null;
	/** Of the branch viewed last, as far back as was asked. */
	readonly tokens: number;
	/** What stands for the older messages of that branch, where the strategy is `summary`; null: nothing. */
	readonly summary: { readonly summaryId: string; readonly text: string; readonly tokens: number } | null;
	readonly pins: readonly PinnedMessage[];
}

const pinCharacters = 160;
/** About so many bytes of a message that was never counted. */
const bytesPerToken = 3.5;

/**
 * The settings of a thread's context, how many tokens its conversation has, counted back until `tokensMax` are passed, and its pins, oldest first.
 *
 * @throws AppError `not_found`, also for the thread of another person.
 */
export async function readThreadContext(
	sql: Sql,
	userId: UserId,
	{ threadId, tokensMax }: { threadId: ThreadId; tokensMax: number },
): Promise<ThreadContext> {
	const [row] = await sql<ThreadContext[]>`
		select threads.context_strategy as strategy, context_tokens_max as "tokensMax",
			${toPlanStrategy(sql, userId)} as "planStrategy",
			tokens, summary,
			(select coalesce(json_agg(json_build_object('messageId', id, 'role', role, 'tokens', ${toTokens(sql, "most")},
				'text', regexp_replace(left(text, ${pinCharacters}), '\\s+', ' ', 'g')) order by id), '[]')
				from messages where thread_id = threads.id and pinned_at is not null) as pins
		from threads, lateral (
			with ${toBranchRows(sql, sql`threads.active_leaf_id`, tokensMax)}
			select (
				select coalesce(sum(coalesce(token_count, ceil(octet_length(text) / ${bytesPerToken}::float8) + 4)), 0)::float8
				from branch
			) as tokens, (
				select json_build_object('summaryId', id, 'text', text, 'tokens', tokens) from context_summaries
				where thread_id = threads.id and undone_at is null and through_message_id in (select id from steps)
				order by created_at desc, id desc limit 1
			) as summary
		) as branch_end
		where threads.id = ${threadId} and user_id = ${userId} and deleted_at is null`;
	if (!row) throw new AppError("not_found", "There is no such conversation.");
	return row;
}

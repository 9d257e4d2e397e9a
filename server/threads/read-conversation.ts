/**
 * Reading what a model is sent a part of: the branch, how its context is chosen, and what calls were sent of it before. Hand-written
 * SQL: one scalar expression, which the statement that accepts a turn includes.
 */
import type { Sql } from "postgres";
import type { ContextSummary, Conversation, SentBefore } from "../context/index.ts";
import type { MessageId, UserId } from "../contract/ids.ts";
import type { ContextStrategy } from "../contract/kinds.ts";
import { storedSent } from "../contract/sent-context.ts";
import { type BranchRow, type Fragment, toBranchRows, toConversationMessages } from "./branch.ts";

/** A conversation as the database has it. */
export interface ConversationRow {
	readonly messages: readonly BranchRow[];
	readonly threadStrategy: ContextStrategy | null;
	readonly planStrategy: ContextStrategy | null;
	readonly tokensMax: number | null;
	readonly summaries: readonly ContextSummary[];
	readonly before: readonly (Omit<SentBefore, "sent"> & { readonly sent: unknown })[];
}

/** Messages back from the end in which a call is looked for whose beginning a cache may have. */
const callsWithinMessages = 12;
const summariesMax = 3;

interface ConversationEnd {
	/** Scalar SQL expressions. The leaf may be null, for a new conversation. */
	readonly leaf: Fragment;
	readonly threadId: Fragment;
	readonly userId: UserId;
	/** Messages are read as far back as that many tokens reach. */
	readonly tokensMax: number;
}

/** A scalar expression: a `ConversationRow` as JSON. */
export function toConversationRow(sql: Sql, { leaf, threadId, userId, tokensMax }: ConversationEnd) {
	return sql`(
		with ${toBranchRows(sql, leaf, tokensMax)}
		select json_build_object(
			'messages', (
				select coalesce(json_agg(json_build_object('id', id, 'role', role, 'text', text, 'parts', parts,
					'tokenCount', token_count, 'tokenizer', tokenizer, 'isPinned', is_pinned) order by depth desc), '[]')
				from branch
			),
			'threadStrategy', (select context_strategy from threads where id = ${threadId}),
			'tokensMax', (select context_tokens_max from threads where id = ${threadId}),
			'planStrategy', ${toPlanStrategy(sql, userId)},
			'summaries', (
				select coalesce(json_agg(json_build_object('id', id, 'throughMessageId', through_message_id, 'text', text, 'tokens', tokens)
					order by created_at desc, id desc), '[]')
				from (
					select * from context_summaries
					where thread_id = ${threadId} and undone_at is null and through_message_id in (select id from steps)
					order by created_at desc, id desc limit ${summariesMax}
				) as newest
			),
			'before', (
				select coalesce(json_agg(json_build_object('modelId', model_id, 'lastMessageId', user_message_id,
					'ageMs', extract(epoch from clock_timestamp() - started_at)::float8 * 1000, 'sent', sent_context,
					'cachedTokens', cached_input_tokens + cache_write_tokens + coalesce(cache_write_1h_tokens, 0),
					'isCachedForAnHour', coalesce(cache_write_1h_tokens, 0) > 0)), '[]')
				from (
					select distinct on (model_calls.model_id) model_calls.*, turns.user_message_id
					from steps join turns on turns.user_message_id = steps.id join model_calls on turn_id = turns.id
					where depth <= ${callsWithinMessages} and purpose in ('answer', 'draft') and first_token_ms is not null
					order by model_calls.model_id, model_calls.started_at desc
				) as calls
			)
		)
	)`;
}

/** The strategy of a person's plan, a scalar expression; people without a plan of their own have the one called `free`. */
export const toPlanStrategy = (sql: Sql, userId: UserId) => sql`(
	select context_strategy from plans where plans.id = coalesce((
		select plans.id from users join plans on plans.id = users.plan where users.id = ${userId}
	), 'free'))`;

/** The strategy: what the request asks for, or else what the thread or the plan says. */
export const toStrategy = (
	asked: ContextStrategy | null,
	of: Pick<ConversationRow, "threadStrategy" | "planStrategy">,
): ContextStrategy => asked ?? of.threadStrategy ?? of.planStrategy ?? "auto";

export async function toConversation(
	row: ConversationRow,
	asked: ContextStrategy | null,
): Promise<Conversation> {
	return {
		messages: await toConversationMessages(row.messages),
		strategy: toStrategy(asked, row),
		tokensMax: row.tokensMax,
		summaries: row.summaries,
		before: row.before.flatMap((call) => {
			// What is not known, or what a newer server wrote, is no beginning that this one can repeat.
			const sent = storedSent.safeParse(call.sent);
			return sent.success ? [{ ...call, sent: sent.data }] : [];
		}),
	};
}

/** The conversation up to and including a message, as far back as that many tokens reach. */
export async function readConversation(
	sql: Sql,
	of: { readonly messageId: MessageId; readonly userId: UserId; readonly strategy: ContextStrategy | null },
	tokensMax: number,
): Promise<Conversation> {
	const { messageId, userId } = of;
	const leaf = sql`${messageId}::uuid`;
	const threadId = sql`(select thread_id from messages where messages.id = ${messageId}::uuid)`;
	const [{ row }] = await sql<[{ row: ConversationRow }]>`
		select ${toConversationRow(sql, { leaf, threadId, userId, tokensMax })} as row`;
	return await toConversation(row, of.strategy);
}

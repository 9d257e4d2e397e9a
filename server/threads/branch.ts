/**
 * Reading a conversation from one message upwards. Hand-written SQL: recursive, once for every turn, and bounded by what a
 * model can read of the branch, however long it is.
 */
import type { PendingQuery, Row, Sql } from "postgres";
import { type ConversationMessage, countMessageTokens, tokenizer, tokensPerImage } from "../context/index.ts";
import type { MessageId, ThreadId, UserId } from "../contract/ids.ts";
import { type MessagePart, messagePart, parseStoredParts } from "../contract/parts.ts";

/** A message of a branch as the database has it. */
export interface BranchRow {
	readonly id: string;
	readonly role: "system" | "user" | "assistant";
	readonly text: string;
	readonly parts: unknown;
	readonly tokenCount: number | null;
	readonly tokenizer: string | null;
	readonly isPinned: boolean;
}

/** Where a conversation is read from: one of its messages, or the end of the branch viewed last. */
export type BranchEnd = { readonly messageId: MessageId } | { readonly threadId: ThreadId };

/**
 * Tokens of the row of `messages` in scope: the stored count, or a bound from the bytes where the current tokenizer has not counted. No
 * encoding makes more tokens than there are bytes, and no language's text has more than twelve bytes for one. An image is counted as one,
 * whatever its bytes.
 */
export const toTokens = (sql: Sql, bound: "most" | "least") => sql`
	case when tokenizer = ${tokenizer} then token_count
		when text = '' and parts is null then 0
		else octet_length(text) / ${bound === "most" ? 1 : 12}::int + 4 + coalesce((
			select sum(case part ->> 'type' when 'image' then ${tokensPerImage}::int else octet_length(part::text) end)
			from jsonb_path_query(parts, '$.parts[*]') as part
			where part ->> 'type' in ${bound === "most" ? sql`('image', 'file', 'tool-call', 'tool-result')` : sql`('image')`}
		), 0) end`;

/**
 * Common table expressions: `branch` has the rows of the branch that ends with the message `leaf`, a scalar SQL expression; newest
 * first (`depth` from 1), until `tokensMax` are passed. The message that passes them is included, so that a reader who fits the rows
 * into a window of at most that size leaves at least one out exactly when the conversation has older ones. Of those the pinned ones
 * follow, however old. Answers without content are skipped.
 */
export function toBranchRows(sql: Sql, leaf: Fragment, tokensMax: number) {
	return sql`
		recursive steps as (
			select ${leaf} as id, 1 as depth, 0::bigint as passed
			union all
			select parent_id, depth + 1, passed + ${toTokens(sql, "least")}
			from steps join messages using (id)
			where parent_id is not null and (passed + ${toTokens(sql, "least")} <= ${tokensMax}::bigint or exists (
				select from messages as older where older.thread_id = messages.thread_id and older.pinned_at is not null
					and older.id < messages.id
			))
		), branch as (
			select id, role, text, parts, token_count, tokenizer, ${toTokens(sql, "most")} as tokens, depth,
				pinned_at is not null as is_pinned
			from steps join messages using (id)
			where (text <> '' or parts is not null) and (passed <= ${tokensMax}::bigint or pinned_at is not null)
		)`;
}

export type Fragment = PendingQuery<Row[]>;

/** The end of the conversation up to and including a message, oldest first, as far back as that many tokens reach. */
export async function readBranch(
	sql: Sql,
	messageId: MessageId,
	tokensMax: number,
): Promise<ConversationMessage[]> {
	const rows = await sql<BranchRow[]>`
		with ${toBranchRows(sql, sql`${messageId}::uuid`, tokensMax)}
		select id, role, text, parts, token_count as "tokenCount", tokenizer, is_pinned as "isPinned"
		from branch order by depth desc`;
	return await toConversationMessages(rows);
}

/** Counts what the current tokenizer has not counted. */
export async function toConversationMessages(rows: readonly BranchRow[]): Promise<ConversationMessage[]> {
	const messages: ConversationMessage[] = [];
	for (const row of rows) {
		const parts = parseStoredParts(row.parts, row.text);
		const stored = row.tokenizer === tokenizer ? row.tokenCount : null;
		const tokens = stored ?? (await countMessageTokens(parts));
		messages.push({ id: row.id, role: row.role, parts, tokens, ...(row.isPinned && { isPinned: true }) });
	}
	return messages;
}

/**
 * Counts the messages of a branch that the current tokenizer has not counted, and stores the counts: those that another version of the
 * server has stored. A branch is counted when its conversation goes on, once.
 */
export async function countBranch(
	sql: Sql,
	userId: UserId,
	by: { readonly from: BranchEnd; readonly tokensMax: number },
): Promise<void> {
	const rows = await sql<{ id: MessageId; text: string; parts: unknown }[]>`
		with ${toBranchRows(sql, toLeaf(sql, userId, by.from), by.tokensMax)}
		select id, text, parts from branch where tokenizer is distinct from ${tokenizer}`;
	const counts: number[] = [];
	for (const { text, parts } of rows) counts.push(await countMessageTokens(parseStoredParts(parts, text)));
	await sql`
		update messages set token_count = given.tokens, tokenizer = ${tokenizer}
		from unnest(${rows.map(({ id }) => id)}::uuid[], ${counts}::int[]) as given (id, tokens)
		where messages.id = given.id and tokenizer is distinct from ${tokenizer}`;
}

/** The message that a branch ends with; null when it, or its thread, is not the person's. */
const toLeaf = (sql: Sql, userId: UserId, from: BranchEnd) =>
	"messageId" in from
		? sql`(select messages.id from messages join threads on threads.id = thread_id
				where messages.id = ${from.messageId} and user_id = ${userId} and deleted_at is null)`
		: sql`(select active_leaf_id from threads
				where id = ${from.threadId} and user_id = ${userId} and deleted_at is null)`;

/**
 * How many tokens a conversation has, at most, and its last message, read from the counts that are stored with the messages, not from
 * their text; and the kinds of its parts other than text, each once, without their content (`toPartKinds` reads them). Of an answer that
 * is continued the text alone is sent, so its parts do not count. `uncounted` messages are bounded by their bytes. One row; the
 * numbers are 0 and the kinds null when the message or the thread is not the person's. Pinned tokens are those beside the last message that
 * is sent, which is the branch's own unless more is added.
 */
export function toBranchTokens(
	sql: Sql,
	userId: UserId,
	by: { from: BranchEnd; tokensMax: number; isLastContinued?: boolean | undefined; isLastSent?: boolean },
) {
	const { from, tokensMax, isLastContinued = false, isLastSent = false } = by;
	const thread =
		"messageId" in from
			? sql`threads where id = (select thread_id from messages where messages.id = ${from.messageId}) and user_id = ${userId}`
			: sql`threads where id = ${from.threadId} and user_id = ${userId}`;
	return sql`
		with ${toBranchRows(sql, toLeaf(sql, userId, from), tokensMax)}
		select coalesce(sum(tokens), 0)::float8 as all_tokens,
			coalesce(sum(tokens) filter (where depth = 1), 0)::float8 as last_tokens,
			coalesce(sum(tokens) filter (where is_pinned and depth > ${isLastSent ? 1 : 0}::int), 0)::float8 as pinned_tokens,
			count(*) filter (where tokenizer is distinct from ${tokenizer})::int as uncounted,
			jsonb_agg(distinct kinds) filter (where kinds is not null) as part_kinds,
			(select context_strategy from ${thread}) as thread_strategy,
			(select context_tokens_max from ${thread}) as context_tokens_max
		from branch, lateral (
			select jsonb_agg(jsonb_build_object('type', part -> 'type', 'mediaType', part -> 'mediaType',
				'source', jsonb_build_object('type', part #> '{source,type}'))) as kinds
			from jsonb_path_query(parts, '$.parts[*]') as part where part ->> 'type' <> 'text' and depth > ${isLastContinued ? 1 : 0}::int
		) as found`;
}

/** Kinds of parts as `toBranchTokens` gives them: enough of each to say which ability it needs. */
export function toPartKinds(kinds: unknown): MessagePart[] {
	if (!Array.isArray(kinds)) return [];
	// As: the type, the media type and where the bytes are say which ability is needed, and these are here.
	return kinds
		.flat()
		.map((kind) => (partTypes.has(kind?.type) ? (kind as MessagePart) : { type: "unknown" as const }));
}

const partTypes = new Set<unknown>(messagePart.options.map(({ shape }) => shape.type.value));

/**
 * Finding words in titles and messages. Hand-written SQL: the order of the steps bounds what a search reads, whatever the words and
 * however much its owner wrote.
 */
import type { Sql } from "postgres";
import type { UserId } from "../../contract/ids.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import { parseCursor, toCursor, toForgedCursor } from "../cursor.ts";
import { createSnippets, type SnippetRun } from "./snippet.ts";
import { toQueryTerms, toTsQuery } from "./terms.ts";

/** Of what was typed; a message that has these has nearly always the rest. */
const termsMax = 32;
/** Results that can be paged through; more are found with another word. */
const offsetMax = 200;
/** Messages that are looked at first, the newest: words that are everywhere are found among them. */
const newestMax = 500;
/** Matches among these with which a word is frequent: then the next messages are looked at one by one, too. */
const frequentMin = 25;
const nextMax = 4_500;
/** Matches that are ranked where these messages have too few. */
const matchesMax = 5_000;
const titlesMax = 1_000;
const statementMsMax = 2_000;
/** Characters of a message in which the place for the snippet is looked for. */
const snippetCharactersMax = 100_000;

interface SearchPage {
	readonly query: string;
	readonly cursor?: string;
	readonly limit: number;
}

export interface SearchHit {
	readonly threadId: string;
	readonly title: string;
	/** The newest message with all words; null when they stand in the title. */
	readonly messageId: string | null;
	/** When that message was written. */
	readonly writtenAt: string | null;
	readonly activeAt: string;
	readonly snippet: SnippetRun[];
}

/**
 * Threads of this person whose title or one of whose messages has everything that was typed, each word as the beginning of a word.
 * One hit a thread; the newest match first, where a title counts as new as its thread's last activity.
 *
 * @throws AppError `invalid_request` for a forged cursor; `storage_unavailable` when it takes longer than two seconds.
 */
export async function searchThreads(
	db: Pick<DatabaseOrTransaction, "orm">,
	userId: UserId,
	{ query, cursor, limit }: SearchPage,
): Promise<{ hits: SearchHit[]; nextCursor: string | null }> {
	const terms = toQueryTerms(query, termsMax);
	const offset = parseCursor(cursor, 1)?.[0] ?? 0;
	if (typeof offset !== "number" || !Number.isInteger(offset) || offset < 0 || offset > offsetMax)
		throw toForgedCursor();
	if (terms.length === 0) return { hits: [], nextCursor: null };
	const find = async ({ sql }: DatabaseOrTransaction) => {
		await sql`select set_config('statement_timeout', ${String(statementMsMax)}, true)`;
		return await findHits(sql, userId, { wanted: toTsQuery(terms, userId), offset, limit });
	};
	const rows = await inTransaction(db, find, { accessMode: "read only" });
	const toSnippet = createSnippets(terms);
	const hits: SearchHit[] = [];
	for (const { text, activeAt, writtenAt, ...hit } of rows.slice(0, limit))
		hits.push({
			...hit,
			activeAt: activeAt.toISOString(),
			writtenAt: writtenAt?.toISOString() ?? null,
			snippet: await toSnippet(text ?? hit.title),
		});
	const isMore = rows.length > limit && offset + limit <= offsetMax;
	return { hits, nextCursor: isMore ? toCursor([offset + limit]) : null };
}

interface HitRow {
	readonly threadId: string;
	readonly title: string;
	readonly activeAt: Date;
	readonly messageId: string | null;
	readonly writtenAt: Date | null;
	readonly text: string | null;
}

/**
 * The newest messages are read one by one, more of them for frequent words; only when fewer threads than wanted match there, the index
 * is asked for all the others. What the index has under the owner's tag is the owner's alone, but for one in four thousand million, whom `user_id` excludes.
 */
async function findHits(
	sql: Sql,
	userId: UserId,
	{ wanted, offset, limit }: { wanted: string; offset: number; limit: number },
): Promise<HitRow[]> {
	// In each place by itself, not from a CTE: the planner has to see the words to know that their index is the way.
	const matches = sql`terms @@ ${wanted}::tsquery and user_id = ${userId}`;
	const matchesNext = sql`next.terms @@ ${wanted}::tsquery`;
	const isShown = sql`user_id = ${userId} and deleted_at is null and origin = 'chat'`;
	// One look-up for each thread that matches: a join could also become a walk through all threads.
	const isOfShown = sql`(select ${isShown} from threads where threads.id = thread_id)`;
	const rowsMax = offset + limit + 1;
	return await sql<HitRow[]>`
		with newest as materialized (
			select thread_id, message_id, ${matches} as is_match from message_terms
			where user_id = ${userId} order by message_id desc limit ${newestMax}
		), spoken_first as materialized (
			select thread_id, message_id from (
				select distinct on (thread_id) thread_id, message_id from newest where is_match
				order by thread_id, message_id desc
			) as matching where ${isOfShown}
		), next as (
			select thread_id, message_id, terms from message_terms
			where user_id = ${userId} and message_id < (select message_id from newest order by message_id limit 1)
				and (select count(*) from newest where is_match) >= ${frequentMin}
				and (select count(*) from spoken_first) < ${rowsMax}
			order by message_id desc limit ${nextMax}
		), spoken_next as materialized (
			select thread_id, message_id from (
				select distinct on (thread_id) thread_id, message_id from next where ${matchesNext}
				order by thread_id, message_id desc
			) as matching where ${isOfShown}
		), spoken_lately as materialized (
			select distinct on (thread_id) thread_id, message_id
			from (table spoken_first union all table spoken_next) as matching
			order by thread_id, message_id desc
		), spoken_before as materialized (
			select thread_id, message_id from message_terms
			where (select count(*) from spoken_lately) < ${rowsMax} and ${matches}
			limit ${matchesMax}
		), spoken as (
			select distinct on (thread_id) thread_id, message_id
			from (table spoken_lately union all table spoken_before) as matching
			order by thread_id, message_id desc
		), titled as materialized (
			select thread_id, true as is_titled from title_terms where ${matches} limit ${titlesMax}
		), found as (
			select threads.id, title, active_at, message_id, greatest(message_id, case when is_titled then
				(lpad(to_hex((extract(epoch from active_at) * 1000)::bigint), 12, '0') || repeat('f', 20))::uuid end) as place
			from spoken full join titled using (thread_id) cross join lateral (
				select id, title, active_at from threads where threads.id = thread_id and ${isShown} limit 1
			) as threads
			order by place desc, threads.id desc limit ${limit + 1} offset ${offset}
		)
		select found.id as "threadId", title, active_at as "activeAt", message_id as "messageId",
			messages.created_at as "writtenAt", left(messages.text, ${snippetCharactersMax}) as text
		from found left join messages on messages.id = message_id
		order by place desc, found.id desc`;
}

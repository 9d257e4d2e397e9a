import type { Sql } from "postgres";
import type { UserId } from "../contract/ids.ts";
import { parseCursor, toCursor, toForgedCursor } from "./cursor.ts";

/** Marks around matches in ts_headline's answer; private-use characters, which no keyboard types. */
const markStart = "\uE000";
const markEnd = "\uE001";
const wordsMax = 12;
/** Results that can be paged through; more are found with another word. */
const offsetMax = 10_000;

interface HitRow {
	threadId: string;
	title: string;
	messageId: string | null;
	headline: string;
	activeAt: Date;
}

/** Every word must occur, each as the beginning of a word: results come as the person types. Operators mean nothing. */
export function toSearchQuery(query: string): string | null {
	const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu);
	return words
		? words
				.slice(0, wordsMax)
				.map((word) => `${word}:*`)
				.join(" & ")
		: null;
}

/** Threads whose title or text has all words; one hit a thread, the newest matching message, newest threads first. */
export async function searchThreads(
	sql: Sql,
	userId: UserId,
	{ query, cursor, limit }: { query: string; cursor?: string; limit: number },
) {
	const words = toSearchQuery(query);
	const offset = parseCursor(cursor, 1)?.[0] ?? 0;
	if (typeof offset !== "number" || !Number.isInteger(offset) || offset < 0 || offset > offsetMax)
		throw toForgedCursor();
	if (!words) return { hits: [], nextCursor: null };
	const options = `StartSel=${markStart}, StopSel=${markEnd}, MaxWords=28, MinWords=12, MaxFragments=1`;
	// In each place by itself, not from a CTE: the planner has to see the words to know that their index is the way.
	const wanted = sql`to_tsquery('simple', ${words})`;
	const rows = await sql<HitRow[]>`
		with spoken as (
			select distinct on (messages.thread_id) messages.thread_id, messages.id as message_id
			from messages join threads on threads.id = messages.thread_id
			where threads.user_id = ${userId} and deleted_at is null and origin = 'chat' and messages.search @@ ${wanted}
			order by messages.thread_id, messages.id desc
		), found as (
			select threads.id, title, active_at, spoken.message_id
			from threads left join spoken on spoken.thread_id = threads.id
			where user_id = ${userId} and deleted_at is null and origin = 'chat'
				and (spoken.message_id is not null or threads.search @@ ${wanted})
			order by active_at desc, threads.id desc limit ${limit + 1} offset ${offset}
		)
		select found.id as "threadId", title, message_id as "messageId", active_at as "activeAt",
			ts_headline('simple', left(coalesce(messages.text, title), 100000), ${wanted}, ${options}) as headline
		from found left join messages on messages.id = found.message_id
		order by active_at desc, found.id desc`;
	return {
		hits: rows.slice(0, limit).map(({ headline, activeAt, ...hit }) => ({
			...hit,
			activeAt: activeAt.toISOString(),
			snippet: toSnippet(headline),
		})),
		nextCursor: rows.length > limit && offset + limit <= offsetMax ? toCursor([offset + limit]) : null,
	};
}

/** Splits a marked headline into plain and matching runs. */
export function toSnippet(headline: string): { text: string; isMatch: boolean }[] {
	return headline
		.split(new RegExp(`(${markStart}[^${markEnd}]*${markEnd})`, "u"))
		.map((run) => ({
			text: run.replaceAll(markStart, "").replaceAll(markEnd, ""),
			isMatch: run.startsWith(markStart),
		}))
		.filter(({ text }) => text !== "");
}

/**
 * Cutting the terms of new texts, soon after they were stored. Hand-written SQL: an advisory lock, and lists of terms that become
 * tsvectors.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "pino";
import type { Sql } from "postgres";
import { messageCharactersMax } from "../../contract/limits.ts";
import { type DatabaseOrTransaction, inTransaction, toStorageError } from "../../db/index.ts";
import { toCanonical, toIndexTerms, toOwnerTag } from "./terms.ts";

/** Texts of one transaction. It holds no lock that any other statement waits for, but the removal of one of its messages. */
const textsMax = 200;
const bytesMax = 200_000;
/** One pass, while there are new texts; the next begins a second later. */
const passMsMax = 10_000;
/** Of a pass for texts that are older than the index, which nothing waits for. */
const olderMsMax = 300;
/** A tsvector holds 1 MB. */
const termBytesMax = 800_000;
/** Terms that are cut without giving others a turn: about a millisecond. */
const termsPerTurn = 2_000;

type Kind = "message" | "title";

interface Subject {
	/** The row of the queue. */
	readonly queueId: string;
	readonly kind: Kind;
	readonly id: string;
	readonly bytes: number;
}

/** Texts that are done together, and what the queue is to say then. */
interface Batch {
	readonly subjects: readonly Subject[];
	readonly isOlder: boolean;
	/** Takes them off the queue. */
	settle(tx: Sql): Promise<void>;
}

/** One text failed: the others must not wait for it. */
class TextError extends Error {
	readonly batch: Batch;

	constructor(batch: Batch, cause: unknown) {
		super("The terms of a text could not be stored.", { cause });
		this.batch = batch;
	}
}

/**
 * Cuts and stores the terms of texts that wait for it: the newest first, and those from before there was an index only while no
 * others wait. One process does it at a time. A text that fails is left out, with a line in the log.
 */
export async function indexTexts(db: DatabaseOrTransaction, log: Pick<Logger, "error">): Promise<void> {
	const startedAt = performance.now();
	for (;;) {
		const done = await indexSome(db, log);
		const tookMs = performance.now() - startedAt;
		if (done === "nothing" || tookMs > (done === "older" ? olderMsMax : passMsMax)) return;
	}
}

async function indexSome(
	db: DatabaseOrTransaction,
	log: Pick<Logger, "error">,
): Promise<"nothing" | "new" | "older"> {
	try {
		return await inBatch(db, textsMax, storeTerms);
	} catch (error) {
		if (isStorageAway(error)) throw error;
	}
	try {
		return await inBatch(db, 1, storeTerms);
	} catch (error) {
		if (!(error instanceof TextError) || isStorageAway(error.cause)) throw error;
		const [subject] = error.batch.subjects;
		log.error(
			{ event: "search.text_left_out", err: error.cause, kind: subject?.kind, id: subject?.id },
			"The terms of a text could not be stored: it is not found by search, and the others go on.",
		);
		await error.batch.settle(db.sql);
		return "new";
	}
}

/** A statement that took too long is no sign of it: the same text would take as long again. */
function isStorageAway(error: unknown): boolean {
	const cause = error instanceof TextError ? error.cause : error;
	const isTooSlow = cause instanceof Error && "code" in cause && cause.code === "57014";
	return !isTooSlow && toStorageError(cause) !== cause;
}

async function inBatch(
	db: DatabaseOrTransaction,
	max: number,
	store: (tx: Sql, subjects: readonly Subject[]) => Promise<void>,
): Promise<"nothing" | "new" | "older"> {
	return await inTransaction(db, async ({ sql: tx }) => {
		const [lock] = await tx`select pg_try_advisory_xact_lock(hashtext('parley.terms')) as is_mine`;
		const batch = lock?.is_mine === true ? await findBatch(tx, max) : null;
		if (!batch) return "nothing";
		try {
			await store(tx, batch.subjects);
			await batch.settle(tx);
		} catch (error) {
			throw new TextError(batch, error);
		}
		return batch.isOlder ? "older" : "new";
	});
}

async function findBatch(tx: Sql, max: number): Promise<Batch | null> {
	const queued = await tx<Subject[]>`
		select term_queue.id::text as "queueId", kind, subject_id as id,
			coalesce(octet_length(text), octet_length(title), 0) as bytes
		from term_queue
		left join messages on kind = 'message' and messages.id = subject_id
		left join threads on kind = 'title' and threads.id = subject_id
		where kind in ('message', 'title') order by term_queue.id desc limit ${max}`;
	if (queued.length === 0) return await findOlder(tx, max);
	const subjects = takeBytes(queued);
	const ids = subjects.map(({ queueId }) => queueId);
	return {
		subjects,
		isOlder: false,
		settle: async (sql) => void (await sql`delete from term_queue where id = any(${ids}::bigint[])`),
	};
}

/** From before there was an index, along the primary key; those that are known by now are passed over. */
async function findOlder(tx: Sql, max: number): Promise<Batch | null> {
	const [place] = await tx<{ queueId: string; kind: Kind; before: string }[]>`
		select id::text as "queueId", case kind when 'messages_before' then 'message' else 'title' end as kind, subject_id as before
		from term_queue order by id desc limit 1`;
	if (!place) return null;
	const { queueId, kind, before } = place;
	const rows =
		kind === "message"
			? await tx<(Subject & { isKnown: boolean })[]>`
				select ${queueId} as "queueId", 'message' as kind, id, octet_length(text) as bytes,
					text = '' or exists (select from message_terms where message_id = messages.id) as "isKnown"
				from messages where id < ${before} order by id desc limit ${max}`
			: await tx<(Subject & { isKnown: boolean })[]>`
				select ${queueId} as "queueId", 'title' as kind, id, octet_length(title) as bytes,
					exists (select from title_terms where thread_id = threads.id) as "isKnown"
				from threads where id < ${before} order by id desc limit ${max}`;
	const taken = takeBytes(rows);
	const last = taken.at(-1);
	return {
		subjects: taken.filter(({ isKnown }) => !isKnown),
		isOlder: true,
		settle: async (sql) =>
			void (last
				? await sql`update term_queue set subject_id = ${last.id} where id = ${queueId}`
				: await sql`delete from term_queue where id = ${queueId}`),
	};
}

/** The first ones, as many as have no more than the bytes of a batch; at least one. */
function takeBytes<Item extends { readonly bytes: number }>(items: readonly Item[]): Item[] {
	let bytes = 0;
	const end = items.findIndex((item, index) => {
		bytes += item.bytes;
		return index > 0 && bytes > bytesMax;
	});
	return end === -1 ? [...items] : items.slice(0, end);
}

interface TextRow {
	readonly threadId: string;
	readonly messageId: string | null;
	readonly userId: string;
	readonly text: string;
}

async function storeTerms(tx: Sql, subjects: readonly Subject[]): Promise<void> {
	const toIds = (wanted: Kind) => [
		...new Set(subjects.flatMap(({ kind, id }) => (kind === wanted ? [id] : []))),
	];
	const [messageIds, threadIds] = [toIds("message"), toIds("title")];
	const texts = await tx<TextRow[]>`
		select thread_id as "threadId", messages.id as "messageId", user_id as "userId", left(text, ${messageCharactersMax}) as text
		from messages join threads on threads.id = thread_id where messages.id = any(${messageIds}::uuid[]) and text <> ''
		union all
		select id, null, user_id, title from threads where id = any(${threadIds}::uuid[])`;
	const rows = [];
	for (const { text, ...row } of texts) rows.push({ ...row, terms: await collectTerms(text, row.userId) });
	const json = JSON.stringify(rows);
	await tx`
		insert into message_terms (message_id, thread_id, user_id, terms)
		select "messageId", "threadId", "userId", array_to_tsvector(string_to_array(terms, ' '))
		from json_to_recordset(${json}::text::json) as given ("messageId" uuid, "threadId" uuid, "userId" uuid, terms text)
		where "messageId" is not null
		on conflict (message_id) do update set terms = excluded.terms`;
	await tx`
		insert into title_terms (thread_id, user_id, terms)
		select "threadId", "userId", array_to_tsvector(string_to_array(terms, ' '))
		from json_to_recordset(${json}::text::json) as given ("messageId" uuid, "threadId" uuid, "userId" uuid, terms text)
		where "messageId" is null
		on conflict (thread_id) do update set terms = excluded.terms`;
}

/** The different terms of a text with the tag of their owner, with spaces between. */
async function collectTerms(text: string, userId: string): Promise<string> {
	const tag = toOwnerTag(userId);
	const terms = new Set<string>();
	let bytes = 0;
	let cut = 0;
	for (const { term } of toIndexTerms(toCanonical(text))) {
		if (++cut % termsPerTurn === 0) await nextTurn();
		if (terms.has(term)) continue;
		bytes += tag.length + Buffer.byteLength(term);
		if (bytes > termBytesMax) break;
		terms.add(term);
	}
	return [...terms].map((term) => tag + term).join(" ");
}

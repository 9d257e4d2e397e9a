import type { Sql } from "postgres";

/** The ids that statements are tried with. */
export interface Growth {
	/** Owns a tenth of everything. */
	readonly heaviestUserId: string;
	/** Owns as much as most. */
	readonly usualUserId: string;
	/** A thread and a turn of the usual person, in the middle of the time. */
	readonly threadId: string;
	readonly turnId: string;
}

/** Messages of a thread, half of them answers. */
const messagesPerThread = 20;
const eventsPerTurn = 40;

/**
 * Fills a migrated, empty database with a year of use: for `messages` messages half as many turns, as many model calls and twice as
 * many lines in the ledger, of 500 people or one for every thousand messages. The logs of a part of the turns are still there.
 * Statistics are current afterwards.
 */
export async function fillGrowth(sql: Sql, { messages }: { messages: number }): Promise<Growth> {
	const threads = Math.round(messages / messagesPerThread);
	const people = Math.max(500, Math.round(messages / 1_000));
	await sql.begin(async (transaction) => {
		// As: a transaction runs statements as its pool does.
		const tx = transaction as unknown as Sql;
		await tx.unsafe(makeIds);
		for (const table of ["threads", "messages"]) await tx.unsafe(`alter table ${table} disable trigger user`);
		const restore = await removeChecks(tx);
		await fillPeople(tx, people);
		await fillThreads(tx, { threads, people });
		await fillTerms(tx);
		await fillTurns(tx, threads);
		await fillMoney(tx);
		for (const table of ["threads", "messages"]) await tx.unsafe(`alter table ${table} enable trigger user`);
		await tx`delete from term_queue`;
		await restore();
	});
	await sql.unsafe("vacuum analyze");
	const [found] = await sql<[Growth]>`
		select user_name(1) as "heaviestUserId", user_name(5) as "usualUserId", turns.thread_id as "threadId", turns.id as "turnId"
		from turns join threads on threads.id = thread_id
		where turns.user_id = user_name(5) and deleted_at is null and origin = 'chat'
		order by started_at offset (select count(*) / 2 from threads where user_id = user_name(5)) limit 1`;
	return found;
}

/** Removes foreign keys and indexes, as to build them afterwards is much quicker. Returns what builds them. */
async function removeChecks(tx: Sql): Promise<() => Promise<void>> {
	const keys = await tx<{ owner: string; name: string; definition: string }[]>`
		select conrelid::regclass::text as owner, conname as name, pg_get_constraintdef(oid) as definition
		from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`;
	const indexes = await tx<{ name: string; definition: string }[]>`
		select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
		from pg_index join pg_class on pg_class.oid = indexrelid
		where relnamespace = 'public'::regnamespace and not exists (select from pg_constraint where conindid = indexrelid)`;
	for (const { owner, name } of keys) await tx.unsafe(`alter table ${owner} drop constraint "${name}"`);
	for (const { name } of indexes) await tx.unsafe(`drop index ${name}`);
	return async () => {
		for (const { definition } of indexes) await tx.unsafe(definition);
		for (const { owner, name, definition } of keys)
			await tx.unsafe(`alter table ${owner} add constraint "${name}" ${definition}`);
	};
}

/** Ids as the product makes them (UUID version 7), but of a time (ms since 1970) and a number that are given. */
const makeIds = `
	create function time_id(ms bigint, number bigint) returns uuid language sql immutable as $$
		select (lpad(to_hex(ms), 12, '0') || '7000a' || lpad(to_hex(number), 15, '0'))::uuid $$;
	create function to_ms(at timestamptz) returns bigint language sql stable as $$
		select (extract(epoch from at) * 1000)::bigint $$;
	create function user_name(number bigint) returns uuid language sql immutable as $$
		select time_id(1735689600000, number) $$`;

async function fillPeople(tx: Sql, people: number): Promise<void> {
	await tx`
		insert into users (id, email, name, role) select user_name(number), 'person' || number || '@example.com', 'Person', 'user'
		from generate_series(1, ${people}::int) as number`;
	await tx`
		insert into quota_buckets (key, used_nano_usd, used_tokens, used_requests)
		select 'user:' || user_name(number) || ':day:' || to_char(now() - day * interval '1 day', 'YYYY-MM-DD'), 1000, 10, 1
		from generate_series(1, ${people}::int) as number, generate_series(0, 49) as day`;
	await tx`
		insert into former_allowances (email_key, period, used_nano_usd, used_tokens, used_requests, updated_at)
		select md5(number::text), 'day:' || number % 100, 1, 1, 1, now() - number % 45 * interval '1 day'
		from generate_series(1, ${people * 10}::int) as number`;
	await tx`
		insert into audit_log (id, action, subject, created_at)
		select time_id(to_ms(now()) - number * 60000, number), 'plan.set', 'plan:free', now() - number * interval '1 minute'
		from generate_series(1, ${people * 10}::int) as number`;
}

/** A tenth of the threads is the first person's; each is a few minutes of a year. */
async function fillThreads(tx: Sql, { threads, people }: { threads: number; people: number }): Promise<void> {
	await tx`
		create temporary table growth on commit drop as
		select number, user_name(case when number % 10 = 0 then 1 else 2 + number % (${people}::int - 1) end) as user_id,
			begins_ms, to_timestamp(begins_ms / 1000.0) as begins_at, time_id(begins_ms, number) as thread_id
		from generate_series(1, ${threads}::int) as number, lateral (
			select to_ms(now() - interval '1 hour' - (${threads}::int - number) * interval '1 year' / ${threads}::int) as begins_ms
		) as time`;
	await tx`
		insert into threads (id, user_id, title, origin, created_at, active_at, deleted_at)
		select thread_id, user_id, 'thread about word' || number % 997, case when number % 7 = 0 then 'batch' else 'chat' end,
			begins_at, begins_at + interval '10 minutes', case when number % 11 = 0 then now() end from growth`;
	await tx`
		insert into messages (id, thread_id, parent_id, role, text, created_at)
		select time_id(begins_ms + place * 30000, number * 100 + place), thread_id,
			case when place > 0 then time_id(begins_ms + (place - 1) * 30000, number * 100 + place - 1) end,
			case place % 2 when 0 then 'user' else 'assistant' end,
			'some words in a row, then word' || (number * 31 + place * 7) % 4999 || ' and common ends', begins_at + place * interval '30 seconds'
		from growth, generate_series(0, ${messagesPerThread - 1}::int) as place`;
	await tx`
		update threads set active_leaf_id = time_id(begins_ms + ${(messagesPerThread - 1) * 30_000}::int, number * 100 + ${messagesPerThread - 1}::int)
		from growth where threads.id = thread_id`;
}

/** As the search's own cutter makes them of such plain words, but quicker. */
async function fillTerms(tx: Sql): Promise<void> {
	const toTerms = (text: string) => tx`array_to_tsvector(array(
		select right(user_id::text, 8) || word from regexp_split_to_table(lower(${tx(text)}), '[^a-z0-9]+') as word))`;
	await tx`
		insert into message_terms (message_id, thread_id, user_id, terms)
		select messages.id, thread_id, user_id, ${toTerms("text")} from messages join threads on threads.id = thread_id`;
	await tx`insert into title_terms (thread_id, user_id, terms) select id, user_id, ${toTerms("title")} from threads`;
}

async function fillTurns(tx: Sql, threads: number): Promise<void> {
	await tx`
		insert into turns (id, user_id, thread_id, user_message_id, assistant_message_id, client_message_id, request_hash,
			branch_point_id, requested_model, status, lease_owner, lease_expires_at, started_at, ended_at, last_seq, quota_keys, quota_nano_usd)
		select turn_id, user_id, thread_id, turn_id, time_id(begins_ms + place * 30000 + 30000, number * 100 + place + 1),
			number || '-' || place, 'hash', thread_id, 'auto', 'complete', 'gone', at + interval '1 minute', at,
			at + interval '20 seconds', ${eventsPerTurn}::int, '{}', '{}'
		from growth, generate_series(0, ${messagesPerThread - 2}::int, 2) as place, lateral (
			select begins_at + place * interval '30 seconds' as at, time_id(begins_ms + place * 30000, number * 100 + place) as turn_id
		) as turn`;
	// The logs of a fortieth of the turns, the newest, wait for compaction.
	await tx`
		insert into turn_events (turn_id, seq, epoch, event)
		select id, seq, 1, '{"type":"text-delta","text":"some words"}'
		from (select id from turns order by id desc limit ${(threads * messagesPerThread) / 80}::int) as logged,
			generate_series(1, ${eventsPerTurn}::int) as seq`;
}

/** Two calls a turn: the first one failed. Each has a line on the person's account and one on the server's. */
async function fillMoney(tx: Sql): Promise<void> {
	await tx`
		insert into prices (id, model_id, valid_from, prices, source)
		select time_id(1735689600000, model), 'model' || model, '2025-01-01Z', ${prices}::text::json, 'catalogue'
		from generate_series(0, 6) as model`;
	await tx`
		insert into model_calls (id, turn_id, user_id, attempt, model_id, provider_id, provider_model_id, provider_request_id, outcome,
			input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, usage_source, price_id, prices, cost_nano_usd,
			started_at, duration_ms)
		select time_id(to_ms(started_at) + attempt * 1000, number * 10 + attempt), id, user_id, attempt, 'model' || model, 'provider',
			'model' || model, 'req_' || client_message_id || attempt, case attempt when 1 then 'failed' else 'complete' end,
			1000, 200, 300, 0, 'provider_final', time_id(1735689600000, model), ${prices}::text::json, 2500000,
			started_at + attempt * interval '1 second', 900
		from (select *, row_number() over () as number from turns) as numbered, generate_series(1, 2) as attempt,
			lateral (select (number + attempt) % 7 as model) as one`;
	await tx`
		insert into ledger (id, account, user_id, turn_id, model_call_id, model_id, kind, amount_nano_usd, price_id, created_at)
		select time_id(to_ms(started_at) + 2000, number * 10 + place), account, user_id, turn_id, id, model_id, 'call',
			case account when 'house' then 500000 else 2000000 end, price_id, started_at + interval '2 seconds'
		from (select *, row_number() over () as number from model_calls) as numbered,
			(values (1, 'user'), (2, 'house')) as accounts (place, account)`;
}

const prices = JSON.stringify({
	inputUsdPerMTok: "1",
	cachedInputUsdPerMTok: null,
	cacheWriteUsdPerMTok: null,
	cacheWrite1hUsdPerMTok: null,
	outputUsdPerMTok: "5",
	reasoningUsdPerMTok: null,
	longContext: null,
});

import { createHash } from "node:crypto";
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import { createId, type UserId } from "../contract/ids.ts";
import { type BatchItemInput, openBatchesMax } from "./words.ts";

export interface CreateBatchInput {
	readonly clientBatchId: string;
	readonly items: readonly BatchItemInput[];
	/** Told when the batch was there before. */
	readonly onReplay?: () => Promise<void>;
}

interface CreatedRow {
	replay: { id: string; requestHash: string } | null;
	createdId: string | null;
	hasOwner: boolean;
}

/** What a person is told to wait when too many batches are open. */
const openRetryMs = 60_000;

/**
 * Stores a batch and its items in one statement. The same `clientBatchId` again answers with the first one's id.
 *
 * @throws AppError `idempotency_conflict`; `rate_limited` (`open_batches`); `unauthorized` when the account is gone.
 */
export async function createBatch(
	sql: Sql,
	userId: UserId,
	input: CreateBatchInput,
): Promise<{ batchId: string; isReplay: boolean }> {
	const requestHash = toHash(input.items);
	let row: CreatedRow | undefined;
	for (let look = 1; look <= 3; look++) {
		try {
			[row] = await insertBatch(sql, userId, { ...input, requestHash });
			break;
		} catch (error) {
			// A twin got in between: the next look finds its row.
			if (look === 3 || !isTwin(error)) throw error;
		}
	}
	if (row?.replay) {
		if (row.replay.requestHash !== requestHash)
			throw new AppError("idempotency_conflict", "This clientBatchId was used before, for something else.");
		return { batchId: row.replay.id, isReplay: true };
	}
	if (row?.createdId) return { batchId: row.createdId, isReplay: false };
	if (!row?.hasOwner) throw new AppError("unauthorized", "The session has ended.");
	throw new AppError("rate_limited", `At most ${openBatchesMax} batches may be open: wait for one to end.`, {
		details: { limit: "open_batches", retryAfterMs: openRetryMs },
	});
}

async function insertBatch(
	sql: Sql,
	userId: UserId,
	{ clientBatchId, items, requestHash }: CreateBatchInput & { requestHash: string },
): Promise<CreatedRow[]> {
	// The person's row is locked, so that two batches at once cannot both be the last one allowed.
	return await sql<CreatedRow[]>`
		with replay as (
			select id, request_hash as "requestHash" from batches
			where user_id = ${userId} and client_batch_id = ${clientBatchId}
		), owner as (
			select id from users where id = ${userId} for no key update
		), created as (
			insert into batches (id, user_id, client_batch_id, request_hash, open_items)
			select ${createId<string>()}::uuid, owner.id, ${clientBatchId}, ${requestHash}, ${items.length} from owner
			where not exists (select from replay)
				and (select count(*) from batches where user_id = ${userId} and ended_at is null) < ${openBatchesMax}
			returning id
		), listed as (
			insert into batch_items (batch_id, position, id, text, model, max_output_tokens)
			select created.id, given.position - 1, given.id, given.text, given.model, given.max_output_tokens
			from created, unnest(${items.map(() => createId<string>())}::uuid[], ${items.map(({ text }) => text)}::text[],
				${items.map(({ model }) => model ?? null)}::text[],
				${items.map(({ maxOutputTokens }) => maxOutputTokens ?? null)}::int[])
				with ordinality as given (id, text, model, max_output_tokens, position)
		)
		select (select row_to_json(replay) from replay) as replay, (select id from created) as "createdId",
			exists (select from owner) as "hasOwner"`;
}

function toHash(items: readonly BatchItemInput[]): string {
	const asked = items.map(({ text, model, maxOutputTokens }) => [text, model, maxOutputTokens]);
	return createHash("sha256").update(JSON.stringify(asked)).digest("base64url");
}

const isTwin = (error: unknown): boolean =>
	error instanceof Error && "code" in error && error.code === "23505";

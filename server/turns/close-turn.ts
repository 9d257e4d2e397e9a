/** Closing a turn. Hand-written SQL: one statement over the turn, the answer, the calls, their ledger lines and what was reserved. */
import type { Sql } from "postgres";
import { countMessageTokens, tokenizer } from "../context/index.ts";
import type { ErrorCode } from "../contract/errors.ts";
import type { TurnView } from "../contract/fold.ts";
import type { MessageId, TurnId, UserId } from "../contract/ids.ts";
import type { MessagePart } from "../contract/parts.ts";
import type { Receipt, TurnEvent } from "../contract/turn.ts";
import type { TerminalStatus } from "../contract/turn-status.ts";
import { isLive } from "../db/index.ts";
import type { Reservation } from "../quota/index.ts";
import { type CallRecord, callColumns, lineColumns, toLedgerEntries } from "../usage/index.ts";

/** How a turn ended. Its text and its calls follow from its events, what it cost from its calls. */
export interface TurnOutcome {
	readonly status: TerminalStatus;
	readonly code?: ErrorCode;
	/** Why the answer is missing, ends early or was not filtered. */
	readonly failure?: Receipt["failure"];
	readonly durationMs: number;
	/** From the first reasoning to the first text; null when nothing of both was measured. */
	readonly reasoningMs: number | null;
	/** What the road that Auto took has saved, in nano-dollars; null or absent: not known. */
	readonly savedNanoUsd?: bigint | null;
}

interface Closing {
	readonly turn: {
		readonly turnId: TurnId;
		readonly userId: UserId;
		readonly assistantMessageId: MessageId;
		readonly epoch: number;
		readonly reservation: Pick<Reservation, "reservedNanoUsd" | "reservedTokens">;
	};
	readonly storedSeq: number;
	/** Events not stored yet. */
	readonly pending: readonly TurnEvent[];
	/** What all events of the turn say. */
	readonly view: TurnView;
	readonly calls: readonly CallRecord[];
	readonly outcome: TurnOutcome;
}

interface ClosedTurn {
	/** What was stored last; `turn-end` is the end of it. */
	readonly events: readonly TurnEvent[];
	/** What the server pays, because a provider counted more than was reserved. */
	readonly overrunNanoUsd: bigint;
}

/**
 * Ends a turn in one statement, which is one transaction: terminal status by compare-and-set on epoch and status, the
 * answer's text and parts, the model calls and their ledger lines, what was reserved settled, the last events. Null, having
 * written nothing, when another owner has the turn or it is closed.
 */
export async function closeTurn(sql: Sql, closing: Closing): Promise<ClosedTurn | null> {
	const { turn, outcome, storedSeq, view } = closing;
	const { turnId, epoch } = turn;
	const books = toLedgerEntries(closing.calls, turn, turn.reservation);
	const receipt = toReceipt(closing, books.chargedNanoUsd);
	const { status, code } = outcome;
	const { text } = view;
	const events: TurnEvent[] = [...closing.pending, { type: "turn-end", status, code, receipt }];
	const tokens = await countMessageTokens([{ type: "text", text }]);
	const seqs = events.map((_, index) => storedSeq + index + 1);
	const rows = await sql`
		with closed as (
			update turns set status = ${status}, code = ${code ?? null},
				receipt = ${JSON.stringify(receipt)}::text::json, ended_at = now(), last_seq = ${storedSeq + events.length}
			where id = ${turnId} and epoch = ${epoch} and ${isLive(sql)}
			returning id, quota_keys, quota_nano_usd, reserved_tokens
		), answered as (
			update messages set text = ${text}, parts = ${toAnswerParts(sql, closing)}, tokenizer = ${tokenizer},
				token_count = ${tokens}
			from closed where messages.id = ${turn.assistantMessageId}
		), logged as (
			insert into turn_events (turn_id, seq, epoch, event)
			select closed.id, given.seq, ${epoch}, given.event::json
			from closed, unnest(${seqs}::int[], ${events.map((event) => JSON.stringify(event))}::text[]) as given (seq, event)
			on conflict (turn_id, seq) do nothing
		), recorded as (
			insert into model_calls (${sql.unsafe(callColumns.join())})
			select ${sql.unsafe(callColumns.map((name) => `given.${name}`).join())}
			from closed, json_populate_recordset(null::model_calls, ${JSON.stringify(books.calls)}::text::json) as given
		), booked as (
			insert into ledger (${sql.unsafe(lineColumns.join())})
			select ${sql.unsafe(lineColumns.map((name) => `given.${name}`).join())}
			from closed, json_populate_recordset(null::ledger, ${JSON.stringify(books.lines)}::text::json) as given
		), settled as (
			select settle_quota(quota_keys, quota_nano_usd, reserved_tokens, ${books.chargedNanoUsd.toString()}::bigint,
				${books.usedTokens}::bigint, ${books.costNanoUsd.toString()}::bigint) from closed
		)
		select id, (select count(*) from settled) from closed`;
	if (rows.length !== 1) return null;
	const overruns = books.lines.filter(({ kind }) => kind === "overrun");
	return { events, overrunNanoUsd: overruns.reduce((sum, line) => sum + BigInt(line.amount_nano_usd), 0n) };
}

/** The receipt is about the last call that answered; a turn without any has none to speak of. */
function toReceipt({ view, calls, outcome }: Closing, chargedNanoUsd: bigint): Receipt {
	const answers = calls.filter(
		({ purpose, isDelivered }) => purpose === "answer" || (purpose === "draft" && isDelivered),
	);
	const last = answers.at(-1);
	const { reasoningMs, savedNanoUsd = null } = outcome;
	const { decision, draft } = view;
	return {
		modelId: last?.modelId ?? null,
		attempts: answers.length,
		usage: last?.usage ?? null,
		firstTokenMs: last?.firstTokenMs ?? null,
		durationMs: Math.round(outcome.durationMs),
		...(reasoningMs !== null && { reasoningMs: Math.round(reasoningMs) }),
		finishReason: last?.finishReason ?? null,
		costNanoUsd: chargedNanoUsd.toString(),
		modelSpans: [...view.modelSpans],
		failure: outcome.failure,
		...(decision && { route: { ...decision, draft, savedNanoUsd: savedNanoUsd?.toString() ?? null } }),
	};
}

/**
 * The stored parts of an answer, a value for `messages.parts`: null for text alone, else what the answer thought (also in the
 * turns before that it continues), then its text. What a newer version wrote there keeps its version.
 */
function toAnswerParts(sql: Sql, { view, outcome }: Closing) {
	const { text, reasoning } = view;
	const durationMs = outcome.reasoningMs === null ? undefined : Math.round(outcome.reasoningMs);
	const thought: MessagePart[] = reasoning === "" ? [] : [{ type: "reasoning", text: reasoning, durationMs }];
	const written: MessagePart[] = text === "" ? [] : [{ type: "text", text }];
	return sql`
		case when messages.parts is null and ${thought.length === 0} then null
		else jsonb_build_object('version', coalesce(messages.parts -> 'version', '1'), 'parts',
			coalesce(jsonb_path_query_array(messages.parts, '$.parts[*] ? (@.type != "text")'), '[]')
			|| ${JSON.stringify([...thought, ...written])}::text::jsonb) end`;
}

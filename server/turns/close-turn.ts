import type { Sql } from "postgres";
import type { ErrorCode } from "../contract/errors.ts";
import type { MessageId, TurnId, UserId } from "../contract/ids.ts";
import type { Receipt, TerminalStatus, TurnEvent } from "../contract/turn.ts";
import type { Reservation } from "../quota/index.ts";
import { type CallRecord, toLedgerEntries } from "../usage/index.ts";

/** How a turn ended: everything that its last transaction writes. What it cost follows from its calls. */
export interface TurnOutcome {
	readonly status: TerminalStatus;
	readonly code?: ErrorCode;
	readonly text: string;
	readonly receipt: Omit<Receipt, "costNanoUsd">;
	readonly calls: readonly CallRecord[];
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
	readonly outcome: TurnOutcome;
}

interface ClosedTurn {
	/** What was stored last; `turn-end` is the end of it. */
	readonly events: readonly TurnEvent[];
	/** What the house pays, because a provider counted more than was held. */
	readonly overrunNanoUsd: bigint;
}

/**
 * Ends a turn in one statement, which is one transaction: terminal status by compare-and-set on epoch and status, the
 * answer's text, the model calls and their ledger lines, what was held settled, the last events. Null, having written nothing,
 * when the turn is no longer ours.
 */
export async function closeTurn(sql: Sql, closing: Closing): Promise<ClosedTurn | null> {
	const { turn, outcome, storedSeq } = closing;
	const { turnId, epoch } = turn;
	const books = toLedgerEntries(outcome.calls, turn, turn.reservation);
	const receipt: Receipt = { ...outcome.receipt, costNanoUsd: books.chargedNanoUsd.toString() };
	const { status, code, text } = outcome;
	const events: TurnEvent[] = [...closing.pending, { type: "turn-end", status, code, receipt }];
	const seqs = events.map((_, index) => storedSeq + index + 1);
	const rows = await sql`
		with closed as (
			update turns set status = ${status}, code = ${code ?? null},
				receipt = ${JSON.stringify(receipt)}::text::json, ended_at = now(), last_seq = ${storedSeq + events.length}
			where id = ${turnId} and epoch = ${epoch} and status in ('queued', 'running')
			returning id, quota_keys, quota_nano_usd, reserved_tokens
		), answered as (
			update messages set text = ${text} from closed where messages.id = ${turn.assistantMessageId}
		), logged as (
			insert into turn_events (turn_id, seq, epoch, event)
			select closed.id, given.seq, ${epoch}, given.event::json
			from closed, unnest(${seqs}::int[], ${events.map((event) => JSON.stringify(event))}::text[]) as given (seq, event)
			on conflict (turn_id, seq) do nothing
		), recorded as (
			insert into model_calls
			select given.* from closed, json_populate_recordset(null::model_calls, ${JSON.stringify(books.calls)}::text::json) as given
		), booked as (
			insert into ledger
			select given.* from closed, json_populate_recordset(null::ledger, ${JSON.stringify(books.lines)}::text::json) as given
		), settled as (
			select settle_quota(quota_keys, quota_nano_usd, reserved_tokens, ${books.chargedNanoUsd.toString()}::bigint,
				${books.usedTokens}::bigint, ${books.costNanoUsd.toString()}::bigint) from closed
		)
		select id, (select count(*) from settled) from closed`;
	if (rows.length !== 1) return null;
	const overruns = books.lines.filter(({ kind }) => kind === "overrun");
	return { events, overrunNanoUsd: overruns.reduce((sum, line) => sum + BigInt(line.amount_nano_usd), 0n) };
}

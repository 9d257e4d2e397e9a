import type { Sql } from "postgres";
import type { ErrorCode } from "../errors.ts";
import type { MessageId, TurnId, UserId } from "../ids.ts";
import type { Receipt, TerminalStatus, TokenUsage, TurnEvent } from "../turn.ts";

/** One model call, as it is recorded. */
export interface ModelCallRecord {
	readonly attempt: number;
	readonly modelId: string;
	readonly providerId: string;
	readonly providerModelId: string;
	readonly providerRequestId: string | null;
	readonly outcome: string;
	readonly finishReason: string | null;
	readonly usage: TokenUsage;
	readonly prices: object | null;
	readonly startedAtMs: number;
	readonly firstTokenMs: number | null;
	readonly durationMs: number;
}

/** How a turn ended: everything that its last transaction writes. */
export interface TurnOutcome {
	readonly status: TerminalStatus;
	readonly code?: ErrorCode;
	readonly text: string;
	readonly receipt: Receipt;
	readonly calls: readonly ModelCallRecord[];
}

interface Closing {
	readonly turnId: TurnId;
	readonly userId: UserId;
	readonly assistantMessageId: MessageId;
	readonly epoch: number;
	readonly storedSeq: number;
	/** Events not stored yet, the `turn-end` last. */
	readonly events: readonly TurnEvent[];
	readonly outcome: TurnOutcome;
}

/**
 * Ends a turn in one statement, which is one transaction: terminal status by compare-and-set on epoch and status, the
 * answer's text, the model calls, the last events. Returns false, having written nothing, when the turn is no longer ours.
 */
export async function closeTurn(sql: Sql, closing: Closing): Promise<boolean> {
	const { outcome, turnId, epoch } = closing;
	const seqs = closing.events.map((_, index) => closing.storedSeq + index + 1);
	const events = closing.events.map((event) => JSON.stringify(event));
	const calls = JSON.stringify(outcome.calls.map((call) => toRow(call, closing)));
	const rows = await sql`
		with closed as (
			update turns set status = ${outcome.status}, code = ${outcome.code ?? null},
				receipt = ${JSON.stringify(outcome.receipt)}::text::json, ended_at = now(),
				last_seq = ${closing.storedSeq + closing.events.length}
			where id = ${turnId} and epoch = ${epoch} and status in ('queued', 'running')
			returning id
		), answered as (
			update messages set text = ${outcome.text} from closed where messages.id = ${closing.assistantMessageId}
		), logged as (
			insert into turn_events (turn_id, seq, epoch, event)
			select closed.id, given.seq, ${epoch}, given.event::json
			from closed, unnest(${seqs}::int[], ${events}::text[]) as given (seq, event)
			on conflict (turn_id, seq) do nothing
		), recorded as (
			insert into model_calls
			select given.* from closed, json_populate_recordset(null::model_calls, ${calls}::text::json) as given
		)
		select id from closed`;
	return rows.length === 1;
}

function toRow(call: ModelCallRecord, { turnId, userId }: Closing) {
	return {
		id: crypto.randomUUID(),
		turn_id: turnId,
		user_id: userId,
		attempt: call.attempt,
		model_id: call.modelId,
		provider_id: call.providerId,
		provider_model_id: call.providerModelId,
		provider_request_id: call.providerRequestId,
		outcome: call.outcome,
		finish_reason: call.finishReason,
		input_tokens: call.usage.inputTokens,
		cached_input_tokens: call.usage.cachedInputTokens,
		output_tokens: call.usage.outputTokens,
		reasoning_tokens: call.usage.reasoningTokens,
		usage_source: call.usage.source,
		price_id: null,
		prices: call.prices,
		cost_nano_usd: "0",
		cache_write_tokens: 0,
		started_at: new Date(call.startedAtMs).toISOString(),
		first_token_ms: call.firstTokenMs,
		duration_ms: call.durationMs,
	};
}

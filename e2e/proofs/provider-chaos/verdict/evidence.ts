import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import type postgres from "postgres";
import { toErrorWords } from "../../../../components/words/to-error-words.ts";
import type { TurnEnd } from "../../../../server/contract/turn.ts";
import type { Prices } from "../../../../server/usage/prices/prices.ts";
import { toShownText } from "../../kit/clients/shown-text.ts";
import { readInvoice, readRequests } from "../../kit/money/provider-records.ts";
import { type Asked, toFirstAtMs } from "../ask.ts";
import type { RecordedCall, TurnRecord, UpstreamCall } from "./turn-record.ts";

/** What the provider saw and what it charges, by turn. */
export async function readUpstream(
	upstreamUrl: string,
): Promise<ReadonlyMap<string, readonly UpstreamCall[]>> {
	const [requests, invoice] = await Promise.all([readRequests(upstreamUrl), readInvoice(upstreamUrl)]);
	const costs = new Map(invoice.map(({ requestId, costNanoUsd }) => [requestId, costNanoUsd]));
	const calls = requests.map(
		({ id, name, model, receivedAtMs }): UpstreamCall => ({
			to: toTarget(model),
			atMs: receivedAtMs,
			name,
			invoicedNanoUsd: costs.get(id) ?? 0n,
		}),
	);
	return Map.groupBy(calls, ({ name }) => toTurnId(name));
}

/** The key of each model's counter at the simulator is the model's id. */
function toTarget(model: string): UpstreamCall["to"] {
	const key = /,key=([a-z]+)/.exec(model)?.[1];
	return key === "peer" || key === "wide" || key === "twin" ? key : "own";
}

const toTurnId = (callName: string): string => callName.slice(0, callName.lastIndexOf("-"));

interface Stored {
	readonly turnId: string;
	readonly status: string;
	readonly text: string;
	readonly reservedNanoUsd: string;
	readonly personNanoUsd: string;
	readonly houseNanoUsd: string;
}

interface StoredCall extends Omit<RecordedCall, "costNanoUsd" | "prices"> {
	readonly turnId: string;
	readonly prices: Prices;
	readonly costNanoUsd: string;
}

export interface StoredTurns {
	readonly turns: ReadonlyMap<string, Stored>;
	readonly calls: ReadonlyMap<string, readonly StoredCall[]>;
}

/** What the product has stored of all turns. */
export async function readStoredTurns(sql: postgres.Sql): Promise<StoredTurns> {
	const turns = await sql<Stored[]>`
		select turns.id as "turnId", status, messages.text, reserved_nano_usd::text as "reservedNanoUsd",
			coalesce(sum(amount_nano_usd) filter (where account = 'user'), 0)::text as "personNanoUsd",
			coalesce(sum(amount_nano_usd) filter (where account = 'house'), 0)::text as "houseNanoUsd"
		from turns join messages on messages.id = turns.assistant_message_id left join ledger on ledger.turn_id = turns.id
		group by turns.id, messages.text`;
	const calls = await sql<StoredCall[]>`
		select turn_id as "turnId", turn_id || '-' || attempt as name, model_id as "modelId", outcome, usage_source as source,
			prices, cost_nano_usd::text as "costNanoUsd"
		from model_calls where turn_id is not null order by turn_id, attempt`;
	return {
		turns: new Map(turns.map((turn) => [turn.turnId, turn])),
		calls: Map.groupBy(calls, ({ turnId }) => turnId),
	};
}

/** Joins what is known of one message. */
export function toTurnRecord(
	asked: Asked,
	stored: StoredTurns,
	upstream: readonly UpstreamCall[],
): TurnRecord {
	const turn = stored.turns.get(asked.turnId ?? "");
	const events = asked.events.map(({ event }) => event);
	const end = events.find((event) => event.type === "turn-end");
	const wasSent = events.some((event) => event.type === "attempt-start");
	const calls = stored.calls.get(asked.turnId ?? "") ?? [];
	const shownText = toShownText(events);
	const problem = asked.problem ?? (end && turn ? null : "it has no end");
	return {
		problem,
		shownText,
		answer: asked.text,
		upstream,
		status: end?.status ?? "none",
		code: end?.code ?? null,
		words: end && end.status !== "complete" ? toWords(end, shownText) : "",
		receiptModelId: end?.receipt.modelId ?? null,
		storedText: turn?.text ?? "",
		storedStatus: turn?.status ?? "none",
		ends: events.filter(({ type }) => type === "turn-end").length,
		firstMs: (toFirstAtMs(asked.events) ?? Number.POSITIVE_INFINITY) - asked.askedAtMs,
		totalMs: (asked.events.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) - asked.askedAtMs,
		inputTokens: wasSent ? toInputTokens(asked.text) : 0,
		recorded: calls.map((call) => ({ ...call, costNanoUsd: BigInt(call.costNanoUsd) })),
		personNanoUsd: BigInt(turn?.personNanoUsd ?? 0),
		houseNanoUsd: BigInt(turn?.houseNanoUsd ?? 0),
		reservedNanoUsd: BigInt(turn?.reservedNanoUsd ?? 0),
	};
}

/** What OpenAI bills for one message: its text, 4 tokens for the message and 3 for the answer's beginning. */
const toInputTokens = (text: string): number => countTokens(text) + 4 + 3;

/** The words that the screen shows to a person who is no administrator. */
function toWords({ status, code, receipt }: TurnEnd, text: string): string {
	const isFiltered = status === "filtered_request" || status === "filtered_response";
	const details = {
		modelName: receipt.modelId,
		isEmpty: text === "",
		isAdmin: false,
		class: receipt.failure?.class ?? (isFiltered ? status : null),
		retryAt: receipt.failure?.retryAt ?? null,
	};
	return toErrorWords({ code: code ?? "internal", details, requestId: null }).text;
}

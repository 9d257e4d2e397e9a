import type postgres from "postgres";
import * as z from "zod";
import { toErrorWords } from "../../../components/words/errors.ts";
import { type TurnEnd, toSpoken } from "../../../server/contract/turn.ts";
import type { Prices } from "../../../server/usage/prices/price.ts";
import { type Asked, toFirstAtMs } from "./ask.ts";
import type { RecordedCall, TurnSeen, UpstreamCall } from "./seen.ts";

const requests = z.array(
	z.object({
		id: z.string(),
		receivedAt: z.string(),
		model: z.string(),
		headers: z.record(z.string(), z.string()),
	}),
);
const invoice = z.array(z.object({ requestId: z.string(), costNanoUsd: z.string() }));
const stats = z.object({ redirectsFollowed: z.number(), active: z.number() });

const get = async (url: string): Promise<unknown> => await (await fetch(url)).json();

export const readStats = async (upstreamUrl: string) => stats.parse(await get(`${upstreamUrl}/sim/stats`));

/** What the provider saw and what it asks for it, by turn. */
export async function readUpstream(
	upstreamUrl: string,
): Promise<ReadonlyMap<string, readonly UpstreamCall[]>> {
	const [seen, lines] = await Promise.all([
		get(`${upstreamUrl}/sim/requests`),
		get(`${upstreamUrl}/sim/invoice`),
	]);
	const costs = new Map(
		invoice.parse(lines).map(({ requestId, costNanoUsd }) => [requestId, BigInt(costNanoUsd)]),
	);
	const calls = requests.parse(seen).map(({ id, receivedAt, model, headers }): UpstreamCall => {
		const name = headers["x-client-request-id"] ?? "";
		return { to: toTarget(model), atMs: Date.parse(receivedAt), name, invoicedNanoUsd: costs.get(id) ?? 0n };
	});
	return Map.groupBy(calls, ({ name }) => toTurnId(name));
}

/** Each model's counter at the simulator bears its id. */
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

export interface Books {
	readonly turns: ReadonlyMap<string, Stored>;
	readonly calls: ReadonlyMap<string, readonly StoredCall[]>;
}

/** What the product has stored of all turns. */
export async function readBooks(sql: postgres.Sql): Promise<Books> {
	const turns = await sql<Stored[]>`
		select turns.id as "turnId", status, messages.text, reserved_nano_usd::text as "reservedNanoUsd",
			coalesce(sum(amount_nano_usd) filter (where account = 'user'), 0)::text as "personNanoUsd",
			coalesce(sum(amount_nano_usd) filter (where account = 'house'), 0)::text as "houseNanoUsd"
		from turns join messages on messages.id = turns.assistant_message_id left join ledger on ledger.turn_id = turns.id
		group by turns.id, messages.text`;
	const calls = await sql<StoredCall[]>`
		select turn_id as "turnId", turn_id || '-' || attempt as name, model_id as "modelId", outcome, usage_source as source,
			prices, cost_nano_usd::text as "costNanoUsd"
		from model_calls order by turn_id, attempt`;
	return {
		turns: new Map(turns.map((turn) => [turn.turnId, turn])),
		calls: Map.groupBy(calls, ({ turnId }) => turnId),
	};
}

/** Puts together what is known of one message. */
export function toSeen(asked: Asked, books: Books, upstream: readonly UpstreamCall[]): TurnSeen {
	const stored = books.turns.get(asked.turnId ?? "");
	const events = asked.events.map(({ event }) => event);
	const end = events.find((event) => event.type === "turn-end");
	const fit = events.find((event) => event.type === "context-fit");
	const calls = books.calls.get(asked.turnId ?? "") ?? [];
	const { text: shownText } = toSpoken(events);
	const problem = asked.problem ?? (end && stored ? null : "it has no end");
	return {
		...{ problem, shownText, answer: asked.text, upstream },
		status: end?.status ?? "none",
		code: end?.code ?? null,
		words: end && end.status !== "complete" ? toWords(end, shownText) : "",
		receiptModelId: end?.receipt.modelId ?? null,
		storedText: stored?.text ?? "",
		storedStatus: stored?.status ?? "none",
		ends: events.filter(({ type }) => type === "turn-end").length,
		firstMs: (toFirstAtMs(asked.events) ?? Number.POSITIVE_INFINITY) - asked.askedAtMs,
		totalMs: (asked.events.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) - asked.askedAtMs,
		inputTokens: fit?.inputTokens ?? 0,
		recorded: calls.map((call) => ({ ...call, costNanoUsd: BigInt(call.costNanoUsd) })),
		personNanoUsd: BigInt(stored?.personNanoUsd ?? 0),
		houseNanoUsd: BigInt(stored?.houseNanoUsd ?? 0),
		reservedNanoUsd: BigInt(stored?.reservedNanoUsd ?? 0),
	};
}

/** The very words of the screen, for somebody who administers nothing. */
function toWords({ status, code, receipt }: TurnEnd, text: string): string {
	const isFiltered = status === "filtered_request" || status === "filtered_response";
	const details = {
		...{ modelName: receipt.modelId, isEmpty: text === "", isAdmin: false },
		class: receipt.failure?.class ?? (isFiltered ? status : null),
		retryAt: receipt.failure?.retryAt ?? null,
	};
	return toErrorWords({ code: code ?? "internal", details, requestId: null }).text;
}

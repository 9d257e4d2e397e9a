import type { LoggedEvent, Receipt } from "../../../server/contract/turn.ts";
import { isTerminal, type TurnStatus } from "../../../server/contract/turn-status.ts";
import type { MoneyRecords } from "../kit/money/money-records.ts";
import { readRequests } from "../kit/money/provider-records.ts";
import type { DatabaseWay } from "../kit/stage/database-ways.ts";
import type { Crash } from "../kit/stage/instances.ts";
import type { Stage } from "../kit/stage/stage.ts";
import type { History } from "./clients/history.ts";
import type { Sample } from "./database-samples.ts";

export interface TurnRow {
	readonly turnId: string;
	readonly clientMessageId: string;
	readonly userMessageId: string;
	readonly assistantMessageId: string;
	readonly status: TurnStatus;
	readonly code: string | null;
	readonly epoch: number;
	readonly startedAtMs: number;
	readonly endedAtMs: number | null;
	readonly receipt: Receipt | null;
}

export interface MessageRow {
	readonly text: string;
	readonly parentId: string | null;
}

/** One call that the provider saw. */
export interface UpstreamCall {
	/** Our name for it: the turn's id and the attempt's number, or the id of a call of the server's own. */
	readonly name: string;
	/** Null for a call of the server's own. */
	readonly turnId: string | null;
	readonly endedAtMs: number | null;
}

export type Log = readonly LoggedEvent[];

/** Everything that is known after a run: what clients saw, what is stored, what the provider saw. */
export interface Evidence {
	readonly history: Omit<History, "live">;
	/** In the order in which they started. */
	readonly turns: readonly TurnRow[];
	readonly messages: ReadonlyMap<string, MessageRow>;
	/** The turn log by turn, in order of seq; of a compacted turn as it was before. */
	readonly logs: ReadonlyMap<string, Log>;
	/** Turns whose log the database no longer has. */
	readonly compacted: ReadonlySet<string>;
	readonly calls: readonly UpstreamCall[];
	/** What the model `small` answers when it is asked to go on with an answer. */
	readonly continuation: string;
	readonly money: MoneyRecords;
	readonly samples: readonly Sample[];
	readonly crashes: readonly Crash[];
	/** How each instance was to reach the database. */
	readonly ways: readonly DatabaseWay[];
	/** Connections in the pool of one instance at most. */
	readonly poolMax: number;
	readonly leaseMs: number;
	/** Logs of turns that ended before this must be compacted. */
	readonly compactedBeforeMs: number;
}

/** Reads the database past all faults. */
export async function readTurns({ sql }: Stage): Promise<Pick<Evidence, "turns" | "messages">> {
	const turns = await sql<TurnRow[]>`
		select id as "turnId", client_message_id as "clientMessageId", user_message_id as "userMessageId",
			assistant_message_id as "assistantMessageId", status, code, epoch, receipt,
			(extract(epoch from started_at) * 1000)::float8 as "startedAtMs",
			(extract(epoch from ended_at) * 1000)::float8 as "endedAtMs"
		from turns order by started_at, id`;
	const messages = await sql<(MessageRow & { id: string })[]>`
		select id, text, parent_id as "parentId" from messages`;
	return { turns, messages: new Map(messages.map(({ id, ...message }) => [id, message])) };
}

/** The provider's own records. */
export async function readCalls({ upstreamUrl }: Stage): Promise<UpstreamCall[]> {
	const requests = await readRequests(upstreamUrl);
	return requests.map(({ name, endedAtMs }) => ({
		name,
		turnId: /^(.{36})-\d+$/.exec(name)?.[1] ?? null,
		endedAtMs,
	}));
}

export const isOver = ({ status }: TurnRow) => isTerminal(status);

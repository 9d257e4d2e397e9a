import type { LoggedEvent } from "../../../server/contract/turn.ts";
import { isTerminal, type TurnStatus } from "../../../server/contract/turn-status.ts";
import { readRequests } from "../kit/money/provider-records.ts";
import type { Crash } from "../kit/stage/instances.ts";
import type { Stage } from "../kit/stage/stage.ts";
import type { Sample } from "./database-samples.ts";
import type { History } from "./history.ts";

export interface TurnRow {
	readonly turnId: string;
	readonly clientMessageId: string;
	readonly userMessageId: string;
	readonly assistantMessageId: string;
	readonly status: TurnStatus;
	readonly code: string | null;
	readonly epoch: number;
	readonly endedAtMs: number | null;
}

/** One call that the provider saw. */
export interface UpstreamCall {
	/** The client message id of its question, which the question's text begins with. */
	readonly clientMessageId: string;
	readonly endedAtMs: number | null;
}

/** Everything that is known after a run: what clients saw, what is stored, what the provider saw. */
export interface Evidence {
	readonly history: Pick<History, "sends" | "readers" | "stops" | "faults">;
	readonly turns: readonly TurnRow[];
	/** Message texts by id. */
	readonly texts: ReadonlyMap<string, string>;
	/** The turn log by turn, in order of seq. */
	readonly logs: ReadonlyMap<string, readonly LoggedEvent[]>;
	readonly calls: readonly UpstreamCall[];
	readonly samples: readonly Sample[];
	readonly crashes: readonly Crash[];
	/** Connections that one instance may hold. */
	readonly connectionsMax: number;
	readonly leaseMs: number;
}

/** Reads the database past all faults. */
export async function readTurns({ sql }: Stage): Promise<Pick<Evidence, "turns" | "texts" | "logs">> {
	const turns = await sql<TurnRow[]>`
		select id as "turnId", client_message_id as "clientMessageId", user_message_id as "userMessageId",
			assistant_message_id as "assistantMessageId", status, code, epoch,
			(extract(epoch from ended_at) * 1000)::float8 as "endedAtMs"
		from turns order by started_at`;
	const messages = await sql<{ id: string; text: string }[]>`select id, text from messages`;
	const logs = new Map<string, LoggedEvent[]>();
	const pages = sql<(LoggedEvent & { turnId: string })[]>`
		select turn_id as "turnId", epoch, seq, event from turn_events order by turn_id, seq`.cursor(5_000);
	for await (const page of pages)
		for (const { turnId, epoch, seq, event } of page) {
			const log = logs.get(turnId) ?? [];
			if (log.push({ epoch, seq, event }) === 1) logs.set(turnId, log);
		}
	return { turns, texts: new Map(messages.map(({ id, text }) => [id, text])), logs };
}

/** Every message begins with its client message id, a UUID. */
const namePattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} /;
const nameCharacters = 36;

/** The provider's own records. @throws when it no longer has a request's messages. */
export async function readCalls({ upstreamUrl }: Stage): Promise<UpstreamCall[]> {
	const requests = await readRequests(upstreamUrl, { withMessages: true });
	return requests.map(({ endedAtMs, messages }) => {
		if (!messages) throw new Error("The simulator no longer has all messages: make the run shorter.");
		// Not simply the last message: a continuation adds one after the question.
		const question = messages.findLast(({ role, text }) => role === "user" && namePattern.test(text));
		return { clientMessageId: question?.text.slice(0, nameCharacters) ?? "", endedAtMs };
	});
}

export const isOver = ({ status }: TurnRow) => isTerminal(status);

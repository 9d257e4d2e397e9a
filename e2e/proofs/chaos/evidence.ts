import * as z from "zod";
import { isTerminal, type LoggedEvent, type TurnStatus } from "../../../server/contract/turn.ts";
import { waitUntil } from "./exchange.ts";
import type { History } from "./history.ts";
import type { Crash } from "./instances.ts";
import type { Sample } from "./samples.ts";
import type { Stage } from "./stage.ts";

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
	/** The name of the message that it was for: the last question in it begins with it. */
	readonly clientMessageId: string;
	readonly endedAtMs: number | null;
}

/** Everything that is known of a run when it is over: what clients saw, what is stored, what the provider saw. */
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

/** Waits until no turn runs any more; how long that may take is what the lease and the sweep promise, and some. */
export async function waitForQuiet({ sql, leaseMs }: Stage): Promise<void> {
	await waitUntil(
		async () => {
			const [live] = await sql<{ count: number }[]>`
				select count(*)::int as count from turns where status in ('queued', 'running')`;
			return live?.count === 0;
		},
		leaseMs * 2 + 30_000,
		250,
	);
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

const requests = z.array(
	z.object({
		endedAt: z.string().nullable(),
		messages: z.array(z.object({ role: z.string(), text: z.string() })).nullable(),
	}),
);

/** Every message begins with its own name, a UUID. */
const namePattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} /;
const nameCharacters = 36;

/** What the provider was asked, from its own records. @throws when it no longer has a request's words. */
export async function readCalls({ upstreamUrl }: Stage): Promise<UpstreamCall[]> {
	const answer = await fetch(`${upstreamUrl}/sim/requests?bodies=1`);
	return requests.parse(await answer.json()).map(({ endedAt, messages }) => {
		if (!messages) throw new Error("The simulator has forgotten what it was asked: a shorter run.");
		// Not simply the last one: whoever continues an answer says so after the question.
		const question = messages.findLast(({ role, text }) => role === "user" && namePattern.test(text));
		const clientMessageId = question?.text.slice(0, nameCharacters) ?? "";
		return { clientMessageId, endedAtMs: endedAt ? Date.parse(endedAt) : null };
	});
}

export const isOver = ({ status }: TurnRow) => isTerminal(status);

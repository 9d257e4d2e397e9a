import { setTimeout as sleep } from "node:timers/promises";
import { parseEventId, toEventId } from "../../../../server/contract/event-id.ts";
import type { TurnEvent } from "../../../../server/contract/turn.ts";
import { isTransient } from "./api-calls.ts";
import { readStream, type WireEvent } from "./http-exchange.ts";

/** The silence after which the browser reconnects by itself. */
const idleMs = 25_000;
/** How long nothing new may be shown before a reader gives the turn up. */
const readPatienceMs = 90_000;
const backOffMsMax = 2_000;

export interface SeenEvent {
	readonly epoch: number;
	readonly seq: number;
	readonly event: TurnEvent;
	readonly atMs: number;
}

export interface Connection {
	readonly openedAtMs: number;
	firstByteAtMs: number | null;
	via: number | null;
	/** What `readStream` returned, or the code of the error that the stream ended with. */
	ending: string;
}

/** What one reader was shown of one turn, across all its connections. */
export interface TurnReading {
	readonly turnId: string;
	readonly events: SeenEvent[];
	readonly connections: Connection[];
	/** Events that came again and differed from what the same place held before. */
	readonly contradictions: string[];
	/** Why it stopped without having seen the turn's end; null when it saw the end or left by itself. */
	gaveUpBecause: string | null;
}

export const createReading = (turnId: string): TurnReading => ({
	turnId,
	events: [],
	connections: [],
	contradictions: [],
	gaveUpBecause: null,
});

export interface ReadInput {
	readonly headers: Record<string, string>;
	/** Where each connection goes; asked again for every connection. */
	toUrl(): { readonly url: string; readonly via: number | null };
	/** Called for every event that was new, with the number of events so far. */
	onEvent?(count: number): void;
	/** Leaves after so many events: for good, or to come back after `absentMs`. */
	readonly leave?: { readonly afterEvents: number; readonly absentMs: number | null };
}

/** Follows a turn to its end, resuming after every break with the last event id, and notes everything it was shown. */
export async function readTurn(reading: TurnReading, input: ReadInput): Promise<void> {
	let progressAtMs = Date.now();
	let failures = 0;
	let leave = input.leave ?? null;
	while (!hasEnd(reading)) {
		const before = reading.events.length;
		const { ending, hasLeft } = await connect(reading, input, leave?.afterEvents ?? null);
		if (hasEnd(reading)) return;
		if (reading.events.length > before) {
			progressAtMs = Date.now();
			failures = 0;
		}
		if (hasLeft) {
			if (leave?.absentMs == null) return;
			await sleep(leave.absentMs);
			leave = null;
			continue;
		}
		if (!isBreak(ending) && !isTransient(ending)) reading.gaveUpBecause = ending;
		else if (Date.now() - progressAtMs > readPatienceMs) reading.gaveUpBecause = "no end in sight";
		if (reading.gaveUpBecause) return;
		await sleep(Math.min(backOffMsMax, 100 * 2 ** failures++) * (0.5 + Math.random() / 2));
	}
}

const isBreak = (ending: string) =>
	["end", "broken", "idle"].includes(ending) || /^http (502|503)$/.test(ending);

const hasEnd = ({ events }: TurnReading) => events.at(-1)?.event.type === "turn-end";

/** One connection: from the last event that the reader has to the end, a break or the reader's leaving. */
async function connect(reading: TurnReading, input: ReadInput, leaveAfter: number | null) {
	const { url, via } = input.toUrl();
	const last = reading.events.at(-1);
	const connection: Connection = { openedAtMs: Date.now(), firstByteAtMs: null, via, ending: "" };
	reading.connections.push(connection);
	const query = encodeURIComponent(
		JSON.stringify({ turnId: reading.turnId, lastEventId: last && toEventId(last) }),
	);
	const leaving = new AbortController();
	let refusal: string | null = null;
	const ending = await readStream(`${url}/api/trpc/chat.follow?input=${query}`, {
		headers: input.headers,
		idleMs,
		signal: leaving.signal,
		onOpen(via) {
			connection.firstByteAtMs = Date.now();
			connection.via = via ?? connection.via;
		},
		onEvent(wire) {
			if (wire.event === "serialized-error") refusal = toCode(wire);
			if (wire.event !== "message" || !note(reading, wire)) return;
			input.onEvent?.(reading.events.length);
			if (leaveAfter !== null && reading.events.length >= leaveAfter) leaving.abort();
		},
	});
	connection.ending = refusal ?? ending;
	return { ending: connection.ending, hasLeft: ending === "left" };
}

/** Notes an event; one that came before must be the same. Returns whether it is new. */
function note(reading: TurnReading, { data, id }: WireEvent): boolean {
	const place = parseEventId(id ?? "");
	if (!place) {
		reading.contradictions.push(`an event without an id: ${data.slice(0, 100)}`);
		return false;
	}
	// Unparsed by a schema: the table must hold exactly what was sent.
	const event = JSON.parse(data) as TurnEvent;
	const known = reading.events.findLast(({ seq }) => seq <= place.seq);
	if (known?.seq !== place.seq && known === reading.events.at(-1)) {
		reading.events.push({ ...place, event, atMs: Date.now() });
		return true;
	}
	if (JSON.stringify(known?.event) !== JSON.stringify(event))
		reading.contradictions.push(`${id} was shown again as something else`);
	return false;
}

function toCode({ data }: WireEvent): string {
	try {
		return String(JSON.parse(data).data.parley.code);
	} catch {
		return "malformed";
	}
}

import { setTimeout as sleep } from "node:timers/promises";
import { parseEventId, type TurnEvent, toEventId } from "../../../server/contract/turn.ts";
import { readStream, type WireEvent } from "./exchange.ts";
import type { Connection, Reader } from "./history.ts";
import { isPassing } from "./sender.ts";

/** The silence after which the browser reconnects by itself. */
const idleMs = 25_000;
/** How long nothing new may be shown before a reader gives the turn up. */
const readPatienceMs = 90_000;
const backOffMsMax = 2_000;

export interface ReadInput {
	readonly headers: Record<string, string>;
	/** Where each connection goes; asked anew every time. */
	toUrl(): { readonly url: string; readonly via: number | null };
	/** Called for every event that was new, with the number of events so far. */
	onEvent?(count: number): void;
	/** Leaves after so many events: for good, or to come back after `absentMs`. */
	readonly leave?: { readonly afterEvents: number; readonly absentMs: number | null };
}

/** Follows a turn to its end, resuming after every break with the last event id, and notes all it was shown. */
export async function read(reader: Reader, input: ReadInput): Promise<void> {
	let progressAtMs = Date.now();
	let failures = 0;
	let leave = input.leave ?? null;
	while (!hasEnd(reader)) {
		const before = reader.events.length;
		const { ending, hasLeft } = await connect(reader, input, leave?.afterEvents ?? null);
		if (hasEnd(reader)) return;
		if (reader.events.length > before) [progressAtMs, failures] = [Date.now(), 0];
		if (hasLeft) {
			if (leave?.absentMs == null) return;
			await sleep(leave.absentMs);
			leave = null;
			continue;
		}
		if (!isBreak(ending) && !isPassing(ending)) reader.gaveUpBecause = ending;
		else if (Date.now() - progressAtMs > readPatienceMs) reader.gaveUpBecause = "no end in sight";
		if (reader.gaveUpBecause) return;
		await sleep(Math.min(backOffMsMax, 100 * 2 ** failures++) * (0.5 + Math.random() / 2));
	}
}

const isBreak = (ending: string) =>
	["end", "broken", "idle"].includes(ending) || /^http (502|503)$/.test(ending);

const hasEnd = ({ events }: Reader) => events.at(-1)?.event.type === "turn-end";

/** One connection: from the last event that the reader has to the end, a break or its leaving. */
async function connect(reader: Reader, input: ReadInput, leaveAfter: number | null) {
	const { url, via } = input.toUrl();
	const last = reader.events.at(-1);
	const connection: Connection = { openedAtMs: Date.now(), firstByteAtMs: null, via, ending: "" };
	reader.connections.push(connection);
	const query = encodeURIComponent(
		JSON.stringify({ turnId: reader.turnId, lastEventId: last && toEventId(last) }),
	);
	const gone = new AbortController();
	let refusal: string | null = null;
	const ending = await readStream(`${url}/api/trpc/chat.follow?input=${query}`, {
		...{ headers: input.headers, idleMs, signal: gone.signal },
		onOpen(via) {
			connection.firstByteAtMs = Date.now();
			connection.via = via ?? connection.via;
		},
		onEvent(wire) {
			if (wire.event === "serialized-error") refusal = toCode(wire);
			if (wire.event !== "message" || !take(reader, wire)) return;
			input.onEvent?.(reader.events.length);
			if (leaveAfter !== null && reader.events.length >= leaveAfter) gone.abort();
		},
	});
	connection.ending = refusal ?? ending;
	return { ending: connection.ending, hasLeft: ending === "left" };
}

/** Notes an event; one that came before must be what it was. Returns whether it is new. */
function take(reader: Reader, { data, id }: WireEvent): boolean {
	const place = parseEventId(id ?? "");
	if (!place) {
		reader.contradictions.push(`an event without a place: ${data.slice(0, 100)}`);
		return false;
	}
	// Kept as it came: the table must hold the very same.
	const event = JSON.parse(data) as TurnEvent;
	const known = reader.events.findLast(({ seq }) => seq <= place.seq);
	if (known?.seq !== place.seq && known === reader.events.at(-1)) {
		reader.events.push({ ...place, event, atMs: Date.now() });
		return true;
	}
	if (JSON.stringify(known?.event) !== JSON.stringify(event))
		reader.contradictions.push(`${id} was shown again as something else`);
	return false;
}

function toCode({ data }: WireEvent): string {
	try {
		return String(JSON.parse(data).data.parley.code);
	} catch {
		return "malformed";
	}
}

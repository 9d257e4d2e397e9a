import { tracked } from "@trpc/server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEventId, toEventId } from "../../contract/event-id.ts";
import { foldEvents } from "../../contract/fold.ts";
import { createId, type TurnId } from "../../contract/ids.ts";
import type { TurnEvent } from "../../contract/turn.ts";
import {
	fetchUntilCut,
	parseWholeEvents,
	readUntilCut,
	type WireEvent,
} from "../../testing/event-stream-reader.ts";
import { startTestParley } from "../../testing/parley.ts";
import { toWire } from "./trpc-stream.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let person: Awaited<ReturnType<typeof parley.signIn>>;
/** Finished turns, each with its whole log as an uninterrupted reader gets it. */
const finished: { turnId: string; log: WireEvent[] }[] = [];

const send = (text: string) => person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });

beforeAll(async () => {
	parley = await startTestParley({ models: { large: "sim-large" } });
	person = await parley.signIn();
	const sent = await Promise.all(
		[
			"[[sim tokens=3]] Hello!",
			"[[sim itl=1]] 请用中文、日语和韩语介绍一下茶。",
			"[[sim itl=1,pieces=unit]] Which emoji are made of several code points?",
			"[[sim itl=1,pieces=codepoint,reasoning=30]] Write a short text in Arabic and in Hebrew.",
			"[[sim tokens=60,itl=3,fault=eof@40]] Hello!",
			"[[sim fault=500]] Hello!",
		].map(send),
	);
	const turnIds = sent.map(({ turnId }) => turnId);
	for (const { turnId, threadId } of sent) {
		const seen = await person.follow({ turnId });
		const { messages } = await person.client.threads.get.query({ threadId });
		expect(foldEvents(seen.map(({ event }) => event)).text).toBe(messages[1]?.text);
	}
	turnIds.push(await copyAs(turnIds[0] ?? "", longLog), await copyAs(turnIds[1] ?? "", takenOverLog));
	for (const turnId of turnIds) finished.push({ turnId, log: await readLog(turnId) });
});
afterAll(() => parley?.close());

/** An answer that began again once, of signs that take one to four bytes, with what could end a line or a field. */
const takenOverLog: TurnEvent[] = [
	{ type: "text-delta", text: "draft \u{1F469}\u200D\u{1F4BB} é 茶\n\ndata: x\r\nid: 9.9" },
	{ type: "reasoning-delta", text: "\u2028\u2029\u0085" },
	{ type: "text-reset", text: "again \u{20000}\n" },
	{ type: "text-delta", text: ": \u{1F1E9}\u{1F1EA}" },
];
/** Longer than one look at the table. */
const longLog: TurnEvent[] = Array.from({ length: 1_100 }, (_, index) => ({
	type: "text-delta",
	text: `${index} `,
}));

/** A finished turn with another log: written by one owner, ended by the next. Returns its id. */
async function copyAs(turnId: string, events: readonly TurnEvent[]): Promise<string> {
	const copyId = createId<TurnId>();
	await parley.db.sql`
		insert into turns select (jsonb_populate_record(turns, jsonb_build_object(
			'id', ${copyId}::text, 'client_message_id', ${copyId}::text, 'epoch', 2,
			'last_seq', ${events.length + 2}::int))).*
		from turns where id = ${turnId}`;
	const given = events.map((event) => JSON.stringify(event));
	await parley.db.sql`
		with first as (
			insert into turn_events select ${copyId}::uuid, seq, epoch, event from turn_events
			where turn_id = ${turnId} and seq = 1
		), middle as (
			insert into turn_events select ${copyId}::uuid, place + 1, 1, event::json
			from unnest(${given}::text[]) with ordinality as given (event, place)
		)
		insert into turn_events select ${copyId}::uuid, ${events.length + 2}, 2, event from turn_events
		where turn_id = ${turnId} order by seq desc limit 1`;
	return copyId;
}

const isTurnEnd = ({ data }: WireEvent) => data.startsWith('{"type":"turn-end"');

/** Follows again and again from the last id that was read whole; `cuts` are shares of what is still to come. */
async function readWithCuts(
	cuts: readonly number[],
	connect: (lastEventId: string | null, cut: number | null) => Promise<Uint8Array>,
): Promise<WireEvent[]> {
	const read: WireEvent[] = [];
	for (const cut of [...cuts, null]) {
		const bytes = await connect(read.at(-1)?.id ?? null, cut);
		read.push(...parseWholeEvents(bytes).filter(({ type }) => type === "message"));
		if (read.some(isTurnEnd)) break;
	}
	return read;
}

async function readLog(turnId: string): Promise<WireEvent[]> {
	return await readWithCuts([], (lastEventId) => follow(turnId, { lastEventId, bytesMax: Infinity }));
}

function follow(
	turnId: string,
	{ lastEventId, bytesMax }: { lastEventId: string | null; bytesMax: number },
): Promise<Uint8Array> {
	const input = encodeURIComponent(JSON.stringify({ turnId }));
	const headers = { ...person.headers, ...(lastEventId && { "last-event-id": lastEventId }) };
	return fetchUntilCut(`${parley.url}/api/trpc/chat.follow?input=${input}`, { headers, bytesMax });
}

/** The same reading without HTTP: the log from the table, in the door's own wire format. */
async function* toWireText(turnId: string, lastEventId: string | null) {
	const from = { turnId: turnId as TurnId, after: lastEventId ? parseEventId(lastEventId) : null };
	for await (const logged of parley.services.chat.follow(person, from, undefined))
		yield toWire(tracked(toEventId(logged), logged.event));
}

const toWireLength = ({ data, id }: WireEvent) => Buffer.byteLength(`data: ${data}\nid: ${id}\n\n`);
const toBytes = (log: readonly WireEvent[], lastEventId: string | null) =>
	log
		.slice(log.findIndex(({ id }) => id === lastEventId) + 1)
		.reduce((sum, event) => sum + toWireLength(event), 0);

/** How many bytes have been sent with each event's last one. */
function toEnds(log: readonly WireEvent[]): number[] {
	let bytes = 0;
	return log.map((event) => {
		bytes += toWireLength(event);
		return bytes;
	});
}

/** Of a longer stream every byte around the events' ends is tried, of a shorter one every byte. */
const everyByteMax = 8_000;
function toCuts(ends: readonly number[]): number[] {
	const length = ends.at(-1) ?? 0;
	if (length <= everyByteMax) return Array.from({ length: length + 1 }, (_, cut) => cut);
	return ends.flatMap((end) => [end - 2, end - 1, end, end + 1]).filter((cut) => cut <= length);
}

/** Ids of one log that a reader goes on from. */
const idsMax = 40;

const isBeginning = (read: readonly WireEvent[], log: readonly WireEvent[], length: number) =>
	read.length === length &&
	read.every(({ type, id, data }, place) => {
		const event = log[place];
		return type === event?.type && id === event.id && data === event.data;
	});

const share = fc.double({ min: 0, max: 1, noNaN: true });
const anyCuts = fc.array(share, { minLength: 1, maxLength: 3 });
/** Mostly short logs; the long one is there for its pages. */
const anyFinished = fc
	.oneof(
		{ weight: 400, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 5, 7) },
		{ weight: 1, arbitrary: fc.constant(6) },
	)
	.map((index) => finished[index] ?? { turnId: "", log: [] });

/** Several searches at once, as a database and a server are there for: each with a seed of its own. */
const assertConcurrently = (
	property: fc.IAsyncProperty<unknown>,
	{ runs, lanes }: { runs: number; lanes: number },
) => Promise.all(Array.from({ length: lanes }, () => fc.assert(property, { numRuns: runs / lanes })));

describe("a reader whose connection is cut anywhere, again and again", () => {
	// A connection's bytes depend on the id that it goes on from alone. So when every cut leaves a beginning of the log, and what
	// follows every id is the rest of it, any number of cuts reassembles the answer.
	it("reads a beginning of the log, wherever the connection is cut", async () => {
		for (const { turnId, log } of finished) {
			const bytes = await readUntilCut(toWireText(turnId, null), Infinity);
			const ends = toEnds(log);
			expect(ends.at(-1)).toBe(bytes.length);
			for (const cut of toCuts(ends)) {
				const read = parseWholeEvents(bytes.subarray(0, cut));
				const whole = ends.filter((end) => end <= cut).length;
				if (!isBeginning(read, log, whole))
					expect([turnId, cut, read]).toEqual([turnId, cut, log.slice(0, whole)]);
			}
		}
	});

	it("goes on from every id with the rest of the log", async () => {
		for (const { turnId, log } of finished) {
			const step = Math.ceil(log.length / idsMax);
			for (let place = 0; place < log.length - 1; place += step) {
				const bytes = await readUntilCut(toWireText(turnId, log[place]?.id ?? null), Infinity);
				expect(parseWholeEvents(bytes)).toEqual(log.slice(place + 1));
			}
		}
	});

	it("reassembles a finished answer exactly over HTTP: 100 patterns of cuts", async () => {
		const property = fc.asyncProperty(anyFinished, anyCuts, async ({ turnId, log }, cuts) => {
			const read = await readWithCuts(cuts, (lastEventId, cut) => {
				// The connection's own first event comes before.
				const bytesMax = cut === null ? Infinity : Math.floor(cut * (toBytes(log, lastEventId) + 70));
				return follow(turnId, { lastEventId, bytesMax });
			});
			expect(read).toEqual(log);
		});
		await assertConcurrently(property, { runs: 100, lanes: 10 });
	});

	it("reassembles an answer that is still being written exactly: 100 patterns of cuts", async () => {
		const speed = fc.constantFrom(
			"itl=1,text=words,tokens=60",
			"itl=2,tokens=99,reasoning=9",
			"ttft=30,itl=3,tokens=99,pieces=unit",
		);
		const property = fc.asyncProperty(speed, anyCuts, async (sim, cuts) => {
			const { turnId } = await send(`[[sim ${sim}]] Which emoji are made of several code points?`);
			const read = await readWithCuts(cuts, (lastEventId, cut) =>
				follow(turnId, { lastEventId, bytesMax: cut === null ? Infinity : Math.floor(cut * 4_000) }),
			);
			expect(read).toEqual(await readLog(turnId));
		});
		await assertConcurrently(property, { runs: 100, lanes: 25 });
	});
});

describe("a forged event id", () => {
	const read = async (turnId: string, lastEventId: string) =>
		parseWholeEvents(await follow(turnId, { lastEventId, bytesMax: Infinity })).slice(1);

	it.each([
		["of an epoch that never was", "99.1"],
		["beyond the log", "1.999999999"],
		["with a sign", "-1.2"],
		["with more behind it", "1.1;drop"],
		["that no 31-bit integer holds", "1.4294967297"],
		["of 10 kB", "1".repeat(10_000)],
		["of another turn that went further", "1.1001"],
	])("%s is answered by one typed error, and by no event", async (_, lastEventId) => {
		const live = await send("[[sim tokens=500,itl=20]] Hello!");
		for (const turnId of [live.turnId, finished[0]?.turnId ?? ""]) {
			const answer = await read(turnId, lastEventId);
			expect(answer.map(({ type }) => type)).toEqual(["serialized-error"]);
			expect(JSON.parse(answer[0]?.data ?? "")).toMatchObject({
				data: { httpStatus: 400, parley: { code: "invalid_request" } },
			});
		}
		await person.client.chat.stop.mutate({ turnId: live.turnId });
	});
});

import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { mutate, untilAnswered } from "../kit/clients/api-calls.ts";
import { createReading, readTurn } from "../kit/clients/turn-reader.ts";
import type { Random } from "../kit/random.ts";
import type { StagePerson } from "../kit/stage/accounts.ts";
import type { PlannedRequest } from "./planned-requests.ts";

const ids = z.object({
	threadId: z.string(),
	turnId: z.string(),
	userMessageId: z.string(),
	assistantMessageId: z.string(),
});
type Ids = z.infer<typeof ids>;

/** One request under one client message id, with all replies. */
export interface RequestRecord {
	readonly clientMessageId: string;
	readonly kind: PlannedRequest["kind"];
	/** How often it was posted again, after an answer or at the same time. */
	reposts: number;
	/** One for each post that was acknowledged. */
	readonly replies: Ids[];
	/** Why it was refused; null for one that was acknowledged. */
	refusal: string | null;
}

/** The planned requests, and where people make them. */
export interface RequestQueue {
	readonly url: string;
	readonly records: RequestRecord[];
	/** The next request; null when there is none left. */
	take(): PlannedRequest | null;
}

/** Where a person's conversation stands: what may be regenerated or continued, and the thread to go on in. */
interface Place {
	threadId: string | undefined;
	turns: number;
	last: Ids | null;
	open: Ids | null;
}

const turnsPerThreadMax = 4;

/** One person: request after request, until none is left. */
export async function work(person: StagePerson, queue: RequestQueue, random: Random): Promise<void> {
	const place: Place = { threadId: undefined, turns: 0, last: null, open: null };
	for (let planned = queue.take(); planned; planned = queue.take()) {
		const call = toCall(planned, place);
		const record: RequestRecord = { ...call, reposts: 0, replies: [], refusal: null };
		queue.records.push(record);
		const scene = { person, queue, random, record, call };
		const isTwin = planned.repeats > 0 && random.chance(0.5);
		await Promise.all([post(scene), ...(isTwin ? [repost(scene)] : [])]);
		const turn = record.replies[0];
		const status = turn ? await follow(turn, planned, scene) : null;
		for (let repeat = isTwin ? 1 : 0; repeat < planned.repeats; repeat++) await repost(scene);
		move(place, { turn: turn ?? null, status, random });
	}
}

interface Call {
	readonly kind: PlannedRequest["kind"];
	readonly clientMessageId: string;
	readonly path: string;
	readonly input: object;
}

function toCall(planned: PlannedRequest, { threadId, last, open }: Place): Call {
	const clientMessageId = crypto.randomUUID();
	const model = planned.model === "auto" ? {} : { model: planned.model };
	if (planned.kind === "regenerate" && last)
		return {
			kind: "regenerate",
			clientMessageId,
			path: "chat.regenerate",
			input: { clientMessageId, userMessageId: last.userMessageId, ...model },
		};
	if (planned.kind === "continue" && open)
		return {
			kind: "continue",
			clientMessageId,
			path: "chat.continue",
			input: { clientMessageId, assistantMessageId: open.assistantMessageId },
		};
	const text = `${clientMessageId} ${planned.question}${" penny".repeat(planned.words)} [[sim ${planned.sim}]]`;
	return {
		kind: "send",
		clientMessageId,
		path: "chat.send",
		input: { clientMessageId, text, threadId, ...model },
	};
}

interface Scene {
	readonly person: StagePerson;
	readonly queue: RequestQueue;
	readonly random: Random;
	readonly record: RequestRecord;
	readonly call: Call;
}

async function post({ person, queue, record, call }: Scene): Promise<void> {
	const { path, input } = call;
	const made = await untilAnswered(() => mutate(queue.url, { path, input, headers: person.headers }));
	const parsed = ids.safeParse(made.data);
	if (parsed.success) record.replies.push(parsed.data);
	else record.refusal ??= `${path} ${made.code ?? "malformed"}`;
}

async function repost(scene: Scene): Promise<void> {
	scene.record.reposts += 1;
	await post(scene);
}

/** Reads the answer as planned. Returns how it ended, or null for a reader who left. */
async function follow(
	{ turnId }: Ids,
	{ mode }: PlannedRequest,
	{ person, queue, random }: Scene,
): Promise<string | null> {
	if (mode === "ignore") return null;
	const reading = createReading(turnId);
	const stopAfterMs = { "stop-early": random.between(0, 400), "stop-late": random.between(300, 650) };
	const stopping =
		mode === "stop-early" || mode === "stop-late"
			? sleep(stopAfterMs[mode]).then(() => stop(turnId, { person, queue }))
			: null;
	await readTurn(reading, {
		headers: person.headers,
		toUrl: () => ({ url: queue.url, via: null }),
		...(mode === "leave" ? { leave: { afterEvents: random.between(1, 5), absentMs: null } } : {}),
	});
	await stopping;
	const end = reading.events.at(-1)?.event;
	return end?.type === "turn-end" ? end.status : null;
}

async function stop(turnId: string, { person, queue }: Pick<Scene, "person" | "queue">): Promise<void> {
	const stopped = { path: "chat.stop", input: { turnId }, headers: person.headers };
	await untilAnswered(() => mutate(queue.url, stopped));
}

/** An answer whose reader left may still be written, so the conversation goes on only from one whose end was seen. */
function move(
	place: Place,
	{ turn, status, random }: { turn: Ids | null; status: string | null; random: Random },
): void {
	place.turns += 1;
	const isOver = turn !== null && status !== null;
	const goesOn = isOver && place.turns < turnsPerThreadMax && random.chance(0.6);
	if (!goesOn) place.turns = 0;
	place.threadId = goesOn ? turn.threadId : undefined;
	if (!isOver) return;
	place.last = turn;
	const isOpen = status === "stopped" || status === "interrupted";
	if (isOpen || turn.assistantMessageId === place.open?.assistantMessageId) place.open = isOpen ? turn : null;
}

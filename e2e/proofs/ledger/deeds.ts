import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Reader } from "../chaos/history.ts";
import type { Random } from "../chaos/random.ts";
import { read } from "../chaos/reader.ts";
import { mutate, untilAnswered } from "../chaos/sender.ts";
import type { StagePerson } from "../chaos/stage.ts";
import type { Wish } from "./wishes.ts";

const ids = z.object({
	threadId: z.string(),
	turnId: z.string(),
	userMessageId: z.string(),
	assistantMessageId: z.string(),
});
type Ids = z.infer<typeof ids>;

/** One request under one name, with everything that came back. */
export interface Deed {
	readonly clientMessageId: string;
	readonly kind: Wish["kind"];
	/** How often it was posted again after an answer, or beside the first post. */
	reposts: number;
	/** One for each post that was acknowledged. */
	readonly replies: Ids[];
	/** Why it was refused; null for one that was acknowledged. */
	refusal: string | null;
}

/** Where people work off what is to be done. */
export interface Field {
	readonly url: string;
	readonly deeds: Deed[];
	/** The next wish; null when there is none left. */
	take(): Wish | null;
}

/** What somebody may regenerate or continue, and where the conversation goes on. */
interface Place {
	threadId: string | undefined;
	turns: number;
	last: Ids | null;
	open: Ids | null;
}

const turnsPerThreadMax = 4;

/** One person: request after request, until there is nothing left to do. */
export async function work(person: StagePerson, field: Field, random: Random): Promise<void> {
	const place: Place = { threadId: undefined, turns: 0, last: null, open: null };
	for (let wish = field.take(); wish; wish = field.take()) {
		const call = toCall(wish, place);
		const deed: Deed = { ...call, reposts: 0, replies: [], refusal: null };
		field.deeds.push(deed);
		const scene = { person, field, random, deed, call };
		const isTwin = wish.repeats > 0 && random.chance(0.5);
		await Promise.all([post(scene), ...(isTwin ? [repost(scene)] : [])]);
		const turn = deed.replies[0];
		const status = turn ? await follow(turn, wish, scene) : null;
		for (let repeat = isTwin ? 1 : 0; repeat < wish.repeats; repeat++) await repost(scene);
		move(place, { turn: turn ?? null, status, random });
	}
}

interface Call {
	readonly kind: Wish["kind"];
	readonly clientMessageId: string;
	readonly path: string;
	readonly input: object;
}

function toCall(wish: Wish, { threadId, last, open }: Place): Call {
	const clientMessageId = crypto.randomUUID();
	const model = wish.model === "auto" ? {} : { model: wish.model };
	if (wish.kind === "regenerate" && last)
		return {
			...{ kind: "regenerate", clientMessageId, path: "chat.regenerate" },
			input: { clientMessageId, userMessageId: last.userMessageId, ...model },
		};
	if (wish.kind === "continue" && open)
		return {
			...{ kind: "continue", clientMessageId, path: "chat.continue" },
			input: { clientMessageId, assistantMessageId: open.assistantMessageId },
		};
	const text = `${clientMessageId}${" penny".repeat(wish.words)} [[sim ${wish.sim}]]`;
	return {
		...{ kind: "send", clientMessageId, path: "chat.send" },
		input: { clientMessageId, text, threadId, ...model },
	};
}

interface Scene {
	readonly person: StagePerson;
	readonly field: Field;
	readonly random: Random;
	readonly deed: Deed;
	readonly call: Call;
}

async function post({ person, field, deed, call }: Scene): Promise<void> {
	const { path, input } = call;
	const made = await untilAnswered(() => mutate(field.url, { path, input, headers: person.headers }));
	const parsed = ids.safeParse(made.data);
	if (parsed.success) deed.replies.push(parsed.data);
	else deed.refusal ??= `${path} ${made.code ?? "malformed"}`;
}

async function repost(scene: Scene): Promise<void> {
	scene.deed.reposts += 1;
	await post(scene);
}

/** Reads the answer as the wish says; a reader who stays sees its end, and returns how it ended. */
async function follow(
	{ turnId }: Ids,
	{ manner }: Wish,
	{ person, field, random }: Scene,
): Promise<string | null> {
	if (manner === "ignore") return null;
	const reader: Reader = {
		...{ kind: "main", turnId, events: [], connections: [], contradictions: [] },
		gaveUpBecause: null,
	};
	const stopAfterMs = { "stop-early": random.between(0, 400), "stop-late": random.between(300, 650) };
	const stopping =
		manner === "stop-early" || manner === "stop-late"
			? sleep(stopAfterMs[manner]).then(() => stop(turnId, { person, field }))
			: null;
	await read(reader, {
		headers: person.headers,
		toUrl: () => ({ url: field.url, via: null }),
		...(manner === "leave" ? { leave: { afterEvents: random.between(1, 5), absentMs: null } } : {}),
	});
	await stopping;
	const end = reader.events.at(-1)?.event;
	return end?.type === "turn-end" ? end.status : null;
}

async function stop(turnId: string, { person, field }: Pick<Scene, "person" | "field">): Promise<void> {
	const stopped = { path: "chat.stop", input: { turnId }, headers: person.headers };
	await untilAnswered(() => mutate(field.url, stopped));
}

/** An answer that somebody left may still be written: only one whose end was seen is gone on from. */
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

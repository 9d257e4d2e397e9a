import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../kit/random.ts";
import type { StagePerson } from "../../kit/stage/accounts.ts";
import { type ClientField, chooseInstance, type Scene } from "./client-field.ts";
import type { ClientRequest, Reader, RequestKind } from "./history.ts";
import { createRequest, post, postUntilAnswered } from "./make-request.ts";
import { readAnswer } from "./read-answer.ts";

const turnsPerThreadMax = 3;

/** Where a person's conversation goes on. */
interface Conversation {
	threadId: string | undefined;
	/** The last message of the thread. */
	parentMessageId: string | null;
	turns: number;
}

/** One person: request after request, each answer read to its end, until the field closes. */
export async function live(person: StagePerson, field: ClientField, random: Random): Promise<void> {
	await sleep(random.between(0, 2_000));
	const scene: Scene = { person, field, random };
	let conversation: Conversation = { threadId: undefined, parentMessageId: null, turns: 0 };
	while (field.isOpen()) {
		const last = await play(field.nextKind(), conversation, scene);
		const goesOn = last.ids && conversation.turns + 1 < turnsPerThreadMax && random.chance(0.6);
		conversation = {
			threadId: goesOn ? last.ids?.threadId : undefined,
			parentMessageId: goesOn ? (last.ids?.assistantMessageId ?? null) : null,
			turns: goesOn ? conversation.turns + 1 : 0,
		};
		await sleep(random.between(0, 500));
	}
}

/** Makes a request of this kind, after the message that it needs; returns the last one that was made. */
async function play(kind: RequestKind, conversation: Conversation, scene: Scene): Promise<ClientRequest> {
	if (kind === "send" || kind === "fallback" || kind === "complete") {
		return (await ask({ kind, origin: null }, conversation, scene)).request;
	}
	const { request: origin, reader } = await ask({ kind: "send", origin: null }, conversation, {
		...scene,
		stopsEarly: kind === "continue",
	});
	if (!origin.ids || (kind === "continue" && !canContinue(reader))) return origin;
	const place = { ...conversation, threadId: origin.ids.threadId };
	return (await ask({ kind, origin }, place, scene)).request;
}

/** Only an answer that ended early and has text can go on. */
function canContinue(reader: Reader | null): boolean {
	const end = reader?.events.at(-1)?.event;
	const isEarly = end?.type === "turn-end" && (end.status === "stopped" || end.status === "interrupted");
	return isEarly && reader?.events.some(({ event }) => event.type === "text-delta") === true;
}

/** Makes one request and reads its answer. */
async function ask(
	{ kind, origin }: Pick<ClientRequest, "kind" | "origin">,
	conversation: Conversation,
	scene: Scene,
): Promise<{ request: ClientRequest; reader: Reader | null }> {
	const { person, field, random } = scene;
	const request = createRequest(field.history, { kind, person, origin }, random);
	await deliver(request, conversation, scene);
	return { request, reader: request.ids ? await readAnswer(request, request.ids, scene) : null };
}

/** Sends it as a browser does; sometimes twice at once, the second time to another instance. */
async function deliver(
	request: ClientRequest,
	{ threadId, parentMessageId }: Conversation,
	{ field, random }: Scene,
): Promise<void> {
	const to = { url: field.balancerUrl, via: null, threadId, parentMessageId };
	const twin = random.chance(0.15) ? chooseInstance(field, random, null) : null;
	await Promise.all([
		postUntilAnswered(request, to),
		...(twin ? [post(request, { ...to, url: twin.url, via: twin.index })] : []),
	]);
}

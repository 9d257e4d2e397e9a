import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Person } from "../../../bench/sign-in.ts";
import { isTransient, mutate } from "../kit/clients/api-calls.ts";
import { createReading, readTurn, type SeenEvent } from "../kit/clients/turn-reader.ts";

const ids = z.object({ turnId: z.string(), assistantMessageId: z.string() });
/** A message that is refused for a passing reason is sent again for so long. */
const sendPatienceMs = 20_000;

export interface Asked {
	readonly text: string;
	readonly modelId: string;
	/** Null when the message was not accepted. */
	readonly turnId: string | null;
	readonly assistantMessageId: string | null;
	readonly problem: string | null;
	readonly askedAtMs: number;
	readonly events: readonly SeenEvent[];
}

/** Sends a message to a model and reads its answer to the end, as a browser does. Never throws. */
export async function ask(
	url: string,
	person: Person,
	{ text, modelId }: { text: string; modelId: string },
): Promise<Asked> {
	const askedAtMs = Date.now();
	const input = { clientMessageId: crypto.randomUUID(), text, model: modelId };
	const call = { path: "chat.send", input, headers: person.headers };
	let reply = await mutate(url, call);
	while (reply.code && isTransient(reply.code) && Date.now() - askedAtMs < sendPatienceMs) {
		await sleep(200);
		reply = await mutate(url, call);
	}
	const parsed = ids.safeParse(reply.data);
	const message = { text, modelId, askedAtMs };
	if (!parsed.success)
		return {
			...message,
			turnId: null,
			assistantMessageId: null,
			problem: `refused: ${reply.code}`,
			events: [],
		};
	const reading = createReading(parsed.data.turnId);
	await readTurn(reading, { headers: person.headers, toUrl: () => ({ url, via: null }) });
	const problem = reading.gaveUpBecause ?? reading.contradictions[0] ?? null;
	return { ...message, ...parsed.data, problem, events: reading.events };
}

/** When there was something to read: the first of the answer, of its reasoning, or its end. */
export const toFirstAtMs = (events: readonly SeenEvent[]): number | null =>
	events.find(({ event }) => ["text-delta", "reasoning-delta", "turn-end"].includes(event.type))?.atMs ??
	null;

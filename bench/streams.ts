import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Parley, Speed } from "./targets.ts";

export const toFollowPath = (turnId: string) =>
	`/api/trpc/chat.follow?input=${encodeURIComponent(JSON.stringify({ turnId }))}`;
export const viewerEventsPath = "/api/trpc/events.follow?input=%7B%7D";

/** Asks for a stream on a connection of its own; nothing of it is read but what node takes by itself. */
export function openStream(
	parley: Parley,
	path: string,
	headers: Record<string, string> = {},
	person = 0,
): Promise<Socket> {
	const { promise, resolve, reject } = Promise.withResolvers<Socket>();
	const lines = Object.entries({
		host: "localhost",
		cookie: parley.people[person]?.cookie ?? "",
		...headers,
	});
	const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
	const socket = connect(parley.port, "127.0.0.1", () => {
		socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`);
		resolve(socket);
	});
	socket.on("error", reject);
	return promise;
}

/** Resolves with what has arrived once the pattern is in it. @throws when the connection ends before. */
export function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
	const { promise, resolve, reject } = Promise.withResolvers<string>();
	let text = "";
	socket.on("data", (part) => {
		text += part.toString("latin1");
		if (pattern.test(text)) resolve(text);
	});
	socket.once("close", () => reject(new Error(`The stream ended before ${pattern}: ${text.slice(-300)}`)));
	socket.once("error", reject);
	return promise.finally(() => socket.removeAllListeners("data"));
}

/** Sends a message as one of the people, by default the first; the answer's turn. @throws for any refusal. */
export async function sendMessage(parley: Parley, model: Speed, person = 0): Promise<string> {
	const body = JSON.stringify({ clientMessageId: crypto.randomUUID(), text: "How do queues behave?", model });
	const headers = { "content-type": "application/json", ...parley.people[person]?.headers };
	const answer = await fetch(`${parley.url}/api/trpc/chat.send`, { method: "POST", headers, body });
	const { result, error } = await answer.json();
	if (!result) throw Object.assign(new Error(error?.message), { code: error?.data?.parley?.code });
	return result.data.turnId;
}

/** Polls a condition of another process ten times a second; false when it does not come to hold in time. */
export async function waitUntil(
	condition: () => boolean | Promise<boolean>,
	withinMs: number,
): Promise<boolean> {
	for (const endsAt = performance.now() + withinMs; performance.now() < endsAt; await sleep(100))
		if (await condition()) return true;
	return false;
}

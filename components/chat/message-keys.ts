import type { Message } from "@/server/client";
import { isLiveStatus, type ShownMessage } from "./chat-state";

/** A message of the server as a row of the screen. */
export function toShown(message: Message): ShownMessage {
	return {
		...message,
		key: toPositionKey(message),
		delivery: "sent",
		draft: null,
		failure: null,
		reasoning: "",
		reasoningMs: null,
	};
}

/**
 * Gives each row the name it had before: by id, else by its position in the tree. So a row that gets its server id, or
 * another version of it, is the same row: it keeps focus and does not flash. What only this tab knows is kept as well.
 */
export function inheritKeys(
	next: readonly ShownMessage[],
	previous: readonly ShownMessage[],
): readonly ShownMessage[] {
	const byId = new Map(previous.map((message) => [message.id, message]));
	const byPosition = new Map(previous.map((message) => [toPositionKey(message), message]));
	return next.map((message) => {
		const same = byId.get(message.id);
		const key = same?.key ?? byPosition.get(toPositionKey(message))?.key ?? message.key;
		if (!same) return { ...message, key };
		// Read while the answer still ran, and arrived after its end: what ended here stays ended.
		const isSameTurn = same.turn?.turnId === message.turn?.turnId;
		if (isSameTurn && isRunning(message) && !isRunning(same)) return { ...same, key };
		const isSame = same.key === key && isUnchanged(same, message);
		return isSame ? same : { ...message, key, reasoning: same.reasoning, reasoningMs: same.reasoningMs };
	});
}

function isRunning({ turn }: ShownMessage): boolean {
	return turn !== null && isLiveStatus(turn.status);
}

function toPositionKey({ parentMessageId, role }: Pick<Message, "parentMessageId" | "role">): string {
	return `${parentMessageId ?? "root"}:${role}`;
}

/** Equal rows keep their object, so that a refetch renders nothing. */
function isUnchanged(a: ShownMessage, b: ShownMessage): boolean {
	return (
		a.text === b.text &&
		a.delivery === b.delivery &&
		a.parentMessageId === b.parentMessageId &&
		a.modelSpans.length === b.modelSpans.length &&
		a.turn?.turnId === b.turn?.turnId &&
		a.turn?.status === b.turn?.status &&
		a.siblings.index === b.siblings.index &&
		a.siblings.ids.join() === b.siblings.ids.join()
	);
}

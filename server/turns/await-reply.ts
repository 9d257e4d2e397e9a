import { type LoggedEvent, type TurnEnd, type TurnEvent, toSpoken } from "../contract/turn.ts";

/** How a turn ended, and what it has the person read. */
export interface TurnReply {
	readonly status: TurnEnd["status"];
	readonly code?: TurnEnd["code"];
	readonly text: string;
	readonly receipt: TurnEnd["receipt"];
}

/** Folds the events of a turn to its reply; null when they break off before its end. */
export async function readReply(events: AsyncIterable<LoggedEvent>): Promise<TurnReply | null> {
	const seen: TurnEvent[] = [];
	for await (const { event } of events) {
		if (event.type === "turn-end") {
			const { status, code, receipt } = event;
			return { status, ...(code && { code }), text: toSpoken(seen).text, receipt };
		}
		if (event.type === "text-delta" || event.type === "text-reset") seen.push(event);
	}
	return null;
}

import { emptyTurnView, foldEvent } from "../contract/fold.ts";
import type { LoggedEvent, TurnEnd } from "../contract/turn.ts";

/** How a turn ended, and what it has the person read. */
export interface TurnReply {
	readonly status: TurnEnd["status"];
	readonly code?: TurnEnd["code"];
	readonly text: string;
	readonly receipt: TurnEnd["receipt"];
}

/** Folds the events of a turn to its reply; null when they break off before its end. */
export async function readReply(events: AsyncIterable<LoggedEvent>): Promise<TurnReply | null> {
	let view = emptyTurnView;
	for await (const { event } of events) {
		if (event.type === "turn-end") {
			const { status, code, receipt } = event;
			return { status, ...(code && { code }), text: view.text, receipt };
		}
		view = foldEvent(view, event);
	}
	return null;
}

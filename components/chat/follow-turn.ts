import type { TurnEvent } from "@/server/client";
import { followEvents } from "../follow-events";
import { type Failure, trpc } from "../trpc-client";

interface FollowTurnInput {
	readonly turnId: string;
	/** The last event already folded; null to read from the start. */
	readonly lastEventId: string | null;
	onEvent(id: string, event: TurnEvent): void;
	onLost(attempt: number): void;
	onRefuse(failure: Failure): void;
}

/** Reads the events of a turn, each at least once and in order, until its end. Returns the function that leaves it. */
export function followTurn({ turnId, onEvent, ...input }: FollowTurnInput): () => void {
	return followEvents<TurnEvent>({
		...input,
		subscribe: (lastEventId, observer) => trpc.chat.follow.subscribe({ turnId, lastEventId }, observer),
		onEvent: (id, event) => {
			onEvent(id, event);
			return event.type === "turn-end";
		},
	});
}

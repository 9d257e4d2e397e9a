import type { TurnEvent } from "@/server/client";
import { type EventObserver, followEvents } from "../../connection/follow-events";
import { takeStreamSlot } from "../../connection/stream-slots";
import { type Failure, trpc } from "../../connection/trpc-client";

/** How often a tab without a stream of its own looks what is new. */
const pollIntervalMs = 400;

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
		subscribe: (lastEventId, observer) => subscribe({ turnId, lastEventId }, observer),
		onEvent: (id, event) => {
			onEvent(id, event);
			return event.type === "turn-end";
		},
	});
}

interface Place {
	readonly turnId: string;
	readonly lastEventId: string | null;
}

/** One stream, if this browser may still open one; until then what is stored, again and again. */
function subscribe(place: Place, observer: EventObserver<TurnEvent>): { unsubscribe(): void } {
	const leaving = new AbortController();
	void read(place, observer, leaving.signal);
	return { unsubscribe: () => leaving.abort() };
}

async function read(place: Place, observer: EventObserver<TurnEvent>, signal: AbortSignal): Promise<void> {
	let { lastEventId } = place;
	const onData: typeof observer.onData = (item) => {
		lastEventId = item.id;
		observer.onData(item);
	};
	for (;;) {
		const slot = await takeStreamSlot();
		const input = { turnId: place.turnId, lastEventId, once: slot === null };
		const lost = signal.aborted ? null : await connect(input, { ...observer, onData }, signal);
		slot?.release();
		if (signal.aborted) return;
		if (lost) return observer.onError(lost.error);
		if (slot) return observer.onComplete();
		await sleep(pollIntervalMs);
	}
}

/** Resolves when the connection is over: null when the server ended it or the reader left, else with the error. */
function connect(
	input: Place & { readonly once: boolean },
	observer: EventObserver<TurnEvent>,
	signal: AbortSignal,
): Promise<{ readonly error: unknown } | null> {
	return new Promise((resolve) => {
		const subscription = trpc.chat.follow.subscribe(input, {
			...observer,
			onError: (error) => resolve({ error }),
			onComplete: () => resolve(null),
		});
		signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
	});
}

function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

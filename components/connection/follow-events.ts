import { toRetryDelayMs } from "./call-until-answered";
import { type Failure, toFailure } from "./trpc-client";

/** What a subscription of tRPC tells. */
export interface EventObserver<Event> {
	onData(item: { id: string; data: Event }): void;
	onError(error: unknown): void;
	onComplete(): void;
	onConnectionStateChange(change: { state: string; error: unknown }): void;
}

interface FollowInput<Event> {
	/** The last event already known; null to read from where the server begins. */
	readonly lastEventId: string | null;
	subscribe(lastEventId: string | null, observer: EventObserver<Event>): { unsubscribe(): void };
	/** Returns true after the last event there will be. */
	onEvent(id: string, event: Event): boolean;
	/** The connection broke and is being made again; `attempt` counts from 1 since the last event. */
	onLost(attempt: number): void;
	/** The server will not have us here; no further try is made. */
	onRefuse(failure: Failure): void;
}

const isFinal = (code: Failure["code"]) =>
	code === "not_found" || code === "unauthorized" || code === "suspended" || code === "invalid_request";

/**
 * Reads a stream of events over any number of broken connections, one at a time: every new connection starts after the
 * last event that arrived, after a wait that grows, or at once when the network comes back. Returns what ends it.
 */
export function followEvents<Event>(input: FollowInput<Event>): () => void {
	let lastEventId = input.lastEventId;
	let attempt = 0;
	let isEnded = false;
	let current: { close(): void } | null = null;
	let timer: ReturnType<typeof setTimeout> | undefined;

	const end = () => {
		isEnded = true;
		clearTimeout(timer);
		window.removeEventListener("online", openNow);
		current?.close();
	};
	const retry = () => {
		attempt += 1;
		input.onLost(attempt);
		if (isEnded) return;
		clearTimeout(timer);
		timer = setTimeout(open, toRetryDelayMs(attempt - 1));
	};
	function open() {
		let isOpen = true;
		let subscription: { unsubscribe(): void } | null = null;
		const connection = {
			// Marked first: to unsubscribe tells the observer at once that the stream is complete.
			close() {
				isOpen = false;
				current = null;
				subscription?.unsubscribe();
			},
		};
		const lose = (error?: unknown) => {
			if (!isOpen) return;
			connection.close();
			const failure = error === undefined ? null : toFailure(error);
			if (!failure || !isFinal(failure.code)) return retry();
			end();
			input.onRefuse(failure);
		};
		current = connection;
		subscription = input.subscribe(lastEventId, {
			onData: ({ id, data }) => {
				if (!isOpen) return;
				attempt = 0;
				lastEventId = id;
				if (input.onEvent(id, data)) end();
			},
			onError: lose,
			onComplete: () => lose(),
			// The browser's own reconnecting has no jitter and no limit: ours takes over.
			onConnectionStateChange: ({ state, error }) => {
				if (state === "connecting" && error) lose(error);
			},
		});
		if (!isOpen) subscription.unsubscribe();
	}
	function openNow() {
		if (isEnded || current) return;
		clearTimeout(timer);
		open();
	}

	window.addEventListener("online", openNow);
	open();
	return end;
}

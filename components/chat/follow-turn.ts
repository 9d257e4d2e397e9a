import type { TurnEvent } from "@/server/client";
import { type Failure, toFailure, trpc } from "../trpc-client";
import { toRetryDelayMs } from "./retry-delay";

interface FollowInput {
	readonly turnId: string;
	/** The last event already folded; null to read from the start. */
	readonly lastEventId: string | null;
	onEvent(id: string, event: TurnEvent): void;
	/** The connection broke and is being made again; `attempt` counts from 1 since the last event. */
	onLost(attempt: number): void;
	/** The server will not let us follow this turn; no further try is made. */
	onRefuse(failure: Failure): void;
}

const isFinal = (code: Failure["code"]) =>
	code === "not_found" || code === "unauthorized" || code === "suspended" || code === "invalid_request";

/**
 * Reads the events of a turn, each at least once and in order, over any number of broken connections: every new
 * connection starts after the last event that arrived. Returns the function that ends it.
 */
export function followTurn(input: FollowInput): () => void {
	let lastEventId = input.lastEventId;
	let attempt = 0;
	let isClosed = false;
	let connection: { unsubscribe(): void } | null = null;
	let timer: ReturnType<typeof setTimeout> | undefined;

	const close = () => {
		isClosed = true;
		clearTimeout(timer);
		window.removeEventListener("online", reopenNow);
		connection?.unsubscribe();
		connection = null;
	};
	const reopen = () => {
		if (isClosed) return;
		connection?.unsubscribe();
		connection = null;
		attempt += 1;
		input.onLost(attempt);
		if (isClosed) return;
		clearTimeout(timer);
		timer = setTimeout(open, toRetryDelayMs(attempt - 1));
	};
	const fail = (error: unknown) => {
		if (isClosed) return;
		const failure = toFailure(error);
		if (!isFinal(failure.code)) return reopen();
		close();
		input.onRefuse(failure);
	};
	function open() {
		if (isClosed) return;
		let isCurrent = true;
		const current = trpc.chat.follow.subscribe(
			{ turnId: input.turnId, lastEventId },
			{
				onData: ({ id, data }) => {
					if (isClosed || !isCurrent) return;
					attempt = 0;
					lastEventId = id;
					input.onEvent(id, data);
					if (data.type === "turn-end") close();
				},
				onError: (error) => isCurrent && fail(error),
				onComplete: () => isCurrent && reopen(),
				// The browser's own reconnecting has no jitter and no limit: ours takes over.
				onConnectionStateChange: ({ state, error }) => {
					if (isCurrent && state === "connecting" && error) fail(error);
				},
			},
		);
		connection = {
			unsubscribe: () => {
				isCurrent = false;
				current.unsubscribe();
			},
		};
	}
	function reopenNow() {
		if (isClosed || connection) return;
		clearTimeout(timer);
		open();
	}

	window.addEventListener("online", reopenNow);
	open();
	return close;
}

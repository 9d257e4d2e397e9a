import type { UserId } from "../contract/ids.ts";
import type { Publish, ViewerEvent } from "../contract/viewer-event.ts";
import type { Notices } from "../kernel/notices.ts";

interface Follower {
	readonly viewer: { readonly userId: UserId };
	readonly lastEventId: string | null;
}

export interface ViewerEvents {
	readonly publish: Publish;
	/** Ends when the signal aborts. The first event after a gap that memory cannot fill is `resync`. */
	follow(
		follower: Follower,
		signal: AbortSignal | undefined,
	): AsyncGenerator<{ id: string; event: ViewerEvent }, void>;
}

interface KeptEvent {
	readonly place: number;
	/** Null is everyone. */
	readonly userId: UserId | null;
	readonly event: ViewerEvent;
}

const topic = "viewer-event";
/** Events kept in memory for readers that connect again. A reader whose last event is older gets `resync`. */
const keptEventsMax = 2_000;

/**
 * Passes events to the people concerned. Events of this process reach its readers at once, those of other processes by notice;
 * when notices may have been lost, every reader gets `resync`.
 *
 * @param input.isStillValid asked for each reader every 2 s, so that a suspension or a sign-out ends the stream within seconds.
 */
export function createViewerEvents(input: {
	instanceId: string;
	notices: Notices;
	isStillValid(viewer: { userId: UserId }): Promise<boolean>;
}): ViewerEvents {
	const { notices } = input;
	let kept: KeptEvent[] = [];
	let lastPlace = 0;
	const readers = createReaders();
	const toId = (place: number) => `${input.instanceId}.${place}`;

	function resumeFrom(lastEventId: string | null): number | null {
		if (lastEventId === null) return lastPlace;
		const [instance, place] = lastEventId.split(".");
		const at = Number(place);
		const oldest = kept[0]?.place ?? lastPlace + 1;
		return instance === input.instanceId && Number.isInteger(at) && at >= oldest - 1 && at <= lastPlace
			? at
			: null;
	}

	function deliver(userId: UserId | null, event: ViewerEvent): void {
		kept.push({ place: ++lastPlace, userId, event });
		if (kept.length > keptEventsMax * 2) kept = kept.slice(-keptEventsMax);
		readers.wake(userId);
	}
	notices.on(topic, (body) => {
		const { userId, event } = body as { userId: UserId; event: ViewerEvent };
		deliver(userId, event);
	});
	// Kept as an event, so that readers get it, too, who are busy with another event or are about to connect again.
	notices.onGap(() => deliver(null, { type: "resync" }));

	return {
		publish(userId, event) {
			deliver(userId, event);
			notices.send(topic, { userId, event });
		},
		async *follow({ viewer, lastEventId }, signal) {
			const from = resumeFrom(lastEventId);
			let seen = from ?? lastPlace;
			if (from === null) yield { id: toId(seen), event: { type: "resync" } };
			while (!signal?.aborted) {
				for (const { place, userId, event } of kept) {
					if (place <= seen) continue;
					seen = place;
					if (userId === null || userId === viewer.userId) yield { id: toId(place), event };
				}
				if (!(await input.isStillValid(viewer)))
					return yield { id: toId(seen), event: { type: "session-end", reason: "unauthorized" } };
				if (seen === lastPlace) await readers.wait(viewer.userId, signal);
			}
		},
	};
}

/** How long a reader waits before it checks its session again. */
const waitMs = 2_000;

/** Readers that wait for the next event, by person. */
function createReaders() {
	const waiting = new Map<UserId, Set<() => void>>();
	return {
		wake(userId: UserId | null): void {
			const woken = userId === null ? [...waiting.values()] : [waiting.get(userId) ?? []];
			for (const resolves of woken) for (const resolve of resolves) resolve();
		},
		/** Resolves with the next event of this person, after 2 s, or when the signal aborts. */
		async wait(userId: UserId, signal: AbortSignal | undefined): Promise<void> {
			const { promise, resolve } = Promise.withResolvers<void>();
			const set = waiting.get(userId) ?? new Set();
			waiting.set(userId, set.add(resolve));
			const timer = setTimeout(resolve, waitMs);
			const leave = () => resolve();
			signal?.addEventListener("abort", leave, { once: true });
			await promise;
			clearTimeout(timer);
			signal?.removeEventListener("abort", leave);
			set.delete(resolve);
			if (set.size === 0) waiting.delete(userId);
		},
	};
}

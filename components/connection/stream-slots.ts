/**
 * Streams of answers that one browser holds open at a time. HTTP/1.1 gives an origin six connections over all tabs: three
 * for answers and one for `events.follow` leave two for everything else that a person does.
 */
const slotsMax = 3;

export interface StreamSlot {
	release(): void;
}

/** A slot that is free in this browser now, or null. A tab that goes away gives its slot back. */
export async function takeStreamSlot(): Promise<StreamSlot | null> {
	// Without locks (plain http on another host) tabs cannot know of each other.
	if (!navigator.locks) return { release: () => undefined };
	for (let number = 1; number <= slotsMax; number++) {
		const slot = await takeLock(`parley-turn-stream-${number}`);
		if (slot) return slot;
	}
	return null;
}

function takeLock(name: string): Promise<StreamSlot | null> {
	const { promise: taken, resolve } = Promise.withResolvers<StreamSlot | null>();
	const { promise: released, resolve: release } = Promise.withResolvers<void>();
	navigator.locks
		.request(name, { ifAvailable: true }, (lock) => {
			resolve(lock && { release });
			return lock ? released : undefined;
		})
		.catch(() => resolve(null));
	return taken;
}

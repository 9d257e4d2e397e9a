import { claim, release } from "./tab-claims";

/**
 * Streams of answers that one browser holds open at a time. HTTP/1.1 gives an origin six connections over all tabs: three
 * for answers and one for `events.follow` leave two for everything else that a person does.
 */
const slotsMax = 3;

export interface StreamSlot {
	release(): void;
}

/**
 * A slot that is free in this browser now, or null. A tab that goes away gives its slot back. Without locks (plain http on
 * another host) no tab knows for certain how many streams there are: then there is no slot, and every tab polls.
 */
export async function takeStreamSlot(): Promise<StreamSlot | null> {
	if (!navigator.locks) return null;
	for (let number = 1; number <= slotsMax; number++) {
		const name = `parley-turn-stream-${number}`;
		if (await claim(name)) return { release: () => release(name) };
	}
	return null;
}

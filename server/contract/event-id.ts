/** The place of an event in its turn's log, written `<epoch>.<seq>`. */
export interface EventPlace {
	/** Counts the turn's owners from 1. */
	readonly epoch: number;
	/** Starts at 1 and is dense; 0 is the place before the first event. */
	readonly seq: number;
}

export function toEventId({ epoch, seq }: EventPlace): string {
	return `${epoch}.${seq}`;
}

/** Reads an event id as attacker input: two 31-bit integers without leading zeros, the first positive, or `null`. */
export function parseEventId(value: string): EventPlace | null {
	const match = /^([1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/.exec(value);
	return match ? { epoch: Number(match[1]), seq: Number(match[2]) } : null;
}

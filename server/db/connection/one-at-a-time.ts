const endsOfRequests = new Set(Buffer.from("QSH"));

export interface RequestGate {
	/** Takes whole messages and sends them in order, a request only after the answer to the one before. */
	write(bytes: Buffer): void;
	/** To be called whenever bytes were received. */
	noteReceived(): void;
}

/**
 * Keeps a connection from sending a request before the last one is answered. Poolers may give the session away after any
 * answer: PgBouncer 1.18 does so although the driver has already sent the next request, and then mixes answers up.
 *
 * @param send writes to the socket; the first bytes are the start-up message.
 * @param isWaiting whether an answer is missing.
 */
export function createRequestGate(send: (bytes: Buffer) => void, isWaiting: () => boolean): RequestGate {
	const held: Buffer[] = [];
	let hasStarted = false;

	function sendNext() {
		while (held[0] && (!isWaiting() || !endsRequest(held[0]))) send(held.shift() ?? Buffer.alloc(0));
	}

	return {
		write(bytes) {
			held.push(...(hasStarted ? splitRequests(bytes) : [bytes]));
			hasStarted = true;
			sendNext();
		},
		noteReceived: sendNext,
	};
}

/** False for what belongs to a request that is under way, such as a password or rows to copy. */
function endsRequest(piece: Buffer): boolean {
	let type = 0;
	for (let at = 0; at + 5 <= piece.length; at += 1 + piece.readUInt32BE(at + 1)) type = piece[at] ?? 0;
	return endsOfRequests.has(type);
}

/** Cuts after each Query, Sync and Flush message, which end a request. What follows the last of them is a piece of its own. */
export function splitRequests(bytes: Buffer): Buffer[] {
	const pieces: Buffer[] = [];
	let start = 0;
	for (let at = 0; at + 5 <= bytes.length; ) {
		const type = bytes[at] ?? 0;
		at += 1 + bytes.readUInt32BE(at + 1);
		if (!endsOfRequests.has(type)) continue;
		pieces.push(bytes.subarray(start, at));
		start = at;
	}
	if (start < bytes.length) pieces.push(bytes.subarray(start));
	return pieces;
}

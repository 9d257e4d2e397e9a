/** One connection's questions and answers in PostgreSQL's protocol: does anybody wait for the server? */
export interface Exchange {
	/** Bytes to the server: whole messages, the first one without a type. */
	ask(bytes: Buffer): void;
	/** Bytes from the server, cut anywhere. */
	hear(bytes: Buffer): void;
	/** True from a question until its answer is whole. A listening connection waits for nobody. */
	readonly isWaiting: boolean;
	/** True since the first question. */
	readonly hasBegun: boolean;
	/** True since the server first was ready for a question: the connection is open, and the password was right. */
	readonly isOpen: boolean;
}

const [simpleQuery, sync, readyForQuery] = Buffer.from("QSZ");

/**
 * The server answers each of the start-up, Sync and simple Query messages with exactly one ReadyForQuery, however many questions
 * are on their way at once. A question that ends in Flush has no such mark, but is answered by something.
 */
export function createExchange(): Exchange {
	let hasBegun = false;
	let isOpen = false;
	let unanswered = 0;
	let isSilent = false;
	/** Of the message that is arriving: its type and length as far as they came, and how much of its body is to come. */
	const head = Buffer.alloc(5);
	let headBytes = 0;
	let bodyBytes = 0;

	function answer() {
		isOpen = true;
		unanswered = Math.max(0, unanswered - 1);
	}

	return {
		ask(bytes) {
			isSilent = true;
			if (!hasBegun) unanswered++;
			else
				for (let at = 0; at + head.length <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1))
					if (bytes[at] === sync || bytes[at] === simpleQuery) unanswered++;
			hasBegun = true;
		},
		hear(bytes) {
			isSilent = false;
			for (let at = 0; at < bytes.length; ) {
				const step = Math.min(bodyBytes || head.length - headBytes, bytes.length - at);
				if (bodyBytes > 0) {
					bodyBytes -= step;
					if (bodyBytes === 0 && head[0] === readyForQuery) answer();
				} else {
					headBytes = (headBytes + bytes.copy(head, headBytes, at, at + step)) % head.length;
					if (headBytes === 0) bodyBytes = head.readUInt32BE(1) - 4;
				}
				at += step;
			}
		},
		get hasBegun() {
			return hasBegun;
		},
		get isWaiting() {
			return isSilent || unanswered > 0;
		},
		get isOpen() {
			return isOpen;
		},
	};
}

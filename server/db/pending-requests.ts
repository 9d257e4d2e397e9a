/** Which requests on one connection, in PostgreSQL's wire protocol, the server has not answered yet. */
export interface PendingRequests {
	/** Bytes sent to the server: whole messages, the first one without a type. */
	noteSent(bytes: Buffer): void;
	/** Bytes received from the server, cut anywhere. */
	noteReceived(bytes: Buffer): void;
	/** True from a request until its response is whole. A connection that only listens has none. */
	readonly isWaiting: boolean;
	/** True once the first request was sent. */
	readonly hasSent: boolean;
	/** True once the server was ready for a query: the connection is open and the password was right. */
	readonly isOpen: boolean;
}

const [simpleQuery, sync, readyForQuery] = Buffer.from("QSZ");

/**
 * Counts requests without an answer. The server answers each start-up, Sync and simple Query message with exactly one
 * ReadyForQuery, however many are on their way (PostgreSQL, 54.2). A request that ends in Flush has no such mark; any bytes
 * count as its answer.
 */
export function trackRequests(): PendingRequests {
	let hasSent = false;
	let isOpen = false;
	let unanswered = 0;
	let isSilent = false;
	/** The message that is arriving: its type and length as far as received, and how much of its body is missing. */
	const head = Buffer.alloc(5);
	let headBytes = 0;
	let bodyBytes = 0;

	function noteReady() {
		isOpen = true;
		unanswered = Math.max(0, unanswered - 1);
	}

	return {
		noteSent(bytes) {
			isSilent = true;
			if (!hasSent) unanswered++;
			else
				for (let at = 0; at + head.length <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1))
					if (bytes[at] === sync || bytes[at] === simpleQuery) unanswered++;
			hasSent = true;
		},
		noteReceived(bytes) {
			isSilent = false;
			for (let at = 0; at < bytes.length; ) {
				const step = Math.min(bodyBytes || head.length - headBytes, bytes.length - at);
				if (bodyBytes > 0) {
					bodyBytes -= step;
					if (bodyBytes === 0 && head[0] === readyForQuery) noteReady();
				} else {
					headBytes = (headBytes + bytes.copy(head, headBytes, at, at + step)) % head.length;
					if (headBytes === 0) bodyBytes = head.readUInt32BE(1) - 4;
				}
				at += step;
			}
		},
		get hasSent() {
			return hasSent;
		},
		get isWaiting() {
			return isSilent || unanswered > 0;
		},
		get isOpen() {
			return isOpen;
		},
	};
}

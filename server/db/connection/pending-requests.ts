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
	/** True when no message has arrived in part. */
	readonly isBetweenMessages: boolean;
}

const [simpleQuery, sync, flush, readyForQuery] = Buffer.from("QSHZ");
/** RowDescription, NoData, PortalSuspended, CommandComplete, ErrorResponse. */
const endsOfFlushed = new Set(Buffer.from("TnsCE"));

/**
 * Counts requests without an answer. The server answers each start-up, Sync and simple Query message with exactly one
 * ReadyForQuery, however many are on their way (PostgreSQL, 54.2). A request that the driver ends with Flush describes
 * a statement or runs a part of one, and its answer ends in one of five messages.
 */
export function trackRequests(): PendingRequests {
	let hasSent = false;
	let isOpen = false;
	let isSilent = false;
	/** What ends the answers that are missing, the oldest first. */
	const missing: ("ready" | "flushed")[] = [];
	/** The message that is arriving: its type and length as far as received, and how much of its body is missing. */
	const head = Buffer.alloc(5);
	let headBytes = 0;
	let bodyBytes = 0;

	function noteMessage(type: number) {
		if (type === readyForQuery) isOpen = true;
		const isEnd = missing[0] === "flushed" ? endsOfFlushed.has(type) : type === readyForQuery;
		if (isEnd) missing.shift();
	}

	return {
		noteSent(bytes) {
			isSilent = true;
			if (!hasSent) missing.push("ready");
			else
				for (let at = 0; at + head.length <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) {
					const type = bytes[at];
					if (type === sync || type === simpleQuery) missing.push("ready");
					else if (type === flush) missing.push("flushed");
				}
			hasSent = true;
		},
		noteReceived(bytes) {
			isSilent = false;
			for (let at = 0; at < bytes.length; ) {
				const step = Math.min(bodyBytes || head.length - headBytes, bytes.length - at);
				if (bodyBytes > 0) {
					bodyBytes -= step;
					if (bodyBytes === 0) noteMessage(head[0] ?? 0);
				} else {
					headBytes = (headBytes + bytes.copy(head, headBytes, at, at + step)) % head.length;
					if (headBytes === 0) {
						bodyBytes = head.readUInt32BE(1) - 4;
						if (bodyBytes === 0) noteMessage(head[0] ?? 0);
					}
				}
				at += step;
			}
		},
		get hasSent() {
			return hasSent;
		},
		get isWaiting() {
			return isSilent || missing.length > 0;
		},
		get isOpen() {
			return isOpen;
		},
		get isBetweenMessages() {
			return headBytes === 0 && bodyBytes === 0;
		},
	};
}

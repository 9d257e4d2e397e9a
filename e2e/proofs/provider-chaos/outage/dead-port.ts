import { createServer } from "node:net";

/** One request to a model of a dead provider. */
export interface ConnectionAttempt {
	readonly fromMs: number;
	/** When its connection was reset; null while it is open. */
	toMs: number | null;
}

/** Listens at a dead provider's port, resets every connection and counts requests; connections without one, which only keep warm, do not count. */
export interface DeadPort {
	readonly connectionAttempts: readonly ConnectionAttempt[];
	close(): Promise<void>;
}

/** So long a connection lives before it is reset: long enough to see how many there are at a time. */
const heldMs = 100;

/** @throws when the port is taken. */
export async function listenAtDeadPort(port: number): Promise<DeadPort> {
	const connectionAttempts: ConnectionAttempt[] = [];
	const server = createServer((socket) => {
		let attempt: ConnectionAttempt | null = null;
		socket.once("data", (start) => {
			if (!start.toString("latin1").startsWith("POST ")) return;
			attempt = { fromMs: Date.now(), toMs: null };
			connectionAttempts.push(attempt);
		});
		const timer = setTimeout(() => socket.resetAndDestroy(), heldMs);
		socket.on("error", () => undefined);
		socket.once("close", () => {
			clearTimeout(timer);
			if (attempt) attempt.toMs = Date.now();
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", resolve);
	});
	return {
		connectionAttempts,
		close: () => new Promise((resolve) => void server.close(() => resolve())),
	};
}

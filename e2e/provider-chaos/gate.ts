import { createServer } from "node:net";

/** One connection that somebody made to a provider that is dead. */
export interface Knock {
	readonly fromMs: number;
	/** Null while it is open. */
	toMs: number | null;
}

/** What stands at a dead provider's port and counts who comes. */
export interface Gate {
	readonly knocks: readonly Knock[];
	close(): Promise<void>;
}

/** So long a connection lives before it is reset: long enough to see how many there are at a time. */
const heldMs = 100;

/** @throws when the port is taken. */
export async function startGate(port: number): Promise<Gate> {
	const knocks: Knock[] = [];
	const server = createServer((socket) => {
		const knock: Knock = { fromMs: Date.now(), toMs: null };
		knocks.push(knock);
		const timer = setTimeout(() => socket.resetAndDestroy(), heldMs);
		socket.on("error", () => undefined).resume();
		socket.once("close", () => {
			clearTimeout(timer);
			knock.toMs = Date.now();
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", resolve);
	});
	return {
		knocks,
		close: () => new Promise((resolve) => void server.close(() => resolve())),
	};
}

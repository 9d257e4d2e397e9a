import { createServer } from "node:net";

/** One request that somebody made of a model of a provider that is dead. */
export interface Knock {
	readonly fromMs: number;
	/** When its connection was reset; null while it is open. */
	toMs: number | null;
}

/** What stands at a dead provider's port and counts who comes, apart from those who only keep a connection warm. */
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
		let knock: Knock | null = null;
		socket.once("data", (start) => {
			if (!start.toString("latin1").startsWith("POST ")) return;
			knock = { fromMs: Date.now(), toMs: null };
			knocks.push(knock);
		});
		const timer = setTimeout(() => socket.resetAndDestroy(), heldMs);
		socket.on("error", () => undefined);
		socket.once("close", () => {
			clearTimeout(timer);
			if (knock) knock.toMs = Date.now();
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

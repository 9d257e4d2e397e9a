import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How the proxy treats what passes through it; what is left out stays as it was. */
export interface ChaosWay {
	/** Added in each direction; 0 = none. */
	delayMs: number;
	/** In each direction of each connection. */
	bytesPerSecond: number;
	/**
	 * Nothing passes and no end notices, as when packets are dropped. What was on its way arrives when the hole is gone, also the
	 * end of a connection; connections that were opened meanwhile are then reset.
	 */
	isBlackHole: boolean;
	/** New connections are reset. */
	isRefusing: boolean;
	/** New connections are accepted and closed in order, as by a proxy in front of a dead server. */
	isHangingUp: boolean;
}

export interface ChaosProxy {
	/** On 127.0.0.1. */
	readonly port: number;
	/** Connections that are open now. */
	connections(): number;
	set(way: Partial<ChaosWay>): void;
	/** Cuts every open connection with a reset, on both sides. */
	resetAll(): void;
	close(): Promise<void>;
}

/** Bytes on their way in one direction before the sender has to wait. */
const onTheWayBytesMax = 256 * 1024;

/**
 * A TCP proxy between a server and its database that misbehaves on request. At first it passes everything; a change takes
 * effect at once, for open connections too.
 */
export async function startChaosProxy(input: {
	target: { host: string; port: number };
}): Promise<ChaosProxy> {
	const way: ChaosWay = {
		delayMs: 0,
		bytesPerSecond: Number.POSITIVE_INFINITY,
		isBlackHole: false,
		isRefusing: false,
		isHangingUp: false,
	};
	const clients = new Set<Socket>();
	const targets = new Set<Socket>();
	/** Accepted in a black hole. */
	const held = new Set<Socket>();
	let hole = Promise.withResolvers<void>();
	hole.resolve();

	function keep(socket: Socket, among: Set<Socket>): Socket {
		among.add(socket.setNoDelay(true));
		return socket.on("error", () => undefined).once("close", () => among.delete(socket));
	}

	const server = createServer((client) => {
		if (way.isRefusing) return void client.resetAndDestroy();
		if (way.isHangingUp) return void client.resume().end();
		keep(client, clients);
		if (way.isBlackHole) return void held.add(client.pause());
		const target = keep(connect(input.target), targets);
		forward(client, target);
		forward(target, client);
	});

	/** Passes bytes, the end and a break on, in this order and as late as the way says. */
	function forward(from: Socket, to: Socket): void {
		let last = Promise.resolve();
		let bytesOnTheWay = 0;
		const later = (act: () => unknown) => {
			const dueAt = performance.now() + way.delayMs;
			last = last.then(async () => {
				if (dueAt > performance.now()) await sleep(dueAt - performance.now());
				await hole.promise;
				await act();
			});
		};
		from.on("data", (bytes) => {
			bytesOnTheWay += bytes.length;
			if (bytesOnTheWay > onTheWayBytesMax) from.pause();
			later(async () => {
				for (let at = 0; at < bytes.length && to.writable; ) {
					const step = Math.ceil(way.bytesPerSecond / 10);
					if (Number.isFinite(step)) await sleep(100);
					if (!to.write(bytes.subarray(at, at + step))) await drained(to);
					at += step;
				}
				bytesOnTheWay -= bytes.length;
				if (bytesOnTheWay <= onTheWayBytesMax) from.resume();
			});
		});
		from.on("end", () => later(() => to.end()));
		from.on("error", () => later(() => to.resetAndDestroy()));
		from.on("close", () => later(() => to.end()));
	}

	function set(change: Partial<ChaosWay>): void {
		const wasBlackHole = way.isBlackHole;
		Object.assign(way, change);
		if (way.isBlackHole && !wasBlackHole) hole = Promise.withResolvers<void>();
		if (way.isBlackHole || !wasBlackHole) return;
		hole.resolve();
		for (const socket of held) socket.resetAndDestroy();
		held.clear();
	}

	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(0, "127.0.0.1", resolve);
	});
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("The chaos proxy has no port");
	const resetAll = () => {
		for (const socket of [...clients, ...targets]) socket.resetAndDestroy();
		held.clear();
	};
	return {
		port: address.port,
		set,
		resetAll,
		connections: () => clients.size,
		async close() {
			set({ isBlackHole: false });
			const closed = new Promise((resolve) => server.close(resolve));
			resetAll();
			await closed;
		},
	};
}

function drained(socket: Socket): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	socket.once("drain", resolve);
	socket.once("close", resolve);
	return promise;
}

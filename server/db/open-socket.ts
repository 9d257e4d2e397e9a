import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { createExchange, type Exchange } from "./exchange.ts";

/** The driver's own options; its types leave some of them out. */
interface DriverOptions {
	readonly host: string[];
	readonly port: number[];
	readonly path: string | false;
	readonly ssl: unknown;
	fetch_types: boolean;
	readonly shared: { readonly typeArrayMap: Record<string, number> };
}

/** The driver's types leave this option out; its README has it. */
export type OpenSocket = (options: DriverOptions) => Duplex;

/**
 * Opens the sockets of one pool so that no statement waits for ever and no loss of a connection harms more than its
 * own statements. The driver has no deadline for an answer, and needs each loss told in its way.
 *
 * @param silenceMsMax how long the server may leave a question without a word; null = for ever.
 */
export function createSocketOpener(silenceMsMax: number | null): OpenSocket {
	/** A connection could not be opened, or fell silent, and nothing was heard on any other since. */
	let isAway = false;
	/** The one that tries to come through while it is so; the others fail at once, and nobody queues behind a dead database. */
	let probe: Socket | null = null;

	return (options) => {
		const { host, port, path, ssl } = options;
		// Once is enough; a connection that is lost while it asks for the types rejects a promise that nobody hears.
		options.fetch_types &&= Object.keys(options.shared.typeArrayMap).length === 0;
		if (isAway && probe) return openNothing();
		const socket = path ? connect(path) : connect(port[0] ?? 5432, host[0] ?? "localhost");
		if (ssl) return socket;
		if (isAway) probe = socket;
		const exchange = watch(socket, silenceMsMax);
		socket.on("data", () => {
			if (!exchange.isOpen) return;
			isAway = false;
			if (probe === socket) probe = null;
		});
		socket.once("close", () => {
			if (probe === socket) probe = null;
			if (exchange.hasBegun && (!exchange.isOpen || socket.errored === silence)) isAway = true;
		});
		failOnLoss(socket);
		beginOrEnd(socket, exchange);
		return socket;
	};
}

/**
 * A plain close is no failure to the driver, which would leave its statements waiting; and it must hear of the failure before
 * the close, or the rollback of a transaction finds no socket, which ends the process. A statement that came between the
 * two is failed by the second telling.
 */
function failOnLoss(socket: Socket): void {
	const toLoss = () => toError("CONNECTION_CLOSED", "The database closed the connection");
	socket.once("end", () => socket.destroy(toLoss()));
	socket.once("close", () => socket.emit("error", toLoss()));
}

/** Cuts the connection when a question was asked and nothing heard for too long. */
function watch(socket: Socket, silenceMsMax: number | null): Exchange {
	const exchange = createExchange();
	const cut = () => {
		if (exchange.isWaiting) socket.destroy(silence);
	};
	// What arrived while this process was busy or frozen is read before anybody is accused.
	const suspect = () => setTimeout(cut, 50).unref();
	const timer = silenceMsMax === null ? null : setTimeout(suspect, silenceMsMax).unref();
	const write = socket.write;
	Object.defineProperty(socket, "write", {
		writable: true,
		value: (bytes: Buffer, ...rest: unknown[]) => {
			if (!exchange.isWaiting) timer?.refresh();
			exchange.ask(bytes);
			return Reflect.apply(write, socket, [bytes, ...rest]);
		},
	});
	socket.on("data", (bytes) => {
		timer?.refresh();
		exchange.hear(bytes);
	});
	socket.once("close", () => clearTimeout(timer ?? undefined));
	return exchange;
}

/**
 * A statement that the driver was about to send when its connection broke leaves it unable to begin the next one: it would wait
 * for its connect timeout, again and again. Ended at once, it comes to itself after a few.
 */
function beginOrEnd(socket: Socket, exchange: Exchange): void {
	const end = () => {
		if (!exchange.hasBegun) socket.destroy(toError("CONNECTION_CLOSED", "The driver did not begin"));
	};
	setImmediate(() => setImmediate(end));
}

const silence = toError("ETIMEDOUT", "The database left a statement unanswered");

/** A connection that fails at its first word. */
function openNothing(): Duplex {
	const refuse = () => toError("ECONNREFUSED", "The database is away");
	return new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => done(refuse()) });
}

function toError(code: string, message: string): Error {
	return Object.assign(new Error(message), { code });
}

import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { DatabaseAddress } from "./database-address.ts";
import { createRequestGate } from "./one-at-a-time.ts";
import { type PendingRequests, trackRequests } from "./pending-requests.ts";
import { toError, toTlsOptions, upgradeToTls } from "./tls-socket.ts";

/** The driver's own options; its types leave some of them out. */
interface DriverOptions {
	fetch_types: boolean;
	readonly shared: { readonly typeArrayMap: Record<string, number> };
}

/** The driver's types leave this option out; its README has it. */
export type OpenSocket = (options: DriverOptions) => Promise<Duplex>;

export interface SocketInput {
	readonly address: DatabaseAddress;
	/** For the TCP connection and the TLS handshake together, where TLS is wanted. */
	readonly connectMsMax: number;
	/** How long the server may leave a request without any bytes; null = without limit. */
	readonly silenceMsMax: number | null;
	/** Sends a request only after the answer to the one before, as poolers need it. */
	readonly isOneAtATime?: boolean;
}

/**
 * Opens the sockets of one pool so that no statement waits without limit and the loss of a connection harms only its own
 * statements. The driver has no deadline for an answer, and mishandles several kinds of loss; TLS is set up here and not by
 * the driver, which would drop the listeners that do this.
 *
 * @throws {Error} of the file system when a certificate's file cannot be read.
 */
export function createSocketOpener(input: SocketInput): OpenSocket {
	const { address, connectMsMax } = input;
	const tlsOptions = address.tls && toTlsOptions({ host: address.host, tls: address.tls });
	/** A connection could not be opened or fell silent, and no other has received anything since. */
	let isAway = false;
	/** The one connection that tries meanwhile; all others fail at once, so that nothing queues behind a dead database. */
	let probe: Socket | null = null;

	const noteClosed = (socket: Socket) => {
		if (probe === socket) probe = null;
	};

	return async (options) => {
		// Once is enough: a connection lost while it asks for the types leaves a rejected promise without a listener.
		options.fetch_types &&= Object.keys(options.shared.typeArrayMap).length === 0;
		if (isAway && probe) return openNothing(toError("ECONNREFUSED", "The database is away"));
		const { socketPath, host, port } = address;
		const plain = socketPath ? connect(socketPath) : connect({ host, port, noDelay: true });
		if (isAway) probe = plain;
		plain.once("close", () => noteClosed(plain));
		let socket = plain;
		if (tlsOptions)
			try {
				socket = await upgradeToTls(plain, { address, options: tlsOptions, msMax: connectMsMax });
			} catch (error) {
				isAway = true;
				noteClosed(plain);
				return openNothing(error instanceof Error ? error : new Error(String(error)));
			}
		const requests = watch(socket, input);
		socket.on("data", () => {
			if (!requests.isOpen) return;
			isAway = false;
			noteClosed(plain);
		});
		socket.once("close", () => {
			if (requests.hasSent && (!requests.isOpen || socket.errored === silence)) isAway = true;
		});
		failOnLoss(socket);
		closeUnlessUsed(socket, requests);
		return socket;
	};
}

/**
 * Makes every loss of a connection an error. The driver takes a plain close for no failure and leaves its statements
 * waiting, and it must hear of the failure before the close, or the rollback of a transaction finds no socket and ends the
 * process. The second error fails a statement that came between the two.
 */
function failOnLoss(socket: Socket): void {
	const toLoss = () => toError("CONNECTION_CLOSED", "The database closed the connection");
	socket.once("end", () => socket.destroy(toLoss()));
	socket.once("close", () => socket.emit("error", toLoss()));
}

/**
 * CommandComplete with an empty tag, which counts no rows and names no command. The driver counts the rows of an answer and
 * sets the count back at CommandComplete alone: when a connection is lost between two rows, the first answer of its successor
 * would begin with as many gaps, and a reader of `[row]` would find none. So the driver receives one more, before that
 * answer. For a cursor it would send a Sync more; a cursor must not be the first statement of a connection.
 */
const endOfNothing = Buffer.from([67, 0, 0, 0, 5, 0]);

/**
 * Cuts the connection when a request is pending and nothing was received for `silenceMsMax`. Begins the first answer with
 * its first row.
 */
function watch(socket: Socket, { silenceMsMax, isOneAtATime }: SocketInput): PendingRequests {
	const requests = trackRequests();
	const cut = () => {
		if (requests.isWaiting) socket.destroy(silence);
	};
	// Bytes that arrived while this process was busy or frozen are read before the server is blamed.
	const suspect = () => setTimeout(cut, 50).unref();
	const timer = silenceMsMax === null ? null : setTimeout(suspect, silenceMsMax).unref();
	const write = socket.write;
	const send = (bytes: Buffer, ...rest: unknown[]) => {
		if (!requests.isWaiting) timer?.refresh();
		requests.noteSent(bytes);
		Reflect.apply(write, socket, [bytes, ...rest]);
	};
	const gate = isOneAtATime ? createRequestGate(send, () => requests.isWaiting) : null;
	Object.defineProperty(socket, "write", {
		writable: true,
		/** True also when the bytes have to wait: the driver would not reserve this connection for the transaction that it begins. */
		value(bytes: Buffer, ...rest: unknown[]) {
			if (gate) gate.write(bytes);
			else send(bytes, ...rest);
			return true;
		},
	});
	let hasForgotten = false;
	socket.on("data", (bytes) => {
		if (bytes === endOfNothing) return;
		// Only now: before its first request the driver has no statement, and fails when it receives the end of one.
		if (!hasForgotten && requests.isOpen && requests.isWaiting && requests.isBetweenMessages) {
			hasForgotten = true;
			socket.emit("data", endOfNothing);
		}
		timer?.refresh();
		requests.noteReceived(bytes);
		gate?.noteReceived();
	});
	socket.once("close", () => clearTimeout(timer ?? undefined));
	return requests;
}

/**
 * Closes a socket that the driver does not use at once. When a connection breaks just before the driver sends a statement,
 * the driver cannot begin the next connection and would wait for its connect timeout, again and again.
 */
function closeUnlessUsed(socket: Socket, requests: PendingRequests): void {
	const close = () => {
		if (!requests.hasSent) socket.destroy(toError("CONNECTION_CLOSED", "The driver did not begin"));
	};
	setImmediate(() => setImmediate(close));
}

const silence = toError("ETIMEDOUT", "The database left a statement unanswered");

/** A connection that fails when its first bytes are written: the driver would lose one that fails to open. */
function openNothing(error: Error): Duplex {
	return new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => done(error) });
}

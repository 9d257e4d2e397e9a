import { readFileSync } from "node:fs";
import { isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { DatabaseAddress, TlsMode } from "./database-address.ts";

/** The eight bytes that ask a server for TLS: length and code (PostgreSQL, 54.7, SSLRequest). */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Reads the files that `tls` names, once for all connections. @throws {Error} of the file system when one cannot be read. */
export function toTlsOptions({ host, tls }: { host: string; tls: TlsMode }): ConnectionOptions {
	const read = (path: string | null) => (path === null ? undefined : readFileSync(path));
	const isNameChecked = tls.mode === "verify-full";
	return {
		host,
		servername: isIP(host) ? undefined : host,
		ca: read(tls.rootCert),
		cert: read(tls.cert),
		key: read(tls.key),
		rejectUnauthorized: tls.mode === "verify-ca" || isNameChecked,
		...(isNameChecked ? {} : { checkServerIdentity: () => undefined }),
	};
}

export interface UpgradeInput {
	readonly address: DatabaseAddress;
	readonly options: ConnectionOptions;
	/** For connecting, asking and the handshake together. */
	readonly msMax: number;
}

/**
 * Asks the server at the other end of `socket` for TLS and shakes hands. Returns the encrypted socket, or with
 * `sslmode=prefer` the plain one when the server has no TLS. Every failure destroys `socket`.
 *
 * @throws {Error} with a `code`: Node's for the network and TLS, `TLS_REFUSED`, or `ETIMEDOUT` after `msMax`.
 */
export async function upgradeToTls(
	socket: Socket,
	{ address, options, msMax }: UpgradeInput,
): Promise<Socket> {
	const late = () =>
		socket.destroy(toError("ETIMEDOUT", "The database did not finish the TLS handshake in time"));
	const timer = setTimeout(late, msMax);
	try {
		if (socket.connecting) await until(socket, "connect");
		socket.write(sslRequest);
		const answer = await until(socket, "data");
		// More than one byte would be plain text that an attacker put before the encrypted part (CVE-2021-23222).
		if (String(answer) === "N" && address.tls?.mode === "prefer") return socket;
		if (String(answer) !== "S") throw toError("TLS_REFUSED", "The database refuses TLS");
		const encrypted = connectTls({ ...options, socket });
		await until(encrypted, "secureConnect");
		return encrypted;
	} catch (error) {
		socket.destroy();
		throw socket.errored ?? error;
	} finally {
		clearTimeout(timer);
	}
}

/** The first argument of the next such event. Rejects when the socket fails or closes before. */
function until(socket: Socket, event: "connect" | "data" | "secureConnect"): Promise<unknown> {
	// A failure between two waits must not end the process as an error without a listener.
	socket.on("error", () => undefined);
	return new Promise((resolve, reject) => {
		const close = () => reject(toError("CONNECTION_CLOSED", "The database closed the connection"));
		const settle = (act: (value: unknown) => void) => (value: unknown) => {
			for (const [name, listener] of listeners) socket.off(name, listener);
			act(value);
		};
		const listeners = [
			[event, settle(resolve)],
			["error", settle(reject)],
			["close", settle(close)],
		] as const;
		for (const [name, listener] of listeners) socket.on(name, listener);
	});
}

export function toError(code: string, message: string): Error {
	return Object.assign(new Error(message), { code });
}

import { AppError } from "../../contract/errors.ts";

/** Codes of Node's sockets and of postgres.js when no answer comes back. */
const connectionCodes = new Set([
	"ECONNREFUSED",
	"ECONNRESET",
	"ENOTFOUND",
	"EAI_AGAIN",
	"EPIPE",
	"ETIMEDOUT",
	"EHOSTUNREACH",
	"ENETUNREACH",
	"CONNECT_TIMEOUT",
	"CONNECTION_CLOSED",
	"CONNECTION_DESTROYED",
	"CONNECTION_ENDED",
]);

/**
 * SQLSTATE classes and codes that speak of the server's state, not of the statement (PostgreSQL, appendix A): 08
 * connection, 53 resources (connections, memory, disk), 57P0x shutdown and start-up, 57014 statement timeout, 55P03 lock
 * timeout, 40001 and 40P01 a transaction that gave way to another (nothing of it is stored), 58 system errors, 25006 a standby
 * that takes no writes, 25P03 idle in a transaction for too long.
 */
const unavailableState = /^(08...|53...|57P0.|57014|55P03|40001|40P01|58...|25006|25P03)$/;

/**
 * A database that does not answer, or not now, becomes `storage_unavailable` (retryable); every other error is passed on as it is,
 * because it is a mistake of ours.
 */
export function toStorageError(error: unknown): unknown {
	const code = findCode(
		error,
		(each, { isConnecting }) => isConnecting || connectionCodes.has(each) || unavailableState.test(each),
	);
	if (code === null) return error;
	return new AppError("storage_unavailable", `The database cannot do this now (${code})`, { cause: error });
}

/** The first code that the driver, Node or the server gave this error or a cause of it; null without one. */
export function findErrorCode(error: unknown): string | null {
	return findCode(error, (code) => code !== "storage_unavailable");
}

/** Looks through wrappers: Drizzle puts the driver's error into `cause`, Node several attempts to connect into `errors`. */
function findCode(
	error: unknown,
	isWanted: (code: string, about: { isConnecting: boolean }) => boolean,
): string | null {
	let current: unknown = error;
	for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
		const code = "code" in current ? String(current.code) : "";
		// Such as ENOENT for a Unix socket whose server is gone.
		const isConnecting = "syscall" in current && current.syscall === "connect";
		if (code !== "" && isWanted(code, { isConnecting })) return code;
		const [first] = current instanceof AggregateError ? current.errors : [];
		current = first ?? current.cause;
	}
	return null;
}

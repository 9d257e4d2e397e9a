import { AppError, isAppError } from "../../contract/errors.ts";
import { findErrorCode, toStorageError } from "./storage-error.ts";

interface Target {
	/** `host:port` or the path of a socket. */
	readonly place: string;
	readonly database: string;
	/** The variable that holds the address. */
	readonly variable: "DATABASE_URL" | "DATABASE_DIRECT_URL";
}

const pinCertificate =
	"Check the host name, or name the authority's file: sslmode=verify-full&sslrootcert=/path/ca.pem";

/**
 * Answers that trying again does not change, by SQLSTATE (PostgreSQL, appendix A) or by the code of Node's TLS and sockets,
 * with what to do.
 */
const refusals: Record<string, (target: Target) => string> = {
	"28P01": ({ place, variable }) => `The database at ${place} refuses the password in ${variable}`,
	"28000": ({ place, variable }) =>
		`The database at ${place} refuses the user in ${variable}, or requires TLS (?sslmode=require)`,
	"3D000": ({ place, database }) =>
		`There is no database "${database}" at ${place}. Create it: createdb ${database}`,
	"42501": ({ place, database, variable }) =>
		`The user in ${variable} may not create tables in "${database}" at ${place}`,
	"08P01": ({ place }) =>
		`A connection pooler at ${place} refuses Parley's time limits. Set DATABASE_DIRECT_URL to the address of PostgreSQL itself, and keep DATABASE_URL for the pooler`,
	TLS_REFUSED: ({ place, variable }) =>
		`The database at ${place} does not offer TLS. Switch it on there, or use sslmode=disable in ${variable}`,
	ERR_TLS_CERT_ALTNAME_INVALID: ({ place }) =>
		`The certificate of ${place} is for another host. ${pinCertificate}`,
	CERT_HAS_EXPIRED: ({ place }) => `The certificate of ${place} has expired`,
	...Object.fromEntries(
		[
			"DEPTH_ZERO_SELF_SIGNED_CERT",
			"SELF_SIGNED_CERT_IN_CHAIN",
			"UNABLE_TO_VERIFY_LEAF_SIGNATURE",
			"UNABLE_TO_GET_ISSUER_CERT",
			"UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
		].map((code) => [
			code,
			({ place }: Target) => `The certificate of ${place} is from an unknown authority. ${pinCertificate}`,
		]),
	),
};

/** Whether the server answered in a way that trying again does not change. */
export function isRefusal(error: unknown): boolean {
	const code = findErrorCode(error);
	return code !== null && code in refusals;
}

/** The first failure of a connection, in words for the operator; other errors as they are. Never the password. */
export function explainConnection(error: unknown, target: Target): unknown {
	if (isAppError(error)) return error;
	const code = findErrorCode(error) ?? "";
	const refusal = refusals[code]?.(target);
	if (refusal !== undefined) return new AppError("storage_unavailable", refusal, { cause: error });
	if (!isAppError(toStorageError(error))) return error;
	const message = `The database at ${target.place} does not answer (${code || "no connection"}). Check ${target.variable}, and that PostgreSQL runs and can be reached from here`;
	return new AppError("storage_unavailable", message, { cause: error });
}
